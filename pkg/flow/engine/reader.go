package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// reader reads the records that a session needs, and bounds the memory that their
// values take: small ones are read together with their records, larger ones only once
// the start of their task is counted, and too large ones never.
type reader struct {
	session *session
	share   share
	large   bool // the view holds values that waited for memory
}

// smallRead is the limit, in bytes, of the values that are read before their task is
// claimed: so many cannot end a worker.
const smallRead = 1 << 20

// load reads the records and keys that a task needs and the view does not hold: it
// holds the outcomes of this chain, but never context keys. With status it also
// reads the run's status. Values of more than [smallRead] are left to
// [reader.complete].
func (r *reader) load(ctx context.Context, w *work, status bool) error {
	s, task := r.session, w.TaskKey
	reads := s.program.plan.Reads(task.Node)
	if r.large {
		s.view.Retain(reads.Tasks, task.Scope)
		r.large = false
	}
	r.share.giveBack()
	s.view.Forget(reads.Tasks, task.Scope)
	s.recall(reads.Tasks, task.Scope)
	s.late.give(s.view)
	if w.claim {
		s.keys.forget() //rule:claim-forgets-own-keys
	}
	set, own := r.setOf(task, reads)
	set.Run, set.Bare, set.MaxBytes = status, w.unread, smallRead
	if status && s.program.plan.Graph.IsAnyJoin(task.Node) {
		set.Joins = []state.JoinKey{{TaskKey: task}} //rule:any-join-first-read
	}
	known := r.known(task, reads, set, own)
	snapshot, err := r.read(ctx, set)
	large, deferred := errors.AsType[*state.TooLargeError](err)
	if err != nil && !deferred {
		return err
	}
	w.loaded, w.deferred, w.bytes = true, deferred, known+snapshot.Size(set.Edges)
	if deferred {
		w.bytes = known + large.Bytes
	}
	s.view.Values = merged(snapshot.Values, own)
	w.first = cmp.Or(w.first, snapshot.Joins[state.JoinKey{TaskKey: task}].First)
	if status {
		if snapshot.Run == nil {
			return fmt.Errorf("run %s: %w", set.RunID, errNoRun)
		}
		s.run, s.readAt = *snapshot.Run, s.now()
	}
	return s.readable()
}

// setOf returns the values that a task needs and the view does not hold, and the context
// keys that this handling has written itself.
func (r *reader) setOf(task state.TaskKey, reads decide.Reads) (set state.ReadSet, own map[string]state.ContextValue) {
	s := r.session
	own, keys := s.keys.split(reads.Keys)
	set = state.ReadSet{
		RunID: s.run.ID, Input: reads.Input && s.view.Input == nil, InputHash: s.run.InputName(), Edges: reads.Edges,
		Keys: keys, //rule:keys-read-for-each-task = nil
	}
	for _, id := range reads.Tasks {
		key := state.TaskKey{Node: id, Scope: task.Scope}
		known, ok := s.view.Decider(id, task.Scope)
		if !ok { // a failure for which no fallback has stood in yet
			known = s.view.Tasks[key]
			ok = known.State == flow.TaskFailed
		}
		missing := !ok || known.Bare ||
			known.Abridged //rule:abridged-record-read-again = false
		if missing && key != task && !s.hand.met.skipped(key) {
			set.Tasks = append(set.Tasks, key)
		}
	}
	return set, own
}

// merged returns the context keys of a task: those that were read, and the handling's own.
func merged(read, own map[string]state.ContextValue) map[string]state.ContextValue {
	if len(read) == 0 {
		return own
	}
	maps.Copy(read, own)
	return read
}

// known returns the size of the values that the task needs and the handling holds.
func (r *reader) known(task state.TaskKey, reads decide.Reads, missing state.ReadSet, own map[string]state.ContextValue) (size int) {
	for _, v := range own {
		size += len(v.Value)
	}
	view := r.session.view
	if reads.Input {
		size += len(view.Input)
	}
	for _, id := range reads.Tasks {
		key := state.TaskKey{Node: id, Scope: task.Scope}
		if t, ok := view.Tasks[key]; ok && !slices.Contains(missing.Tasks, key) {
			size += t.Size(reads.Edges)
		}
	}
	return size
}

// complete reserves the memory of a task's values and of the outcome that is expected of
// its code, and reads the values that were too large to be read before its claim. Large
// values that the chain still holds are dropped while it waits, and read again. Its error
// is a [*state.TooLargeError] if the values exceed the limit of a node's inputs.
func (r *reader) complete(ctx context.Context, w work, expected int, patience time.Duration) error {
	s := r.session
	most := s.engine.config.MaxInput
	if w.bytes > most { //rule:inputs-bounded
		return &state.TooLargeError{Bytes: w.bytes, Limit: most}
	}
	needed := copies*w.bytes + expected
	if !w.deferred && r.share.try(needed) {
		return nil
	}
	small := !w.deferred && w.bytes <= smallRead
	if !small {
		s.view.Retain(nil, "")
		s.view.Values, r.large = nil, true
	}
	//rule:inputs-await-memory = error(nil)
	err := r.take(ctx, needed, patience)
	if err != nil || small {
		return err
	}
	set, own := r.setOf(w.TaskKey, s.program.plan.Reads(w.Node))
	set.MaxBytes = most //rule:inputs-bounded = 1 << 40
	snapshot, err := r.read(ctx, set)
	s.view.Values = merged(snapshot.Values, own)
	return err
}

