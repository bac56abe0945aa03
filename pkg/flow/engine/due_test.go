package engine_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// meeting has ways that meet: s leads to b, and by c to d and its fallback e, and from there to f; b and
// f meet in j. There are no other ways to j.
const meeting = `{"id":"meeting","nodes":[
	{"id":"s","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass","config":{"fallback":"e"}},
	{"id":"e","uses":"pass"},{"id":"f","uses":"pass"},{"id":"j","uses":"pass"}],
	"edges":[{"source":"s","target":"b"},{"source":"s","target":"c"},{"source":"c","target":"d"},
	{"source":"d","target":"f"},{"source":"b","target":"j"},{"source":"f","target":"j"}]}`

func TestJobOfAJoin(t *testing.T) {
	t.Parallel()
	b, other := done("b", 4), done("f", 5)
	for name, test := range map[string]struct {
		stored []state.TaskRecord
		runs   bool
		loads  int
	}{
		"runs when all are done":                    {[]state.TaskRecord{b, other}, true, 1},
		"waits for one that has not begun":          {[]state.TaskRecord{done("s", 0, 1), done("c", 2), b}, false, 3},
		"waits for one that runs":                   {[]state.TaskRecord{b, inState("f", flow.TaskRunning)}, false, 1},
		"waits for one that retries":                {[]state.TaskRecord{b, inState("f", flow.TaskRetrying)}, false, 1},
		"waits for one behind a running node":       {[]state.TaskRecord{done("s", 0, 1), inState("c", flow.TaskRunning), b}, false, 3},
		"waits for one behind a used fallback":      {[]state.TaskRecord{done("s", 0, 1), done("c", 2), inState("d", flow.TaskFailed), b}, false, 2},
		"runs when the other way died":              {[]state.TaskRecord{done("s", 0, 1), done("c", 2), done("d"), b}, true, 2},
		"runs when the other way's fallback did":    {[]state.TaskRecord{inState("d", flow.TaskFailed), done("e"), b}, true, 2},
		"runs when the other way died far before":   {[]state.TaskRecord{done("s", 0), b}, true, 4},
		"is not led to by a way that died":          {[]state.TaskRecord{done("s", 1), done("c", 2), done("d", 3)}, false, 1},
		"waits for a way whose decision is not due": {[]state.TaskRecord{b}, false, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, meeting, nil)
			w.create()
			for _, task := range test.stored {
				w.put(task)
			}
			mark := w.count()
			if !test.runs {
				w.wantRejected(w.job("j"))
				w.wantRejected(onReceive(w.job("j"), 5))
				w.wantStarts("j", 0)
				w.wantRun(flow.Running)
				w.wantSent()
				test.loads *= 2
			} else {
				w.handle(w.job("j"))
				w.wantStarts("j", 1)
				w.wantRun(flow.Completed)
			}
			loads := 0
			for _, request := range w.requests(mark) {
				if request == "load" {
					loads++
				}
			}
			if loads != test.loads {
				t.Errorf("%d loads, want %d: %q", loads, test.loads, w.requests(mark))
			}
		})
	}
}
