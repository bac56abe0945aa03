package fault_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// bench is an injector over a fresh store and queue.
type bench struct {
	*fault.Injector
	store *memory.Store
	queue *memory.Queue
}

func newBench() *bench {
	store, queue := memory.NewStore(), memory.NewQueue()
	return &bench{fault.NewInjector(store, queue), store, queue}
}

// inject plans faults by their sentences.
func (b *bench) inject(t *testing.T, sentences ...string) {
	t.Helper()
	for _, sentence := range sentences {
		plan, err := fault.Parse(sentence)
		if err := errors.Join(err, b.Inject(plan)); err != nil {
			t.Fatal(err)
		}
	}
}

// all makes one request of each kind, and returns those that failed, by number.
func (b *bench) all(ctx context.Context) map[int]error {
	commit := func(t state.Transition) func() error {
		return func() error { _, err := b.Commit(ctx, t); return err }
	}
	failed := map[int]error{}
	for n, call := range []func() error{
		func() error { _, err := b.Create(ctx, state.Run{ID: "r", StartOwner: "me"}); return err },
		func() error { _, err := b.Load(ctx, state.ReadSet{RunID: "r", Run: true}); return err },
		func() error {
			_, err := b.Claim(ctx, state.Claim{RunID: "r", TaskKey: key("a"), Guard: state.Absent("state"), Owner: "me"})
			return err
		},
		commit(state.Transition{Guard: state.Absent("state"), Task: &state.TaskRecord{RunID: "r", TaskKey: key("b"), State: flow.TaskDone, Owner: "me"}}),
		func() error {
			_, err := b.Arrive(ctx, state.Arrival{RunID: "r", Join: state.JoinKey{TaskKey: key("j")}, Arrived: []int{0}})
			return err
		},
		func() error { return b.send(ctx) },
	} {
		if err := call(); err != nil {
			failed[n+1] = err
		}
	}
	return failed
}

func (b *bench) send(ctx context.Context) error {
	return b.Send(ctx, flow.Outgoing{Body: "1"}, flow.Outgoing{Body: "2"})
}

func (b *bench) names() (names []string) {
	for _, r := range b.Requests() {
		names = append(names, r.String())
	}
	return names
}

var allNames = []string{"create run", "load", "claim a", "commit b done", "arrive at j", "send 2 messages"}

func TestInjectorNamesEveryRequest(t *testing.T) {
	t.Parallel()
	b := newBench()
	if failed := b.all(t.Context()); len(failed) > 0 {
		t.Errorf("failed without a fault: %v", failed)
	}
	if diff := cmp.Diff(allNames, b.names()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestFaultFailsItsRequestAndNoOther(t *testing.T) {
	t.Parallel()
	for _, phrase := range []string{"lose the request of", "lose the answer of", "refuse"} {
		for n, name := range allNames {
			for _, sentence := range []string{phrase + " " + name, fmt.Sprintf("%s the %s request", phrase, []string{"1st", "2nd", "3rd", "4th", "5th", "6th"}[n])} {
				b := newBench()
				b.inject(t, sentence)
				failed := b.all(t.Context())
				if len(failed) != 1 || !errors.Is(failed[n+1], fault.ErrInjected) {
					t.Errorf("%s: failed are %v, want request %d alone", sentence, failed, n+1)
				}
				if hits := b.Hits(); len(hits) != 1 || hits[0].Request.String() != name || hits[0].Number != n+1 || hits[0].Plan.String() != sentence || len(b.Waiting()) > 0 {
					t.Errorf("%s: the hits are %v, waiting is %q, want %s hit", sentence, hits, b.Waiting(), name)
				}
			}
		}
	}
}

func TestFaultsTakeEffectAsTheySay(t *testing.T) {
	t.Parallel()
	for phrase, want := range map[string]struct {
		stored bool
		queued int
		failed bool
		dead   bool
	}{
		"lose the request of":       {failed: true},
		"refuse":                    {failed: true},
		"lose the answer of":        {stored: true, queued: 2, failed: true},
		"repeat":                    {stored: true, queued: 4},
		"crash before":              {failed: true, dead: true},
		"crash after":               {stored: true, queued: 2, failed: true, dead: true},
		"accept only 1 of":          {queued: 1, failed: true},
		"duplicate before":          {stored: true, queued: 2},
		"duplicate and crash after": {stored: true, queued: 2, failed: true, dead: true},
		"outlive the lease before":  {stored: true, queued: 2},
		"outlive the lease after":   {stored: true, queued: 2},
	} {
		t.Run(phrase, func(t *testing.T) {
			t.Parallel()
			b := newBench()
			b.Redeliver, b.Expire = func(bool) {}, func() {}
			check := func(request string, err error) {
				if (err != nil) != want.failed || err != nil && !errors.Is(err, fault.ErrInjected) {
					t.Errorf("%s came to %v, want an injected fault: %t", request, err, want.failed)
				}
				_, err = b.Load(t.Context(), state.ReadSet{})
				if (err != nil) != want.dead || b.Revive() != want.dead {
					t.Errorf("the next request came to %v, want a worker that has crashed: %t", err, want.dead)
				}
			}
			if phrase != "accept only 1 of" {
				b.inject(t, phrase+" create run")
				_, err := b.Create(t.Context(), state.Run{ID: "r", StartOwner: "me"})
				check("create run", err)
				if _, err := b.store.Run(t.Context(), "r"); (err == nil) != want.stored {
					t.Errorf("Run = %v, want it stored: %t", err, want.stored)
				}
			}
			b.inject(t, phrase+" send")
			check("send", b.send(t.Context()))
			if b.queue.Len() != want.queued {
				t.Errorf("%d messages are queued, want %d", b.queue.Len(), want.queued)
			}
		})
	}
}

// The calls around a request occur in their order.
func TestDuplicatesAndZombies(t *testing.T) {
	t.Parallel()
	for sentence, want := range map[string][]string{
		"duplicate before load":          {"again", "load"},
		"duplicate as new before load":   {"as new", "load"},
		"duplicate and crash after load": {"load", "as new"},
		"outlive the lease before load":  {"expire", "as new", "load"},
		"outlive the lease after load":   {"load", "expire", "as new"},
	} {
		store := &telling{Store: memory.NewStore()}
		b := &bench{Injector: fault.NewInjector(store, nil)}
		b.Redeliver = func(asNew bool) { store.tell(map[bool]string{true: "as new", false: "again"}[asNew]) }
		b.Expire = func() { store.tell("expire") }
		b.inject(t, sentence)
		_, _ = b.Load(t.Context(), state.ReadSet{})
		if !slices.Equal(store.told, want) {
			t.Errorf("%s: %q, want %q", sentence, store.told, want)
		}
	}
}

// telling is a store that reports its reads.
type telling struct {
	state.Store
	told []string
}

func (s *telling) tell(text string) { s.told = append(s.told, text) }

func (s *telling) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	s.tell("load")
	return s.Store.Load(ctx, set)
}

func TestInjectorRefusesUnsupportedFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range []fault.Kind{"", fault.Duplicate, fault.ZombieBefore, fault.AnswerTorn, fault.Late} {
		if err := newBench().Inject(fault.Plan{Kind: kind, Request: "load"}); err == nil {
			t.Errorf("a fault %q was planned without a hook for it", kind)
		}
	}
}

