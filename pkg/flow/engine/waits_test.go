package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// waiting delivers a message with too little time left for its task.
func (w *world) waiting(m state.Message) error {
	w.Helper()
	w.clock.now = time.Now().Add(time.Hour) // so that the context itself does not end
	ctx, cancel := context.WithDeadline(w.Context(), w.clock.now.Add(20*time.Second))
	defer cancel()
	return w.engine.Handle(ctx, m)
}

// A message that only waits is sent as one that is not suspect, for as long as that is
// believed; its returns do not grow.
func TestWaitingIsNotSuspect(t *testing.T) {
	t.Parallel()
	w := setup(t, chain3, nil)
	w.create(func(r *state.Run) { r.Tenant = "t1" })
	first := w.job("a")
	m := first
	for n := 1; n <= 1001; n++ {
		if err := w.waiting(m); err != nil {
			t.Fatalf("after %d waits: %v", n-1, err)
		}
		sent := w.takeOne()
		since, _ := strconv.ParseInt(sent.Attributes[state.AttributeSince], 10, 64)
		want := map[string]string{state.AttributeID: first.ID, state.AttributeReturns: "0", state.AttributeWaits: strconv.Itoa(n), state.AttributeSince: strconv.FormatInt(since, 10)}
		if diff := cmp.Diff(want, sent.Attributes); diff != "" || sent.Tenant != "t1" || since == 0 {
			t.Fatalf("sent for %q since %d, attributes (-want +got):\n%s", sent.Tenant, since, diff)
		}
		if least := min(time.Second<<min(n-1, 10), 30*time.Second) / 2; sent.Delay < least || sent.Delay > 30*time.Second {
			t.Fatalf("sent for the %d. time with a delay of %s, want from %s on, growing to 30s", n, sent.Delay, least)
		}
		if told := len(w.events.all) > 0; told != (n > 12) {
			t.Fatalf("after %d waits the wait is told: %t", n-1, told)
		}
		if m = sent.Message; m.Suspect() != (n > 1000) {
			t.Fatalf("after %d waits suspect is %t", n, m.Suspect())
		}
	}
	if err := w.waiting(m); !errors.Is(err, engine.ErrNoTime) {
		t.Errorf("after the last wait: %v, want that it comes back", err)
	}
	w.wantSent()
	if err := w.waiting(onReceive(m, 4)); err != nil {
		t.Error(err)
	}
	if again := w.takeOne().Message; !again.Suspect() || again.Returns() != 1 || again.Waits() != 0 {
		t.Errorf("near the dead letters it is sent with %v, want as a suspect one", again.Attributes)
	}
	w.wantStarts("a", 0)
}

// If the copy cannot be sent, the message comes back as before.
func TestWaitingMessageThatIsNotSentComesBack(t *testing.T) {
	t.Parallel()
	w := setup(t, chain3, nil)
	w.create()
	w.inject("lose the request of send")
	if err := w.waiting(w.job("a")); !errors.Is(err, engine.ErrNoTime) || !errors.Is(err, fault.ErrInjected) {
		t.Errorf("%v, want too little time, and the fault", err)
	}
}

func TestSuspect(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		receives int
		id       string
		waits    string
		want     bool
	}{
		"new":                       {1, "", "", false},
		"received before":           {2, "", "", true},
		"sent again":                {1, "first", "", true},
		"waited":                    {1, "first", "1", false},
		"waited, and killed":        {2, "first", "1", true},
		"the last wait":             {1, "first", "1000", false},
		"waits too often":           {1, "first", "1001", true},
		"a forged number":           {1, "first", "-1", true},
		"a forged text":             {1, "first", "x", true},
		"a forged huge number":      {1, "first", "99999999999999999999", true},
		"waits without a first one": {1, "", "7", false},
	} {
		m := state.Message{ID: "m", Receives: test.receives, Attributes: map[string]string{state.AttributeID: test.id, state.AttributeWaits: test.waits}}
		if m.Suspect() != test.want {
			t.Errorf("%s: suspect is %t", name, !test.want)
		}
		again := m
		again.Receives, again.Attributes = 1, m.Again(time.Now())
		if !again.Suspect() {
			t.Errorf("%s: sent again it is not suspect: %v", name, again.Attributes)
		}
	}
}

// counting counts the requests of a sender, each of which takes its time.
type counting struct {
	mu                  sync.Mutex
	now, most, requests int
	sent                map[string]bool
}

func (c *counting) Send(_ context.Context, messages ...flow.Outgoing) error {
	c.mu.Lock()
	c.now++
	c.most, c.requests = max(c.most, c.now), c.requests+1
	for _, m := range messages {
		c.sent[m.Attributes[state.AttributeID]] = true
	}
	c.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	c.mu.Lock()
	c.now--
	c.mu.Unlock()
	return nil
}

// A large batch gives up at one moment, in time, with few connections.
func TestLargeBatchWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := &counting{sent: map[string]bool{}}
		code := flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
			<-ctx.Done()
			return flow.Result{}, ctx.Err()
		})
		worker, err := engine.New(memory.NewStore(), queue, flow.Registry{"code": code}, engine.Config{
			Blueprints: []*flow.Blueprint{parse(t, `{"id":"b","nodes":[{"id":"a","uses":"code"}]}`)}, Parallel: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go func() { _ = worker.Handle(ctx, startOf("first", 1)) }()
		synctest.Wait()
		var batch sync.WaitGroup
		for i := range 2000 {
			batch.Go(func() {
				if err := worker.Handle(ctx, startOf(fmt.Sprint("run-", i), 1)); err != nil {
					t.Error(err)
				}
			})
		}
		batch.Wait()
		if deadline, _ := ctx.Deadline(); time.Until(deadline) < 10*time.Second {
			t.Errorf("%s are left", time.Until(deadline))
		}
		if len(queue.sent) != 1999 || queue.most > 1 || queue.requests > 220 {
			t.Errorf("%d messages in %d requests, up to %d at a time, want all but the one that had a turn, in few", len(queue.sent), queue.requests, queue.most)
		}
		time.Sleep(time.Minute) // those that had a turn end
	})
}
