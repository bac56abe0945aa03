package dynamo

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	f := setup(t)
	run := fullRun()
	run.Input = []byte(`{"item":"lamp"}`)

	created, err := f.Create(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "created run", created, fullRun())
	snapshot := f.load(t, state.ReadSet{RunID: run.ID, Run: true, Input: true})
	equal(t, "stored run", *snapshot.Run, fullRun())
	equal(t, "stored input", string(snapshot.Input), string(run.Input))

	t.Run("the same start again is success", func(t *testing.T) {
		if _, err := f.Create(t.Context(), run); err != nil {
			t.Error(err)
		}
	})
	t.Run("another start is a conflict that returns the run and changes nothing", func(t *testing.T) {
		other := run
		other.StartOwner, other.StartMessageID, other.Input, other.InputHash = "you", "m-2", []byte(`"mine"`), "ghi"
		got, err := f.Create(t.Context(), other)
		if !errors.Is(err, state.ErrConflict) {
			t.Fatalf("err = %v, want a conflict", err)
		}
		equal(t, "returned run", got, fullRun())
		snapshot := f.load(t, state.ReadSet{RunID: run.ID, Input: true})
		equal(t, "input", string(snapshot.Input), string(run.Input))
	})
	t.Run("without input there is no input item", func(t *testing.T) {
		f.create(t, state.Run{ID: "bare", Status: flow.Running})
		if it := f.stored(t, f.items.input("bare", "")); it != nil {
			t.Errorf("input item = %v, want none", it)
		}
		if _, err := f.Create(t.Context(), state.Run{ID: "bare"}); !errors.Is(err, state.ErrConflict) {
			t.Errorf("create again: err = %v, want a conflict", err)
		}
	})
}

// TestClaim_has_the_effect_of_Apply claims records of every kind and compares them
// with the result of Apply.
func TestClaim_has_the_effect_of_Apply(t *testing.T) {
	t.Parallel()
	f := setup(t)
	retrying := fullTask()
	retrying.State, retrying.Output, retrying.Edges, retrying.FiredBy = flow.TaskRetrying, nil, nil, ""
	bare := state.TaskRecord{RunID: "run-1", TaskKey: fullTask().TaskKey}
	full := state.Claim{
		RunID: "run-1", TaskKey: fullTask().TaskKey, Owner: "you", LeaseUntil: now.Add(time.Hour),
		Via: state.ViaMessage, FiredBy: "right", Now: now.Add(time.Second), Expires: now.Add(2 * time.Hour),
	}
	tests := map[string]struct {
		stored state.TaskRecord
		claim  state.Claim
	}{
		"full record, full claim":      {fullTask(), full},
		"retrying record, full claim":  {retrying, full},
		"bare record, full claim":      {bare, full},
		"no record, full claim":        {state.TaskRecord{}, full},
		"full record, minimal claim":   {fullTask(), state.Claim{RunID: "run-1", TaskKey: fullTask().TaskKey}},
		"no record, minimal claim":     {state.TaskRecord{}, state.Claim{RunID: "run-1", TaskKey: fullTask().TaskKey}},
		"no record, claim without via": {state.TaskRecord{}, state.Claim{RunID: "run-1", TaskKey: fullTask().TaskKey, Owner: "me", Now: now}},
	}
	for name, test := range tests {
		p := f.items.task("run-1", test.claim.TaskKey)
		if err := f.requests.delete(t.Context(), p, state.Guard{}); err != nil {
			t.Fatal(err)
		}
		if test.stored.Node != "" {
			f.commit(t, state.Transition{Task: &test.stored})
		}
		got, err := f.Claim(t.Context(), test.claim)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := test.claim.Apply(test.stored)
		equal(t, name, got, want)
		it := f.stored(t, p)
		equal(t, name+", stored", recordOf(t, it), want)
		equal(t, name+", failures attribute", it.Attribute("failures"), want.Attribute("failures"))
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	f := setup(t)
	claim := state.Claim{
		RunID: "r", TaskKey: state.TaskKey{Node: "n"}, Guard: state.Absent("state"),
		Owner: "me", LeaseUntil: now.Add(time.Minute), Via: state.ViaMessage, Now: now,
	}
	first, err := f.Claim(t.Context(), claim)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the same owner's claim is success and counts once", func(t *testing.T) {
		again, err := f.Claim(t.Context(), claim)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "record", again, first)
	})
	t.Run("another owner's claim is a conflict that returns the record", func(t *testing.T) {
		other := claim
		other.Owner = "you"
		got, err := f.Claim(t.Context(), other)
		if !errors.Is(err, state.ErrConflict) {
			t.Fatalf("err = %v, want a conflict", err)
		}
		equal(t, "record", got, first)
	})
	t.Run("a task that the owner committed is a conflict", func(t *testing.T) {
		done := first
		done.State = flow.TaskDone
		f.commit(t, state.Transition{Task: &done, Guard: state.Equal("owner", "me")})
		if _, err := f.Claim(t.Context(), claim); !errors.Is(err, state.ErrConflict) {
			t.Errorf("err = %v, want a conflict", err)
		}
	})
}

