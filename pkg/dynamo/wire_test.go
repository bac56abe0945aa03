package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// TestLostAnswer loses the answer of each write once, after it took effect, so that
// the SDK repeats it: the caller must see success, and one effect.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	key := state.TaskKey{Node: "n"}
	task := state.TaskRecord{RunID: "r", TaskKey: key, State: flow.TaskRetrying, Owner: "me", Failures: 1}
	written := state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: []byte(`1`), Clock: state.ClockOf(0, 1, key)}}
	run := state.Run{ID: "r", Status: flow.Running, StartOwner: "me", StartMessageID: "m", LastUpdated: now}
	claim := state.Claim{RunID: "r", TaskKey: key, Guard: state.Absent("state"), Owner: "me", LeaseUntil: now, Now: now}
	running := state.Equal("status", flow.Running)
	tests := map[string]struct {
		operation string
		more      []string // requests after the repeated one
		before    func(*testing.T, fixture)
		write     func(context.Context, fixture) error
		check     func(*testing.T, state.Snapshot)
	}{
		"create": {
			operation: "PutItem",
			write:     func(ctx context.Context, f fixture) error { _, err := f.Create(ctx, run); return err },
			check:     func(t *testing.T, s state.Snapshot) { equal(t, "run", *s.Run, run) },
		},
		"create with input": {
			operation: "PutItem", more: []string{"PutItem"}, // its input, twice, and the run
			write: func(ctx context.Context, f fixture) error {
				run := run
				run.Input = []byte(`1`)
				_, err := f.Create(ctx, run)
				return err
			},
			check: func(t *testing.T, s state.Snapshot) {
				equal(t, "run", *s.Run, run)
				equal(t, "input", string(s.Input), `1`)
			},
		},
		"claim": {
			operation: "UpdateItem",
			write: func(ctx context.Context, f fixture) error {
				record, err := f.Claim(ctx, claim)
				if err == nil && record.Starts != 1 {
					return errors.New("the record returned has not one start")
				}
				return err
			},
			check: func(t *testing.T, s state.Snapshot) { equal(t, "starts", s.Tasks[key].Starts, 1) },
		},
		"commit": {
			operation: "PutItem",
			before:    func(t *testing.T, f fixture) { claimed(t, f, claim) },
			write: func(ctx context.Context, f fixture) error {
				_, err := f.Commit(ctx, state.Transition{Task: &task, Guard: state.Equal("state", flow.TaskRunning)})
				return err
			},
			check: func(t *testing.T, s state.Snapshot) { equal(t, "task", s.Tasks[key], task) },
		},
		"write of a context key": {
			operation: "PutItem",
			write: func(ctx context.Context, f fixture) error {
				_, err := f.Commit(ctx, state.Transition{Value: &state.ValueChange{RunID: "r", ContextWrite: written}, Guard: state.GuardNewer(written.Clock, now)})
				return err
			},
			check: func(t *testing.T, s state.Snapshot) { equal(t, "value", string(s.Values["k"].Value), `1`) },
		},
		"taking over a start": {
			operation: "UpdateItem",
			before:    func(t *testing.T, f fixture) { f.create(t, run) },
			write: func(ctx context.Context, f fixture) error {
				change := state.RunChange{RunID: "r", StartOwner: "you", StartLeaseUntil: now}
				_, err := f.Commit(ctx, state.Transition{Run: &change, Guard: state.Absent("startLeaseUntil")})
				return err
			},
			check: func(t *testing.T, s state.Snapshot) { equal(t, "owner", s.Run.StartOwner, "you") },
		},
		"rescue": {
			operation: "UpdateItem",
			before:    func(t *testing.T, f fixture) { f.create(t, run) },
			write: func(ctx context.Context, f fixture) error {
				change := state.RunChange{RunID: "r", LastUpdated: now.Add(time.Minute), Rescues: 1}
				_, err := f.Commit(ctx, state.Transition{Run: &change, Guard: state.Equal("lastUpdated", now.Unix())})
				return err
			},
			check: func(t *testing.T, s state.Snapshot) { equal(t, "rescues", s.Run.Rescues, 1) },
		},
		"drop timer": {
			operation: "DeleteItem",
			before: func(t *testing.T, f fixture) {
				f.commit(t, state.Transition{Timer: &state.Timer{RunID: "r", TaskKey: key, DueAt: now}})
			},
			write: func(ctx context.Context, f fixture) error {
				return f.DropTimer(ctx, state.Timer{RunID: "r", TaskKey: key})
			},
		},
		"finish": {
			operation: "UpdateItem",
			before:    func(t *testing.T, f fixture) { f.create(t, run) },
			write: func(ctx context.Context, f fixture) error {
				change := state.RunChange{RunID: "r", Finish: &state.Finish{Status: flow.Completed, FinishedAt: now}}
				_, err := f.Commit(ctx, state.Transition{Run: &change, Guard: running})
				if errors.Is(err, state.ErrConflict) {
					return nil // its owner is not recorded; the caller decides
				}
				return fmt.Errorf("err = %w, want a conflict", err)
			},
			check: func(t *testing.T, s state.Snapshot) { equal(t, "status", s.Run.Status, flow.Completed) },
		},
		"arrive": {
			operation: "UpdateItem",
			write: func(ctx context.Context, f fixture) error {
				_, err := f.Arrive(ctx, state.Arrival{RunID: "r", Join: state.JoinKey{TaskKey: key}, Arrived: []int{3}, Taken: []int{3}, First: "a"})
				return err
			},
			check: func(t *testing.T, s state.Snapshot) {
				equal(t, "join", s.Joins[state.JoinKey{TaskKey: key}], state.Join{Arrived: []int{3}, Taken: []int{3}, First: "a"})
			},
		},
		"lock": {
			operation: "UpdateItem",
			write: func(ctx context.Context, f fixture) error {
				got, err := NewCoordinationStore(f.Store).SetIfNotExist(ctx, "lock#x", "me", time.Minute)
				if err == nil && !got {
					return errors.New("the lock is not ours")
				}
				return err
			},
		},
		"release": {
			operation: "DeleteItem",
			before: func(t *testing.T, f fixture) {
				if _, err := NewCoordinationStore(f.Store).SetIfNotExist(t.Context(), "lock#x", "me", time.Minute); err != nil {
					t.Fatal(err)
				}
			},
			write: func(ctx context.Context, f fixture) error {
				got, err := NewCoordinationStore(f.Store).Release(ctx, "lock#x", "me")
				if err == nil && !got {
					return errors.New("somebody else has the lock")
				}
				return err
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			if test.before != nil {
				test.before(t, f)
			}
			f.wire.loseNext(test.operation)
			requests, _ := f.wire.during(func() {
				if err := test.write(t.Context(), f); err != nil {
					t.Error(err)
				}
			})
			equal(t, "requests", requests, append([]string{test.operation, test.operation}, test.more...))
			if test.check != nil {
				test.check(t, f.load(t, state.ReadSet{
					RunID: "r", Run: true, Input: true, Tasks: []state.TaskKey{key}, Joins: []state.JoinKey{{TaskKey: key}}, Keys: []string{"k"},
				}))
			}
		})
	}
}

