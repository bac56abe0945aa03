package memory_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

type consumerFunc func(ctx context.Context, m state.Message) error

func (f consumerFunc) Handle(ctx context.Context, m state.Message) error { return f(ctx, m) }

// received is a delivery as a test sees it, with the time since the queue's start.
type received struct {
	At       time.Duration
	ID, Body string
	Receives int
}

type deliveries struct {
	queue *memory.Queue
	start time.Time
	all   []received
	err   func(m state.Message) error
}

func newLog(q *memory.Queue, err func(m state.Message) error) *deliveries {
	return &deliveries{queue: q, start: q.Now(), err: err}
}

func (l *deliveries) Handle(_ context.Context, m state.Message) error {
	l.all = append(l.all, received{l.queue.Now().Sub(l.start), m.ID, m.Body, m.Receives})
	if l.err == nil {
		return nil
	}
	return l.err(m)
}

func send(t *testing.T, q *memory.Queue, messages ...flow.Outgoing) {
	t.Helper()
	if err := q.Send(t.Context(), messages...); err != nil {
		t.Fatal(err)
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	busy := errors.New("busy")
	always := func(err error) func(state.Message) error { return func(state.Message) error { return err } }
	tests := map[string]struct {
		options []memory.QueueOption
		send    []flow.Outgoing
		err     func(state.Message) error
		want    []received
		dead    []string
	}{
		"messages are handled in the order of sending": {
			send: []flow.Outgoing{{Body: "a"}, {Body: "b"}, {Body: "c"}},
			want: []received{{0, "m-1", "a", 1}, {0, "m-2", "b", 1}, {0, "m-3", "c", 1}},
		},
		"delays are jumped over in the order in which they end": {
			send: []flow.Outgoing{{Body: "late", Delay: 15 * time.Minute}, {Body: "soon", Delay: 2 * time.Second}, {Body: "now"}},
			want: []received{{0, "m-3", "now", 1}, {2 * time.Second, "m-2", "soon", 1}, {15 * time.Minute, "m-1", "late", 1}},
		},
		"equal delays end in the order of sending": {
			send: []flow.Outgoing{{Body: "a", Delay: time.Second}, {Body: "b", Delay: time.Second}, {Body: "c", Delay: time.Second}},
			want: []received{{time.Second, "m-1", "a", 1}, {time.Second, "m-2", "b", 1}, {time.Second, "m-3", "c", 1}},
		},
		"a delay is rounded up to the second": {
			send: []flow.Outgoing{{Body: "a", Delay: 1100 * time.Millisecond}},
			want: []received{{2 * time.Second, "m-1", "a", 1}},
		},
		"real time waits for delays": {
			options: []memory.QueueOption{memory.RealTime()},
			send:    []flow.Outgoing{{Body: "late", Delay: time.Minute}, {Body: "now"}},
			want:    []received{{0, "m-2", "now", 1}, {time.Minute, "m-1", "late", 1}},
		},
		"an error backs off twice as long each time and ends as a dead letter": {
			send: []flow.Outgoing{{Body: "a"}},
			err:  always(busy),
			want: []received{{0, "m-1", "a", 1}, {2 * time.Second, "m-1", "a", 2}, {6 * time.Second, "m-1", "a", 3},
				{14 * time.Second, "m-1", "a", 4}, {30 * time.Second, "m-1", "a", 5}},
			dead: []string{"m-1 a 5: busy"},
		},
		"the backoff is at most five minutes": {
			options: []memory.QueueOption{memory.MaxReceives(10)},
			send:    []flow.Outgoing{{Body: "a"}},
			err: func(m state.Message) error {
				if m.Receives < 8 {
					return &engine.HeldError{}
				}
				return busy
			},
			want: []received{{0, "m-1", "a", 1}, {0, "m-1", "a", 2}, {0, "m-1", "a", 3}, {0, "m-1", "a", 4}, {0, "m-1", "a", 5},
				{0, "m-1", "a", 6}, {0, "m-1", "a", 7}, {0, "m-1", "a", 8}, {256 * time.Second, "m-1", "a", 9}, {556 * time.Second, "m-1", "a", 10}},
			dead: []string{"m-1 a 10: busy"},
		},
		"an error that passes is no dead letter": {
			send: []flow.Outgoing{{Body: "a"}, {Body: "b"}},
			err: func(m state.Message) error {
				if m.ID == "m-1" && m.Receives < 3 {
					return busy
				}
				return nil
			},
			want: []received{{0, "m-1", "a", 1}, {0, "m-2", "b", 1}, {2 * time.Second, "m-1", "a", 2}, {6 * time.Second, "m-1", "a", 3}},
		},
		"a rejected message is a dead letter at once": {
			send: []flow.Outgoing{{Body: "a"}},
			err:  always(fmt.Errorf("handle: %w", &flow.RejectError{Reason: "no message"})),
			want: []received{{0, "m-1", "a", 1}},
			dead: []string{"m-1 a 1: handle: rejected: no message"},
		},
		"a held message comes back when the lease ends": {
			send: []flow.Outgoing{{Body: "a"}, {Body: "b", Delay: time.Minute}},
			err: func(m state.Message) error {
				if m.Receives == 1 && m.ID == "m-1" {
					return fmt.Errorf("bounce: %w", &engine.HeldError{Until: start.Add(65 * time.Second)})
				}
				return nil
			},
			want: []received{{0, "m-1", "a", 1}, {time.Minute, "m-2", "b", 1}, {65 * time.Second, "m-1", "a", 2}},
		},
		"a message held until the past goes behind those that wait": {
			send: []flow.Outgoing{{Body: "slow"}, {Body: "b", Delay: time.Second}, {Body: "c", Delay: 2 * time.Second}},
			err: func(m state.Message) error {
				if m.ID == "m-1" {
					time.Sleep(10 * time.Second)
				}
				if m.ID == "m-2" && m.Receives == 1 {
					return &engine.HeldError{Until: start}
				}
				return nil
			},
			want: []received{{0, "m-1", "slow", 1}, {10 * time.Second, "m-2", "b", 1}, {10 * time.Second, "m-3", "c", 1}, {10 * time.Second, "m-2", "b", 2}},
		},
		"a held message is a dead letter after its last receive": {
			options: []memory.QueueOption{memory.MaxReceives(2)},
			send:    []flow.Outgoing{{Body: "a"}},
			err:     always(&engine.HeldError{Until: start.Add(time.Second)}),
			want:    []received{{0, "m-1", "a", 1}, {time.Second, "m-1", "a", 2}},
			dead:    []string{"m-1 a 2: held until 2000-01-01T00:00:01Z"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := memory.NewQueue(test.options...)
				send(t, q, test.send...)
				got := newLog(q, test.err)
				if err := q.Drain(t.Context(), got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got.all); diff != "" {
					t.Errorf("deliveries (-want +got):\n%s", diff)
				}
				var dead []string
				for _, d := range q.Dead() {
					dead = append(dead, fmt.Sprintf("%s %s %d: %v", d.ID, d.Body, d.Receives, d.Err))
				}
				if diff := cmp.Diff(test.dead, dead); diff != "" {
					t.Errorf("dead letters (-want +got):\n%s", diff)
				}
				if q.Len() != 0 {
					t.Errorf("Len = %d after Drain, want 0", q.Len())
				}
			})
		})
	}
}

