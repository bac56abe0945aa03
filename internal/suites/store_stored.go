package suites

import (
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// stored reads the records of the run that a fact is checked with. A reading that
// fails ends the fact.
type stored struct {
	*testing.T
	store Store
	runID string
}

// load reads set, of the fact's run unless set names another.
func (s *stored) load(set state.ReadSet) state.Snapshot {
	s.Helper()
	if set.RunID == "" {
		set.RunID = s.runID
	}
	found, err := s.store.Load(s.Context(), set)
	if err != nil {
		s.Fatal(err)
	}
	return found
}

func (s *stored) run() *state.Run {
	s.Helper()
	return s.load(state.ReadSet{Run: true}).Run
}

// task returns a task's record; the zero record if there is none.
func (s *stored) task(key state.TaskKey) state.TaskRecord {
	s.Helper()
	return s.load(state.ReadSet{Tasks: []state.TaskKey{key}, Writes: true}).Tasks[key]
}

// values loads context keys.
func (s *stored) values(keys ...string) map[string]state.ContextValue {
	s.Helper()
	return s.load(state.ReadSet{Keys: keys}).Values
}

func (s *stored) join(key state.JoinKey) state.Join {
	s.Helper()
	return s.load(state.ReadSet{Joins: []state.JoinKey{key}}).Joins[key]
}

// tasks lists the run's tasks, each of which must be listed once.
func (s *stored) tasks() map[state.TaskKey]state.TaskRecord {
	s.Helper()
	tasks := map[state.TaskKey]state.TaskRecord{}
	for task, err := range s.store.Tasks(s.Context(), state.TaskQuery{RunID: s.runID, Items: true}) {
		if err != nil {
			s.Fatal(err)
		}
		if _, again := tasks[task.TaskKey]; again {
			s.Errorf("Tasks yields %q twice", task.TaskKey)
		}
		tasks[task.TaskKey] = task
	}
	return tasks
}

// stalled lists the fact's runs by id: their ids begin with the fact's own.
func (s *stored) stalled(before time.Time) (refs []state.RunRef) {
	s.Helper()
	for ref, err := range s.store.Stalled(s.Context(), before) {
		if err != nil {
			s.Fatal(err)
		}
		if strings.HasPrefix(ref.RunID, s.runID) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// due lists the timers of the fact's run.
func (s *stored) due(before time.Time) (timers []state.Timer) {
	s.Helper()
	for timer, err := range s.store.Due(s.Context(), before) {
		if err != nil {
			s.Fatal(err)
		}
		if timer.RunID == s.runID {
			timers = append(timers, timer)
		}
	}
	return timers
}