func TestCommitTask(t *testing.T) {
	t.Parallel()
	writes := []state.ContextWrite{
		{Key: "cart", ContextValue: state.ContextValue{Value: []byte(`[1,2]`), Clock: "1"}},
		{Key: "old", ContextValue: state.ContextValue{Deleted: true, Clock: "1"}},
	}
	for name, writes := range map[string][]state.ContextWrite{"plain": nil, "with writes": writes} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			task := fullTask()
			task.Writes = writes
			transition := state.Transition{Task: &task, Guard: state.Absent("state")}
			got, err := f.Commit(t.Context(), transition)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "committed", got, task)
			read := state.ReadSet{RunID: task.RunID, Tasks: []state.TaskKey{task.TaskKey}, Keys: []string{"cart", "old"}, Writes: true}
			equal(t, "stored", f.load(t, read).Tasks[task.TaskKey], task)
			equal(t, "values", len(f.load(t, read).Values), 0)

			if got, err = f.Commit(t.Context(), transition); err != nil {
				t.Errorf("again: %v", err)
			}
			equal(t, "again", got, task)

			other := task
			other.Owner, other.Output = "you", []byte(`"other"`)
			transition.Task = &other
			if got, err = f.Commit(t.Context(), transition); !errors.Is(err, state.ErrConflict) {
				t.Fatalf("another owner's: err = %v, want a conflict", err)
			}
			equal(t, "recorded", got, task)
		})
	}
}

func TestCommitTask_leaves_nothing_of_the_record_before(t *testing.T) {
	t.Parallel()
	f := setup(t)
	before := fullTask()
	f.commit(t, state.Transition{Task: &before})
	after := state.TaskRecord{RunID: before.RunID, TaskKey: before.TaskKey, State: flow.TaskRetrying, Owner: "me", Failures: 3}
	f.commit(t, state.Transition{Task: &after, Guard: state.Equal("state", flow.TaskDone)})
	equal(t, "stored", recordOf(t, f.stored(t, f.items.task(before.RunID, before.TaskKey))), after)
}

func TestCommitTask_where_there_is_no_record_is_a_conflict_without_one(t *testing.T) {
	t.Parallel()
	f := setup(t)
	task := fullTask()
	got, err := f.Commit(t.Context(), state.Transition{Task: &task, Guard: state.Equal("owner", "me")})
	if !errors.Is(err, state.ErrConflict) {
		t.Fatalf("err = %v, want a conflict", err)
	}
	equal(t, "returned", got, state.TaskRecord{})
}

// TestCommitRun_has_the_effect_of_Apply makes every change to a full and to a
// minimal run.
func TestCommitRun_has_the_effect_of_Apply(t *testing.T) {
	t.Parallel()
	f := setup(t)
	later := now.Add(90 * time.Second)
	finish := &state.Finish{
		Status: flow.Completed, Result: []byte(`{"a":1}`), Error: &flow.Failure{Code: "x"}, FinishedAt: later,
	}
	for name, change := range map[string]state.RunChange{
		"touch":                {LastUpdated: later},
		"rescues":              {LastUpdated: later, ResetRescues: true},
		"rescue":               {LastUpdated: later, Rescues: 4},
		"leave":                {Leave: true},
		"leave and touch":      {LastUpdated: later, Leave: true},
		"start lease":          {LastUpdated: later, StartOwner: "you", StartLeaseUntil: later},
		"start lease ended":    {StartOwner: "you"},
		"finish":               {Finish: finish},
		"finish without":       {Finish: &state.Finish{Status: flow.Cancelled}},
		"finish and touch":     {LastUpdated: later, Finish: finish},
		"everything together":  {LastUpdated: later, ResetRescues: true, StartOwner: "you", StartLeaseUntil: later, Finish: finish},
		"a large result":       {Finish: &state.Finish{Status: flow.Completed, Result: largeJSON(inRun + 1), FinishedAt: later}},
		"nothing but its name": {},
	} {
		bare := state.Run{ID: "run-1", Status: flow.Running}
		for kind, run := range map[string]state.Run{"full": fullRun(), "bare": bare} {
			what := name + ", " + kind
			if err := f.requests.delete(t.Context(), f.items.run("run-1"), state.Guard{}); err != nil {
				t.Fatal(err)
			}
			f.create(t, run)
			change.RunID = "run-1"
			f.commit(t, state.Transition{Run: &change, Guard: state.Equal("epoch", run.Epoch)})
			got, err := f.Run(t.Context(), "run-1")
			if err != nil {
				t.Fatal(err)
			}
			equal(t, what, got, change.Apply(run))
		}
	}
}

