package fault

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Detail completes a request's name for a story: with the items that are read, the
// edges that are taken, the sources that arrive, the messages that are sent, but no
// values. Its argument is that of the store's or the queue's method.
func Detail(of any) string {
	switch of := of.(type) {
	case state.ReadSet:
		return readDetail(of)
	case state.Transition:
		if of.Task != nil {
			return taskDetail(*of.Task)
		}
	case state.Arrival:
		return arrivalDetail(of)
	case []flow.Outgoing:
		return sendDetail(of)
	}
	return ""
}

func readDetail(set state.ReadSet) string {
	var parts []string
	add := func(asked bool, what string) {
		if asked {
			parts = append(parts, what)
		}
	}
	add(set.Run, "the run")
	add(set.Input, "its input")
	for _, task := range set.Tasks {
		parts = append(parts, task.Name())
	}
	for _, join := range set.Joins {
		parts = append(parts, "join "+join.Name())
	}
	for _, key := range set.Keys {
		parts = append(parts, "key "+key)
	}
	add(set.Blueprint != (state.BlueprintKey{}), "the blueprint")
	return strings.Join(parts, ", ")
}

func taskDetail(t state.TaskRecord) string {
	var parts []string
	if t.Error != nil {
		parts = append(parts, t.Error.Code)
	}
	for _, e := range t.Edges {
		parts = append(parts, fmt.Sprintf("edge %d", e.Index))
	}
	for _, w := range t.Writes {
		parts = append(parts, "key "+w.Key)
	}
	return strings.Join(parts, ", ")
}

// arrivalDetail returns the numbers of the sources, and marks the dead ones, except
// at the run's end, where the difference has no meaning.
func arrivalDetail(a state.Arrival) string {
	var parts []string
	add := func(what string, numbers, taken []int) {
		for _, number := range numbers {
			part := fmt.Sprint(what, number)
			if a.Join.Node != "" && !slices.Contains(taken, number) {
				part += ", dead"
			}
			parts = append(parts, part)
		}
	}
	add("", a.Arrived, a.Taken)
	add("full shard ", a.Full, a.FullTaken)
	if a.First != "" {
		parts = append(parts, "first "+a.First)
	}
	return strings.Join(parts, "; ")
}

func sendDetail(messages []flow.Outgoing) string {
	parts := make([]string, len(messages))
	for i, m := range messages {
		parts[i] = MessageName(m.Body)
		if m.Delay > 0 {
			parts[i] += " in " + m.Delay.String()
		}
	}
	return strings.Join(parts, ", ")
}

// MessageName names a message by its body: "start", "job b", "job b, attempt 2", "cancel".
func MessageName(body string) string {
	b, err := flow.ParseMessage(body)
	if err != nil {
		return "no message"
	}
	if b.Kind() != flow.TypeJob {
		return string(b.Kind())
	}
	name := "job " + state.TaskKey{Node: b.NodeID, Scope: b.Scope}.Name()
	if b.Attempt > 1 {
		name += fmt.Sprintf(", attempt %d", b.Attempt)
	}
	return name
}