func claimed(t *testing.T, f fixture, claim state.Claim) {
	t.Helper()
	if _, err := f.Claim(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
}

// TestCost counts the requests of each method, for values of 1 KB at most.
func TestCost(t *testing.T) {
	t.Parallel()
	f := setup(t)
	key := state.TaskKey{Node: "n"}
	done := state.TaskRecord{RunID: "r", TaskKey: key, State: flow.TaskDone, Owner: "me", Output: []byte(`1`)}
	write := state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: []byte(`1`)}}
	writer := state.TaskRecord{RunID: "r", TaskKey: key, State: flow.TaskDone, Owner: "me", Output: []byte(`1`), Writes: []state.ContextWrite{write}}
	commit := func(transition state.Transition) func() error {
		return func() error { _, err := f.Commit(t.Context(), transition); return err }
	}
	query := func() error {
		for _, err := range f.Tasks(t.Context(), state.TaskQuery{RunID: "r"}) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	steps := []struct {
		name      string
		do        func() error
		operation string // or several
		capacity  float64
	}{
		{"create", func() error {
			_, err := f.Create(t.Context(), state.Run{ID: "r", Format: state.Format, Status: flow.Running, Input: []byte(`1`), InputHash: "ab12"})
			return err
		}, "PutItem PutItem", 2},
		{"create without input", func() error {
			_, err := f.Create(t.Context(), state.Run{ID: "s", Status: flow.Running})
			return err
		}, "PutItem", 1},
		{"claim", func() error {
			_, err := f.Claim(t.Context(), state.Claim{RunID: "r", TaskKey: key, Guard: state.Absent("state"), Owner: "me"})
			return err
		}, "UpdateItem", 1},
		{"commit", commit(state.Transition{Task: &done, Guard: state.Equal("owner", "me")}), "PutItem", 1},
		{"commit with a write", commit(state.Transition{Task: &writer}), "PutItem", 1},
		{"write a context key", commit(state.Transition{Value: &state.ValueChange{RunID: "r", ContextWrite: write}}), "PutItem", 1},
		{"arrive", func() error {
			_, err := f.Arrive(t.Context(), state.Arrival{RunID: "r", Join: state.JoinKey{TaskKey: key}, Arrived: []int{3}})
			return err
		}, "UpdateItem", 1},
		{"load", func() error {
			_, err := f.Load(t.Context(), state.ReadSet{
				RunID: "r", Run: true, Input: true, Tasks: []state.TaskKey{key}, Joins: []state.JoinKey{{TaskKey: key}}, Keys: []string{"k"},
				InputHash: "ab12",
			})
			return err
		}, "BatchGetItem", 5}, // one each, and half of that if it were not consistent
		{"load an input of unknown name", func() error {
			_, err := f.Load(t.Context(), state.ReadSet{RunID: "r", Run: true, Input: true})
			return err
		}, "BatchGetItem BatchGetItem", 2},
		{"list tasks", query, "Query", 1},
		{"touch", commit(state.Transition{Run: &state.RunChange{RunID: "r", LastUpdated: now}, Guard: state.Equal("status", flow.Running)}), "UpdateItem", 2}, // the index of active runs is written too
	}
	for _, step := range steps {
		requests, capacity := f.wire.during(func() {
			if err := step.do(); err != nil {
				t.Errorf("%s: %v", step.name, err)
			}
		})
		equal(t, step.name, requests, strings.Fields(step.operation))
		equal(t, step.name+", capacity units", capacity, step.capacity)
	}
}

