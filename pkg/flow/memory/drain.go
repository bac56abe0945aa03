package memory

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Consumer handles messages, as an [engine.Engine] does.
type Consumer interface {
	Handle(ctx context.Context, m state.Message) error
}

// ErrMaxHandled ends a Drain that has delivered as many messages as
// [MaxHandled] allows while there were more.
var ErrMaxHandled = errors.New("too many messages handled")

var (
	errDraining  = errors.New("drain: the queue is being drained already")
	errAbandoned = errors.New("the handling of its last receive never returned")
)

const (
	firstBackoff = time.Second
	maxBackoff   = 5 * time.Minute
)

// Drain delivers messages to consumer, one at a time and in the order in which they
// become visible, until none is left. The consumer's error decides about a message:
// nil deletes it, a [flow.RejectError] makes it a dead letter, an
// [engine.HeldError] hides it until the given time, any other error hides it for 1
// s × 2^receives but at most 5 minutes; a message that still comes back from its
// last permitted receive is a dead letter. None of these is an error of Drain: it
// returns ctx's error, or [ErrMaxHandled]. If it ends early, even by a panic of
// consumer, no message is lost, and it can be called again.
func (q *Queue) Drain(ctx context.Context, consumer Consumer) error {
	if !q.draining.TryLock() {
		return errDraining
	}
	defer q.draining.Unlock()
	if !q.clock.realTime {
		ctx = withoutDeadline{ctx}
	}
	for handled := 0; ; handled++ {
		d, err := q.receive(ctx)
		if err != nil || d == nil {
			return err
		}
		if q.maxHandled > 0 && handled == q.maxHandled {
			return fmt.Errorf("drain: %w: %d, the next is %s", ErrMaxHandled, handled, d.message.ID)
		}
		m := q.deliver(d)
		q.settle(d, consumer.Handle(ctx, m))
	}
}

// withoutDeadline is a context for a queue whose clock jumps: an engine would
// compare the deadline with that clock. The context still ends at its deadline.
type withoutDeadline struct{ context.Context }

// Deadline implements [context.Context].
func (withoutDeadline) Deadline() (time.Time, bool) { return time.Time{}, false }

// receive waits for the next visible message; it returns nil if none is left.
func (q *Queue) receive(ctx context.Context) (*delivery, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		next, wait := q.next()
		if next == nil || wait <= 0 {
			return next, nil
		}
		q.sleep(ctx, wait)
	}
}

// next returns the message that becomes visible next, and the time until then.
func (q *Queue) next() (*delivery, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) > 0 {
		first := q.waiting[0]
		if first.message.Receives >= q.maxReceives {
			q.bury(first, errAbandoned)
			continue
		}
		wait := first.visibleAt.Sub(q.clock.now())
		if wait > 0 && !q.clock.realTime {
			q.clock.skipped += wait
			wait = 0
		}
		return first, wait
	}
	return nil, 0
}

// sleep ends early when a message is sent, since that may be visible sooner.
func (q *Queue) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-q.arrived:
	case <-timer.C:
	}
}

// deliver counts the receive. Until the message is settled it stays in the queue,
// so that it comes back if the handling never returns.
func (q *Queue) deliver(d *delivery) state.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	d.message.Receives++
	q.hide(d, q.clock.now().Add(q.visibility))
	m := d.message
	m.Attributes = maps.Clone(m.Attributes)
	return m
}

func (q *Queue) settle(d *delivery, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, rejected := errors.AsType[*flow.RejectError](err)
	held, isHeld := errors.AsType[*engine.HeldError](err)
	switch {
	case err == nil:
		heap.Remove(&q.waiting, d.index)
	case rejected, d.message.Receives >= q.maxReceives:
		q.bury(d, err)
	case isHeld:
		q.hide(d, later(held.Until, q.clock.now()))
	default:
		q.hide(d, q.clock.now().Add(backoff.Exponential(firstBackoff, 1+d.message.Receives, maxBackoff)))
	}
}

func (q *Queue) hide(d *delivery, until time.Time) {
	d.visibleAt = until
	heap.Fix(&q.waiting, d.index)
}

func (q *Queue) bury(d *delivery, err error) {
	heap.Remove(&q.waiting, d.index)
	q.dead = append(q.dead, DeadLetter{d.message, err})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