// start is the time at which the clock of a synctest bubble starts.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestDrainHandlesMessagesSentMeanwhile(t *testing.T) {
	t.Parallel()
	q := memory.NewQueue()
	send(t, q, flow.Outgoing{Body: "first"})
	got := newLog(q, func(m state.Message) error {
		if m.Body == "first" {
			return q.Send(t.Context(), flow.Outgoing{Body: "second", Delay: time.Minute})
		}
		return nil
	})
	if err := q.Drain(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, r := range got.all {
		bodies = append(bodies, r.Body)
	}
	if diff := cmp.Diff([]string{"first", "second"}, bodies); diff != "" {
		t.Error(diff)
	}
}

func TestRealTimeDrainSeesAnEarlierMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := memory.NewQueue(memory.RealTime())
		send(t, q, flow.Outgoing{Body: "late", Delay: time.Hour / 4})
		got := newLog(q, nil)
		go func() {
			time.Sleep(time.Second)
			send(t, q, flow.Outgoing{Body: "now"})
		}()
		if err := q.Drain(t.Context(), got); err != nil {
			t.Fatal(err)
		}
		want := []received{{time.Second, "m-2", "now", 1}, {time.Hour / 4, "m-1", "late", 1}}
		if diff := cmp.Diff(want, got.all); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
	})
}