// readUpTo reads a set whose values, together with known bytes, have at most MaxInput.
func (r *reader) readUpTo(ctx context.Context, set state.ReadSet, known int) error {
	most := r.session.engine.config.MaxInput
	set.MaxBytes = smallRead
	snapshot, err := r.read(ctx, set)
	size := known + snapshot.Size(set.Edges)
	large, deferred := errors.AsType[*state.TooLargeError](err)
	if deferred {
		size = known + large.Bytes
	}
	switch {
	case err != nil && !deferred:
		return err
	case size > most:
		return &state.TooLargeError{Bytes: size, Limit: most}
	case !deferred:
		return nil
	}
	r.large = true
	if err := r.take(ctx, copies*size, r.session.remaining()); err != nil {
		return err
	}
	set.MaxBytes = most - known
	_, err = r.read(ctx, set)
	return err
}

// copies is how often the values of a task are in memory at the same time: as they are
// received, in the record, in the task's input, and in what its code makes of them.
const copies = 4

// take waits for memory.
func (r *reader) take(ctx context.Context, bytes int, patience time.Duration) error {
	if err := r.share.take(ctx, bytes, patience); err != nil {
		return fmt.Errorf("wait for %d bytes of memory (%w): %w", bytes, err, ErrNoTime)
	}
	return nil
}

// read reads a set, unless it is empty, and keeps the parts that do not change. With a
// [*state.TooLargeError] it keeps the records without their values.
func (r *reader) read(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	s := r.session
	if !set.Run && !set.Input && len(set.Tasks)+len(set.Keys)+len(set.Joins) == 0 {
		return state.Snapshot{}, nil
	}
	snapshot, err := s.engine.store.Load(ctx, set)
	_, tooLarge := errors.AsType[*state.TooLargeError](err)
	if err != nil && !tooLarge {
		return snapshot, err
	}
	for _, t := range snapshot.Tasks {
		s.view.Keep(t)
	}
	run := s.run
	if snapshot.Run != nil {
		run = *snapshot.Run
	}
	if set.Input && !set.Bare && !tooLarge {
		input, err := r.input(ctx, run, snapshot.Input)
		if err != nil {
			return state.Snapshot{}, err
		}
		s.view.SetInput(input)
		s.late.take(s.view)
	}
	if run.BlueprintHash == s.program.plan.Hash { // else the records belong to another graph
		for _, t := range snapshot.Tasks {
			if damaged := s.program.plan.Check(t); damaged != nil {
				return state.Snapshot{}, damaged
			}
		}
	}
	return snapshot, err
}

// input returns the input of a run that was read beside it. One that is absent is read
// again: a read of several items is not one of one moment, and may have come to the run
// just after its start, but to the input just before.
func (r *reader) input(ctx context.Context, run state.Run, input json.RawMessage) (json.RawMessage, error) {
	if decide.CheckInput(run, input) == nil {
		return input, nil
	}
	again, err := r.session.engine.store.Load(ctx, state.ReadSet{RunID: run.ID, Input: true})
	if err != nil {
		return nil, err
	}
	return again.Input, decide.CheckInput(run, again.Input)
}

// recorded reads the records of ready tasks, without their values unless these are small.
func (r *reader) recorded(ctx context.Context, ready []work) (map[state.TaskKey]state.TaskRecord, error) {
	set := state.ReadSet{RunID: r.session.run.ID, MaxBytes: smallRead, Writes: true}
	for _, w := range ready {
		set.Tasks = append(set.Tasks, w.TaskKey)
	}
	snapshot, err := r.read(ctx, set)
	if _, tooLarge := errors.AsType[*state.TooLargeError](err); err != nil && !tooLarge {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return snapshot.Tasks, nil //rule:replay-reads-first = nil, nil
}

// whole reads a record with the values of its context writes.
func (r *reader) whole(ctx context.Context, task state.TaskKey) (state.TaskRecord, error) {
	set := state.ReadSet{RunID: r.session.run.ID, Tasks: []state.TaskKey{task}, Edges: []int{}, Writes: true, MaxBytes: smallRead}
	snapshot, err := r.read(ctx, set)
	if large, ok := errors.AsType[*state.TooLargeError](err); ok {
		if err := r.take(ctx, copies*large.Bytes, r.session.remaining()); err != nil {
			return state.TaskRecord{}, err
		}
		set.MaxBytes = 0
		snapshot, err = r.read(ctx, set)
	}
	return snapshot.Tasks[task], err
}