func TestCommitRun(t *testing.T) {
	t.Parallel()
	f := setup(t)
	touch := state.RunChange{RunID: "r", LastUpdated: now}
	t.Run("a change brings no run into being", func(t *testing.T) {
		if _, err := f.Commit(t.Context(), state.Transition{Run: &touch}); !errors.Is(err, state.ErrConflict) {
			t.Errorf("err = %v, want a conflict", err)
		}
		if it := f.stored(t, f.items.run("r")); it != nil {
			t.Errorf("item = %v, want none", it)
		}
	})
	f.create(t, state.Run{ID: "r", Status: flow.Running})
	running := state.Equal("status", flow.Running)
	finish := state.RunChange{RunID: "r", Finish: &state.Finish{Status: flow.Completed, FinishedAt: now, Result: []byte(`1`)}}
	f.commit(t, state.Transition{Run: &finish, Guard: running})
	t.Run("another end is a conflict", func(t *testing.T) {
		other := finish
		other.Finish = &state.Finish{Status: flow.Failed, FinishedAt: now}
		if _, err := f.Commit(t.Context(), state.Transition{Run: &other, Guard: running}); !errors.Is(err, state.ErrConflict) {
			t.Errorf("err = %v, want a conflict", err)
		}
	})
	t.Run("touching an ended run is a conflict", func(t *testing.T) {
		if _, err := f.Commit(t.Context(), state.Transition{Run: &touch, Guard: running}); !errors.Is(err, state.ErrConflict) {
			t.Errorf("err = %v, want a conflict", err)
		}
	})
}

func TestCommitTimer(t *testing.T) {
	t.Parallel()
	f := setup(t)
	timer := state.Timer{RunID: "r", TaskKey: state.TaskKey{Node: "n"}, Attempt: 2, DueAt: now, Body: `{}`}
	f.commit(t, state.Transition{Timer: &timer, Guard: state.Absent("dueAt")})
	it := f.stored(t, f.items.coordination("timer#r#n#2"))
	equal(t, "due", it.millis(tables.DueAt), now)
	equal(t, "shard", it.text(tables.DueShard), shard("r", dueShards))
	if _, err := f.Commit(t.Context(), state.Transition{Timer: &timer, Guard: state.Absent("dueAt")}); !errors.Is(err, state.ErrConflict) {
		t.Errorf("again: err = %v, want a conflict", err)
	}
}

// Of the versions of a blueprint the one started last is current; the first
// start stays.
func TestCommitBlueprint(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for name, body := range map[string][]byte{"small": []byte(`{"id":"a"}`), "large": largeJSON(3 * partSize)} {
		b := state.BlueprintVersion{BlueprintKey: state.BlueprintKey{ID: name, Hash: "ab12"}, Version: "3", Body: body}
		for _, at := range []time.Time{now, now, now.Add(time.Hour)} {
			b.StartedAt = at
			f.commit(t, state.Transition{Blueprint: &b})
		}
		got := f.load(t, state.ReadSet{RunID: "r", Blueprint: b.BlueprintKey})
		same(t, name, got.Blueprint, body)
		it := f.stored(t, testLayout.blueprint(b.BlueprintKey))
		equal(t, name+": version", it.text(tables.Version), "3")
		equal(t, name+": first start", it.millis(tables.FirstStart), now)
		equal(t, name+": last start", it.millis(tables.LastStart), now.Add(time.Hour))
		if it[tables.TTL] != nil {
			t.Errorf("%s: it expires", name)
		}
		if _, err := f.Commit(t.Context(), state.Transition{Blueprint: &b, Guard: state.Absent("runId")}); !errors.Is(err, state.ErrConflict) {
			t.Errorf("%s, under a guard that does not hold: err = %v, want a conflict", name, err)
		}
	}
}