func TestDrainStops(t *testing.T) {
	t.Parallel()

	t.Run("when its context was cancelled before", func(t *testing.T) {
		t.Parallel()
		q := memory.NewQueue()
		send(t, q, flow.Outgoing{Body: "a"})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		got := newLog(q, nil)
		if err := q.Drain(ctx, got); !errors.Is(err, context.Canceled) {
			t.Errorf("Drain = %v, want context.Canceled", err)
		}
		if len(got.all) != 0 || q.Len() != 1 {
			t.Errorf("handled %v with %d left, want nothing handled and 1 left", got.all, q.Len())
		}
	})

	t.Run("when its context is cancelled while it handles, and keeps the message", func(t *testing.T) {
		t.Parallel()
		q := memory.NewQueue()
		send(t, q, flow.Outgoing{Body: "a"})
		ctx, cancel := context.WithCancel(t.Context())
		got := newLog(q, func(state.Message) error { cancel(); return ctx.Err() })
		if err := q.Drain(ctx, got); !errors.Is(err, context.Canceled) {
			t.Errorf("Drain = %v, want context.Canceled", err)
		}
		if len(got.all) != 1 || q.Len() != 1 {
			t.Errorf("handled %v with %d left, want 1 handled and 1 left", got.all, q.Len())
		}
	})

	t.Run("when its context ends while it waits in real time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			q := memory.NewQueue(memory.RealTime())
			send(t, q, flow.Outgoing{Body: "a", Delay: time.Minute})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			got := newLog(q, nil)
			if err := q.Drain(ctx, got); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Drain = %v, want context.DeadlineExceeded", err)
			}
			if waited := q.Now().Sub(start); len(got.all) != 0 || waited != time.Second {
				t.Errorf("handled %v and waited %s, want nothing handled and 1s", got.all, waited)
			}
		})
	})

	t.Run("at its bound of handled messages", func(t *testing.T) {
		t.Parallel()
		q := memory.NewQueue(memory.MaxHandled(100))
		send(t, q, flow.Outgoing{Body: "endless"})
		got := newLog(q, func(m state.Message) error { return q.Send(t.Context(), flow.Outgoing{Body: m.Body}) })
		if err := q.Drain(t.Context(), got); !errors.Is(err, memory.ErrMaxHandled) {
			t.Errorf("Drain = %v, want ErrMaxHandled", err)
		}
		if len(got.all) != 100 || q.Len() != 1 {
			t.Errorf("handled %d with %d left, want 100 and 1", len(got.all), q.Len())
		}
	})

	t.Run("not at its bound when nothing is left", func(t *testing.T) {
		t.Parallel()
		q := memory.NewQueue(memory.MaxHandled(2))
		send(t, q, flow.Outgoing{Body: "a"}, flow.Outgoing{Body: "b"})
		if err := q.Drain(t.Context(), newLog(q, nil)); err != nil {
			t.Errorf("Drain = %v, want nil", err)
		}
	})

	t.Run("when another Drain is under way", func(t *testing.T) {
		t.Parallel()
		q := memory.NewQueue()
		send(t, q, flow.Outgoing{Body: "a"})
		var nested error
		outer := newLog(q, func(state.Message) error {
			nested = q.Drain(t.Context(), newLog(q, nil))
			return nil
		})
		if err := q.Drain(t.Context(), outer); err != nil {
			t.Fatal(err)
		}
		if nested == nil {
			t.Error("a nested Drain returned nil, want an error")
		}
	})
}

