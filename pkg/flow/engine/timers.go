package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// fireTimers sends the messages of the timers whose remaining time a queue can
// delay. A timer for which there is no time left is late: the next tick sends it
// without delay.
func (r *Reconciler) fireTimers(ctx context.Context, b budget, stats *Stats) error {
	now := r.config.Now()
	for timer, err := range r.store.Due(ctx, now.Add(state.MaxDelay)) {
		if err != nil {
			return fmt.Errorf("list the due timers: %w", err)
		}
		if !b.left(ctx) {
			return nil
		}
		if timer.Body == "" && timer.DueAt.After(now) {
			continue // it makes its run active, but not before it is due
		}
		sent, err := r.fire(ctx, timer)
		switch {
		case err != nil:
			stats.FailedTimers++
			r.config.Logger.ErrorContext(ctx, "timer not fired", keyRunID, timer.RunID, keyNodeID, timer.Node, keyError, err.Error(), traceOf(timer))
		case sent:
			stats.Timers++
		}
	}
	return nil
}

// traceOf returns the attribute of the trace of a timer's run, which its message names.
func traceOf(timer state.Timer) slog.Attr {
	body, err := flow.ParseMessage(timer.Body)
	if err != nil { // it has no message
		return slog.Attr{}
	}
	return traced(body.Traceparent)
}

// fire makes the timer's run active again, sends the timer's message, if any, and
// then drops the timer: if one step is lost, the timer or the message remains.
func (r *Reconciler) fire(ctx context.Context, timer state.Timer) (sent bool, err error) {
	// Key: the run. Condition: it is running. Effect: it counts as active.
	// Conflict: the run is over, and the timer is dropped.
	_, err = r.store.Commit(ctx, state.Transition{
		Guard: state.GuardRunning(),
		//rule:timer-reactivates-run = &state.RunChange{RunID: timer.RunID}
		Run: &state.RunChange{RunID: timer.RunID, LastUpdated: r.config.Now()},
	})
	//rule:timer-dropped-last = r.store.DropTimer(ctx, timer) == nil && errors.Is(err, state.ErrConflict)
	ended := errors.Is(err, state.ErrConflict)
	if err != nil && !ended {
		return false, fmt.Errorf("touch run %s: %w", timer.RunID, err)
	}
	if !ended && timer.Body != "" { //rule:timer-message-sent
		message := flow.Outgoing{Body: timer.Body, Delay: r.delayUntil(timer.DueAt), Tenant: timer.Tenant}
		err := r.queue.Send(ctx, message)
		if _, refused := errors.AsType[*state.RefusedError](err); refused {
			err = r.failUnsent(ctx, timer, err)
		}
		if err != nil {
			return false, fmt.Errorf("send the timer's message of run %s: %w", timer.RunID, err)
		}
		sent = true
	}
	//rule:timer-dropped
	if err := r.store.DropTimer(ctx, timer); err != nil {
		return sent, fmt.Errorf("drop the timer of run %s: %w", timer.RunID, err)
	}
	return sent, nil
}

// failUnsent ends a run whose timer's message the queue will never accept.
func (r *Reconciler) failUnsent(ctx context.Context, timer state.Timer, refused error) error {
	s := r.engine.newSession(ctx, timer.RunID, 0)
	snapshot, err := r.store.Load(ctx, state.ReadSet{RunID: timer.RunID, Run: true})
	if err != nil || snapshot.Run == nil {
		return err
	}
	s.run = *snapshot.Run
	return s.ending.fail(ctx, refusedSend(timer.TaskKey, refused))
}

// delayUntil returns a delay that is never early, nor longer than a queue allows.
func (r *Reconciler) delayUntil(due time.Time) time.Duration {
	return min(backoff.CeilSecond(due.Sub(r.config.Now())), state.MaxDelay) //rule:timer-message-not-early = 0
}