func TestFaultsAreCountedFromTheirPlanning(t *testing.T) {
	t.Parallel()
	b := newBench()
	b.all(t.Context())
	b.inject(t, "lose the request of the 2nd load", "lose the request of claim z")
	var errs []bool
	for range 3 {
		_, err := b.Load(t.Context(), state.ReadSet{})
		errs = append(errs, err != nil)
	}
	if !slices.Equal(errs, []bool{false, true, false}) {
		t.Errorf("failed: %v, want the second", errs)
	}
	if got := b.Waiting(); !slices.Equal(got, []string{"lose the request of claim z"}) {
		t.Errorf("waiting is %q", got)
	}
	b.Clear()
	if got := b.Waiting(); len(got) > 0 {
		t.Errorf("after Clear %q is waiting", got)
	}
}

// Of two plans for one request the first occurs; the other never will.
func TestRequestIsHitOnce(t *testing.T) {
	t.Parallel()
	b := newBench()
	b.inject(t, "repeat load", "lose the request of load")
	for range 2 {
		if _, err := b.Load(t.Context(), state.ReadSet{}); err != nil {
			t.Errorf("Load = %v, want it repeated", err)
		}
	}
	if got := b.Waiting(); !slices.Equal(got, []string{"lose the request of load"}) {
		t.Errorf("waiting is %q", got)
	}
}

func TestSomethingHappensBeforeARequest(t *testing.T) {
	t.Parallel()
	b := newBench()
	var seen []int
	b.Before("the 2nd load", func() { seen = append(seen, len(b.Requests())) })
	b.Before("commit b", func() { seen = append(seen, len(b.Requests())) })
	if got := b.Waiting(); len(got) != 2 {
		t.Errorf("waiting is %q, want both", got)
	}
	b.all(t.Context())
	b.all(t.Context())
	if !slices.Equal(seen, []int{4, 8}) {
		t.Errorf("it happened at the requests %v, want 4, the commit, and 8, the 2nd load", seen)
	}
}

func TestAnswersAreTold(t *testing.T) {
	t.Parallel()
	b := newBench()
	var told []string
	b.Answered = func(a fault.Answer) {
		told = append(told, fmt.Sprint(a.Request, ": ", a.Detail, a.Fault, a.Err != nil))
	}
	b.inject(t, "lose the answer of load")
	b.all(t.Context())
	want := []string{"create run: false", "load: the runanswer losttrue", "claim a: false", "commit b done: false", "arrive at j: 0, deadfalse",
		"send 2 messages: no message, no messagefalse"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// Services that serve a request can find out which request of the engine it is.
func TestContextNamesTheRequest(t *testing.T) {
	t.Parallel()
	var got fault.Request
	i := fault.NewInjector(nil, sender(func(ctx context.Context) { got, _ = fault.RequestOf(ctx) }))
	if err := i.Send(t.Context(), flow.Outgoing{}); err != nil || got.String() != "send 1 message" {
		t.Errorf("the context is of %q (%v), want that of the send", got, err)
	}
	if r, ok := fault.RequestOf(t.Context()); ok {
		t.Errorf("a context of no request is of %q", r)
	}
}

type sender func(context.Context)

func (s sender) Send(ctx context.Context, _ ...flow.Outgoing) error { s(ctx); return nil }