// The worker crashes: the handling never returns.
func TestMessageOfACrashComesBack(t *testing.T) {
	t.Parallel()

	crash := func(q *memory.Queue, l *deliveries) {
		defer func() { _ = recover() }()
		_ = q.Drain(context.Background(), consumerFunc(func(ctx context.Context, m state.Message) error {
			_ = l.Handle(ctx, m)
			panic("crash")
		}))
	}

	t.Run("after the visibility timeout, behind visible messages", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			q := memory.NewQueue(memory.Visibility(time.Minute))
			send(t, q, flow.Outgoing{Body: "a"}, flow.Outgoing{Body: "b"})
			got := newLog(q, nil)
			crash(q, got)
			if err := q.Drain(t.Context(), got); err != nil {
				t.Fatal(err)
			}
			want := []received{{0, "m-1", "a", 1}, {0, "m-2", "b", 1}, {time.Minute, "m-1", "a", 2}}
			if diff := cmp.Diff(want, got.all); diff != "" {
				t.Errorf("deliveries (-want +got):\n%s", diff)
			}
		})
	})

	t.Run("not after its last receive", func(t *testing.T) {
		t.Parallel()
		q := memory.NewQueue(memory.MaxReceives(2))
		send(t, q, flow.Outgoing{Body: "a"})
		got := newLog(q, nil)
		for range 3 {
			crash(q, got)
		}
		if len(got.all) != 2 || len(q.Dead()) != 1 || q.Len() != 0 {
			t.Errorf("delivered %d times, %d dead, %d left; want 2, 1 and 0", len(got.all), len(q.Dead()), q.Len())
		}
	})
}

func TestSend(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		message flow.Outgoing
		want    string // of the error; "" is accepted
	}{
		"the longest delay is accepted": {flow.Outgoing{Body: "a", Delay: 15 * time.Minute}, ""},
		"a longer delay is refused":     {flow.Outgoing{Body: "a", Delay: 15*time.Minute + 1}, "delay 15m0.000000001s"},
		"a negative delay is refused":   {flow.Outgoing{Body: "a", Delay: -1}, "delay -1ns"},
		"an empty body is refused":      {flow.Outgoing{}, "the body is empty"},
		"the largest body is accepted":  {flow.Outgoing{Body: strings.Repeat("x", 1<<20)}, ""},
		"a larger body is refused":      {flow.Outgoing{Body: strings.Repeat("x", 1<<20+1)}, "1048577 bytes: the limit is 1048576"},
		"attributes count as size": {
			flow.Outgoing{Body: strings.Repeat("x", 1<<20), Attributes: map[string]string{"a": "b"}}, "1048584 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := memory.NewQueue()
			err := q.Send(t.Context(), flow.Outgoing{Body: "before"}, test.message)
			if test.want == "" {
				if err != nil || q.Len() != 2 {
					t.Errorf("Send = %v with %d queued, want nil and 2", err, q.Len())
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Send = %v, want %q in it", err, test.want)
			}
			if q.Len() != 0 {
				t.Errorf("Len = %d after a refused Send, want 0", q.Len())
			}
		})
	}

	t.Run("a cancelled context sends nothing", func(t *testing.T) {
		t.Parallel()
		q := memory.NewQueue()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := q.Send(ctx, flow.Outgoing{Body: "a"}); !errors.Is(err, context.Canceled) || q.Len() != 0 {
			t.Errorf("Send = %v with %d queued, want context.Canceled and 0", err, q.Len())
		}
	})

	t.Run("attributes arrive and are not shared", func(t *testing.T) {
		t.Parallel()
		q := memory.NewQueue()
		attributes := map[string]string{state.AttributeID: "m-0"}
		send(t, q, flow.Outgoing{Body: "a", Attributes: attributes})
		attributes[state.AttributeID] = "changed"
		var got []state.Message
		err := q.Drain(t.Context(), consumerFunc(func(_ context.Context, m state.Message) error {
			got = append(got, state.Message{ID: m.ID, Attributes: map[string]string{state.AttributeID: m.OriginalID()}})
			m.Attributes[state.AttributeID] = "changed by the consumer"
			if m.Receives == 2 {
				return nil
			}
			return errors.New("again")
		}))
		want := state.Message{ID: "m-1", Attributes: map[string]string{state.AttributeID: "m-0"}}
		if diff := cmp.Diff([]state.Message{want, want}, got); err != nil || diff != "" {
			t.Errorf("Drain = %v, messages (-want +got):\n%s", err, diff)
		}
	})
}

func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
		q := memory.NewQueue(memory.StartAt(at))
		time.Sleep(time.Second)
		send(t, q, flow.Outgoing{Body: "a", Delay: time.Minute})
		if err := q.Drain(t.Context(), newLog(q, nil)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if diff := cmp.Diff(at.Add(62*time.Second), q.Now(), cmpopts.EquateApproxTime(0)); diff != "" {
			t.Errorf("Now: a given start, a second, a skipped minute and a second (-want +got):\n%s", diff)
		}
	})
}
