package suites_test

import (
	"fmt"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// show prints all records, and the messages that are left.
func (w *storyWorld) show() error {
	set := state.ReadSet{RunID: storyRun, Run: true, Joins: []state.JoinKey{{}}}
	for _, n := range w.blueprint.Nodes {
		set.Tasks = append(set.Tasks, state.TaskKey{Node: n.ID})
		set.Joins = append(set.Joins, state.JoinKey{TaskKey: state.TaskKey{Node: n.ID}})
	}
	found, err := w.store.Load(w.Context(), set)
	if err != nil {
		return err
	}
	if found.Run == nil {
		w.say("there is no run")
	} else {
		w.say("run: %s", storyRunText(*found.Run))
	}
	for _, key := range set.Tasks {
		if t, ok := found.Tasks[key]; ok {
			w.say("%s: %s", key.Name(), w.taskText(t))
		}
	}
	for _, key := range set.Joins[1:] {
		if j, ok := found.Joins[key]; ok {
			w.say("join %s: %s", key.Name(), joinText(j))
		}
	}
	if end, ok := found.Joins[state.JoinKey{}]; ok {
		w.say("the end: arrived %s", numbersText(end.Arrived))
	}
	for _, timer := range w.store.Timers() {
		w.say("timer %s, attempt %d: at %s", timer.Name(), timer.Attempt, timer.DueAt.Sub(storyBegan))
	}
	w.say("queue: %s", w.queue.left())
	return nil
}

func storyRunText(r state.Run) string {
	text := string(r.Status)
	if r.Result != nil {
		text += fmt.Sprintf(", result %s", r.Result)
	}
	if r.Error != nil {
		text += ", " + strings.TrimSpace(r.Error.Code+" "+r.Error.NodeID)
	}
	if r.Rescues > 0 {
		text += ", " + count(r.Rescues, "rescue")
	}
	return text
}

// taskText prints a lease only while it is live.
func (w *storyWorld) taskText(t state.TaskRecord) string {
	text := fmt.Sprintf("%s %s", t.State, map[state.Via]string{state.ViaMessage: "by message", state.ViaInline: "inline"}[t.Via])
	if t.Starts > 1 || t.State == flow.TaskRunning {
		text += ", " + count(t.Starts, "start")
	}
	if t.Failures > 0 {
		text += ", " + count(t.Failures, "failure")
	}
	if t.State == flow.TaskRetrying {
		text += fmt.Sprintf(", due at %s", t.DueAt.Sub(storyBegan))
	}
	if t.FiredBy != "" {
		text += ", fired by " + t.FiredBy
	}
	if t.Output != nil {
		text += fmt.Sprintf(", output %s", t.Output)
	}
	if t.Error != nil {
		text += ", " + t.Error.Code
	}
	if t.LeaseUntil.After(w.time()) {
		text += fmt.Sprintf(", leased until %s", t.LeaseUntil.Sub(storyBegan))
	}
	return text
}

// count formats a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func numbersText(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}

func joinText(j state.Join) string {
	text := "arrived " + numbersText(j.Arrived)
	if len(j.Taken) > 0 {
		text += "; taken " + numbersText(j.Taken)
	}
	if j.First != "" {
		text += "; first " + j.First
	}
	return text
}