func TestCommit_of_nothing_is_an_error(t *testing.T) {
	t.Parallel()
	store := New(nil, testNames, Config{})
	if _, err := store.Commit(t.Context(), state.Transition{}); err == nil {
		t.Error("no error")
	}
}

func TestArrive(t *testing.T) {
	t.Parallel()
	f := setup(t)
	key := state.JoinKey{TaskKey: state.TaskKey{Node: "join", Scope: "poll.3"}}
	arrive := func(a state.Arrival) state.Join {
		t.Helper()
		a.RunID, a.Expires = "r", now
		join, err := f.Arrive(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		return join
	}
	join := func(arrived, taken []int) state.Join { return state.Join{Arrived: arrived, Taken: taken, Expires: now} }
	equal(t, "dead arrival", arrive(state.Arrival{Join: key, Arrived: []int{9}}), join([]int{9}, nil))
	taken := state.Arrival{Join: key, Arrived: []int{10, 10}, Taken: []int{10, 10}, First: "a"}
	both := join([]int{9, 10}, []int{10})
	both.First = "a"
	equal(t, "taken arrival", arrive(taken), both)
	equal(t, "the same arrival again", arrive(taken), both)
	all := join([]int{9, 10, 100}, []int{10, 100})
	all.First = "a"
	equal(t, "a later first", arrive(state.Arrival{Join: key, Arrived: []int{100}, Taken: []int{100}, First: "c"}), all)
	equal(t, "an arrival of nothing", arrive(state.Arrival{Join: key}), all)
	shard := state.JoinKey{TaskKey: key.TaskKey, Shard: 1}
	equal(t, "a shard", arrive(state.Arrival{Join: shard, Arrived: []int{50}}), join([]int{50}, nil))
	all.Full, all.FullTaken = []int{1, 2}, []int{2}
	equal(t, "full shards", arrive(state.Arrival{Join: key, Full: []int{2, 1}, FullTaken: []int{2}}), all)
	end := join([]int{0}, nil)
	equal(t, "the run's end", arrive(state.Arrival{Arrived: []int{0}}), end)
	read := state.ReadSet{RunID: "r", Joins: []state.JoinKey{key, shard, {}, {TaskKey: state.TaskKey{Node: "other"}}}}
	equal(t, "loaded", f.load(t, read).Joins, map[state.JoinKey]state.Join{key: all, shard: join([]int{50}, nil), {}: end})
}

func TestLoad(t *testing.T) {
	t.Parallel()
	f := setup(t)
	t.Run("missing items are left out", func(t *testing.T) {
		got := f.load(t, state.ReadSet{
			RunID: "none", Run: true, Input: true, Blueprint: state.BlueprintKey{ID: "x", Hash: "h"}, Keys: []string{"k"},
			Tasks: []state.TaskKey{{Node: "n"}}, Joins: []state.JoinKey{{TaskKey: state.TaskKey{Node: "n"}}},
		})
		equal(t, "snapshot", got, state.Snapshot{})
	})
	t.Run("nothing asked is no request", func(t *testing.T) {
		requests, _ := f.wire.during(func() { f.load(t, state.ReadSet{RunID: "r"}) })
		equal(t, "requests", len(requests), 0)
	})
	t.Run("more than a hundred items, some named twice", func(t *testing.T) {
		read := state.ReadSet{RunID: "r"}
		want := map[state.TaskKey]state.TaskRecord{}
		for n := range 230 {
			key := state.TaskKey{Node: "n", Scope: fmt.Sprintf("batch[%d]", n)}
			record := state.TaskRecord{RunID: "r", TaskKey: key, State: flow.TaskDone, Failures: n}
			f.commit(t, state.Transition{Task: &record})
			want[key] = record
			read.Tasks = append(read.Tasks, key, key)
		}
		requests, _ := f.wire.during(func() { equal(t, "tasks", f.load(t, read).Tasks, want) })
		equal(t, "requests", len(requests), 3)
	})
}

// largeJSON returns a JSON text of n bytes, with characters of two and three bytes.
func largeJSON(n int) []byte {
	b := append(make([]byte, 0, n), '"')
	for i := 0; len(b) < n-4; i++ {
		b = append(b, []string{"ü", "€"}[i%2]...)
	}
	for len(b) < n-1 {
		b = append(b, 'x')
	}
	return append(b, '"')
}
