package suites

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// spy records the writes that take effect in a store.
type spy struct {
	state.Store

	mu       sync.Mutex
	outcomes map[state.TaskKey]string // as first committed
	finishes []string
	timers   []state.Timer
	faults   []string
}

func newSpy(store state.Store) *spy {
	return &spy{Store: store, outcomes: map[state.TaskKey]string{}}
}

func (s *spy) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

// Claim checks that nothing is claimed after its outcome.
func (s *spy) Claim(ctx context.Context, c state.Claim) (state.TaskRecord, error) {
	record, err := s.Store.Claim(ctx, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, over := s.outcomes[c.TaskKey]; over && err == nil {
		s.fault("task %s was claimed after its outcome", c.TaskKey.Name())
	}
	return record, err
}

// Commit checks that each outcome, and the run's end, is committed once.
func (s *spy) Commit(ctx context.Context, t state.Transition) (state.TaskRecord, error) {
	record, err := s.Store.Commit(ctx, t)
	if err != nil {
		return record, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case t.Timer != nil:
		s.timers = append(s.timers, *t.Timer)
	case t.Run != nil && t.Run.Finish != nil:
		s.finishes = append(s.finishes, string(t.Run.Finish.Status))
	case t.Task != nil && t.Task.State.Committed():
		s.outcome(record)
	case t.Task != nil && s.outcomes[t.Task.TaskKey] != "":
		s.fault("task %s became %s after its outcome", t.Task.TaskKey.Name(), t.Task.State)
	}
	return record, nil
}

// outcome records a committed record. One equal to the previous commit is a
// repeated request that met its own success.
func (s *spy) outcome(record state.TaskRecord) {
	text := outcomeText(record)
	if before, again := s.outcomes[record.TaskKey]; again && before != text {
		s.fault("the outcome of task %s was %s and became %s", record.TaskKey.Name(), before, text)
		return
	}
	s.outcomes[record.TaskKey] = text
}

// outcomeText returns the parts of a record that never change again.
func outcomeText(t state.TaskRecord) string {
	text, err := json.Marshal([]any{t.State, t.Owner, t.Failures, t.Via, t.FiredBy, t.Output, t.Action, t.Edges, t.Error})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// takeTimer returns a timer that was set, once.
func (s *spy) takeTimer() (state.Timer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.timers) == 0 {
		return state.Timer{}, false
	}
	first := s.timers[0]
	s.timers = s.timers[1:]
	return first, true
}

// verify compares the commits with the records stored at the end.
func (s *spy) verify(stored []state.TaskRecord) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := maps.Clone(s.outcomes)
	for _, task := range stored {
		if !task.State.Committed() {
			continue
		}
		if text := outcomeText(task); text != s.outcomes[task.TaskKey] {
			s.fault("task %s is stored as %s, but was committed as %q", task.TaskKey, text, s.outcomes[task.TaskKey])
		}
		delete(missing, task.TaskKey)
	}
	for key := range missing {
		s.fault("task %s was committed and is not stored", key)
	}
	if len(s.finishes) != 1 {
		s.fault("the run was finished %d times: %v", len(s.finishes), s.finishes)
	}
	return s.faults
}
