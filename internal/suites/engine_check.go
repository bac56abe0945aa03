package suites

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// engineCase is a blueprint, and the expected end of its run.
type engineCase struct {
	name      string
	blueprint string
	input     string // JSON; "" is none
	code      flow.Registry
	want      ending
	// orElse is another permitted end, but only after a fault: code that must not
	// start twice is given up, or code that started twice decided differently.
	orElse *ending
}

// ending is how a run ends.
type ending struct {
	status  flow.Status // "" is completed
	result  string      // JSON; "" is null
	outputs string      // JSON; "" is {}
	// states has NODE=STATE, or NODE=STATE/ATTEMPTS, for every node in order.
	// Without attempts, a task that ran must have had one, and others none. Of
	// several states, as in "b=pending|done", any is permitted.
	states string
	failed string // "NODE CODE ATTEMPT" of the run's error; "" is none, "|" separates allowed ones
}

// problems drains the trial's queue and lists all deviations.
func (s *suite) problems(t *testing.T, tr *trial) (problems []string) {
	t.Helper()
	if err := tr.drain(t.Context()); err != nil {
		return []string{fmt.Sprintf("drain: %v", err)}
	}
	report, tasks, err := tr.report(t.Context())
	if err != nil {
		return []string{fmt.Sprintf("read the report: %v", err)}
	}
	disturbed := tr.fault != ""
	problems = s.c.want.differs(report)
	if len(problems) > 0 && disturbed && s.c.orElse != nil {
		if also := s.c.orElse.differs(report); len(also) == 0 {
			problems = nil
		}
	}
	problems = append(problems, tr.spy.verify(tasks)...)
	problems = append(problems, tr.starts.Problems(report, secondStarts(tr.fault))...)
	if left := tr.queue.Len(); left > 0 {
		problems = append(problems, fmt.Sprintf("%d messages are left over", left))
	}
	for _, letter := range tr.queue.Dead() {
		problems = append(problems, fmt.Sprintf("a dead letter: %s: %v", letter.Body, letter.Err))
	}
	return problems
}

// secondStarts returns the number of second starts of a node's code that a fault
// permits: one if a worker may have lost its work, else none.
func secondStarts(kind fault.Kind) int {
	switch kind {
	case "", fault.Repeated, fault.DuplicateNew:
		return 0
	}
	return 1
}

// differs lists the differences of a report from the wanted ending.
func (e *ending) differs(report *flow.Report) (problems []string) {
	compare := func(what string, want, got any) {
		if diff := gocmp.Diff(want, got); diff != "" {
			problems = append(problems, fmt.Sprintf("%s (-want +got):\n%s", what, diff))
		}
	}
	compare("status", cmp.Or(e.status, flow.Completed), report.Status)
	compare("result", canonical(cmp.Or(e.result, "null")), canonical(string(report.Result)))
	compare("outputs", fields(cmp.Or(e.outputs, "{}")), e.outputsOf(report))
	if failed := failureText(report.Error); !slices.Contains(strings.Split(e.failed, "|"), failed) {
		compare("error", e.failed, failed)
	}
	want, got := strings.Fields(e.states), states(report)
	for i := range min(len(want), len(got)) {
		if slices.Contains(alternatives(want[i]), got[i]) {
			want[i] = got[i]
		}
	}
	compare("states", want, got)
	return problems
}

// outputsOf returns a report's outputs, without those that the ending leaves open.
func (e *ending) outputsOf(report *flow.Report) map[string]string {
	outputs := texts(report.Outputs)
	for state := range strings.FieldsSeq(e.states) {
		if node, all, _ := strings.Cut(state, "="); strings.Contains(all, "|") {
			delete(outputs, node)
		}
	}
	return outputs
}

// states returns a report's nodes in the form of an ending.
func states(report *flow.Report) []string {
	var states []string
	for _, node := range report.Nodes {
		text := fmt.Sprintf("%s=%s", strings.ReplaceAll(node.ID, " ", "_"), node.State)
		usual := 0
		if node.State.Committed() {
			usual = 1
		}
		if node.Attempts != usual {
			text += fmt.Sprintf("/%d", node.Attempts)
		}
		states = append(states, text)
	}
	return states
}

// alternatives splits "b=pending|done".
func alternatives(state string) []string {
	node, all, _ := strings.Cut(state, "=")
	options := strings.Split(all, "|")
	for i := range options {
		options[i] = node + "=" + options[i]
	}
	return options
}

func failureText(f *flow.Failure) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%s %s %d", f.NodeID, f.Code, f.Attempt)
}

// canonical sorts the keys of objects, and keeps the text of numbers.
func canonical(text string) string {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return fmt.Sprintf("%s (%v)", text, err)
	}
	sorted, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(sorted)
}

func fields(object string) map[string]string {
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &values); err != nil {
		return map[string]string{"": err.Error()}
	}
	return texts(values)
}

func texts(values map[string]json.RawMessage) map[string]string {
	texts := make(map[string]string, len(values))
	for id, value := range values {
		texts[id] = canonical(string(value))
	}
	return texts
}