// slow reads only some keys of a batch, as DynamoDB does when it is busy.
type slow struct {
	API
	reads int // keys it reads at a time
	calls int
}

func (s *slow) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	s.calls++
	some, rest := map[string]types.KeysAndAttributes{}, map[string]types.KeysAndAttributes{}
	left := s.reads
	for table, keys := range in.RequestItems {
		n := min(left, len(keys.Keys))
		left -= n
		if n > 0 {
			some[table] = types.KeysAndAttributes{Keys: keys.Keys[:n], ConsistentRead: keys.ConsistentRead}
		}
		if n < len(keys.Keys) {
			rest[table] = types.KeysAndAttributes{Keys: keys.Keys[n:], ConsistentRead: keys.ConsistentRead}
		}
	}
	if len(some) == 0 {
		return &dynamodb.BatchGetItemOutput{UnprocessedKeys: rest}, nil
	}
	out, err := s.API.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: some}, opts...)
	if err == nil {
		out.UnprocessedKeys = rest
	}
	return out, err
}

func TestLoad_unprocessed_keys(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.create(t, state.Run{ID: "r", Format: state.Format, Status: flow.Running, Input: []byte(`1`), InputHash: "ab12"})
	read := state.ReadSet{RunID: "r", Run: true, Input: true, InputHash: "ab12"}
	for n := range 3 * tries {
		key := state.TaskKey{Node: string(rune('a' + n))}
		f.commit(t, state.Transition{Task: &state.TaskRecord{RunID: "r", TaskKey: key}})
		read.Tasks = append(read.Tasks, key)
	}
	want := f.load(t, read)
	var pauses []time.Duration
	config := Config{Jitter: func() float64 { return 1 }, Sleep: func(ctx context.Context, d time.Duration) error {
		pauses = append(pauses, d)
		return ctx.Err()
	}}

	api := &slow{API: f.client, reads: 2}
	got, err := New(api, testNames, config).Load(t.Context(), read)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "snapshot", got, want)
	equal(t, "requests", api.calls, 13)
	equal(t, "longest pause while it gets on", slices.Max(pauses), basePause)

	api.reads, api.calls, pauses = 0, 0, nil
	if _, err := New(api, testNames, config).Load(t.Context(), read); err == nil {
		t.Error("nothing is ever read: no error")
	}
	equal(t, "requests", api.calls, tries)
	equal(t, "pauses", len(pauses), tries-1)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(api, testNames, config).Load(ctx, read); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want the context's", err)
	}
}
