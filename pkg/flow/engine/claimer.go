package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// claimer claims the tasks of a session.
type claimer struct{ session *session }

// unclaimed returns the record of a task that begins under the lease of its
// message.
func (c *claimer) unclaimed(w work) state.TaskRecord {
	return state.TaskRecord{RunID: c.session.run.ID, TaskKey: w.TaskKey, Via: state.ViaInline, StartedAt: c.session.now(), Expires: c.session.run.RecordsExpire()}
}

// claim takes the task's lease.
func (c *claimer) claim(ctx context.Context, w work) (state.TaskRecord, error) {
	config := c.session.program.plan.Graph.Node(w.Node).Config
	now := c.session.now()
	// Key: the task. Condition: never started, or its owner's lease has expired
	// (not for at-most-once code), or its retry is due. Effect: running under our
	// lease, one start more. Conflict: the stored record decides.
	return c.session.engine.store.Claim(ctx, state.Claim{
		RunID: c.session.run.ID, TaskKey: w.TaskKey,
		Guard: state.GuardClaim(now, w.attempt, config.Semantics),
		Owner: c.session.me, LeaseUntil: c.session.leaseUntil(), Via: w.via,
		FiredBy: decide.FiredBy(c.session.view, w.TaskKey, w.first),
		Unseen:  w.unseen,
		Now:     now, Expires: c.session.run.RecordsExpire(),
	})
}

// mayKill reports whether a task may have killed a worker before: its claim has found
// starts without an outcome. A task that has killed too many does not start.
func (c *claimer) mayKill(claimed state.TaskRecord) bool {
	if claimed.Starts > 1 {
		c.session.program.code[claimed.Node].pace.suspect()
	}
	return claimed.Starts > 1 && claimed.Starts <= c.session.engine.config.MaxStarts //rule:suspect-task-alone = false
}

// rescued reports whether the reconciler has sent the task again: it does not see all
// starts.
func (c *claimer) rescued(w work) bool {
	return c.session.rescued && w.via == state.ViaMessage //rule:rescued-job-alone = false
}

// alone reports whether the task, which may have killed a worker, has the process for
// itself, without waiting for it. Nothing else of its handling runs here any more.
func (c *claimer) alone() bool {
	if c.session.hand.shared.Load() {
		return false
	}
	c.session.hand.close()
	return c.session.turn.tryAlone()
}

// wait waits until the task has the process for itself, for as long as its timeout fits.
func (c *claimer) wait(ctx context.Context, w work) error {
	if err := c.session.turn.alone(ctx, c.session.remaining()-c.session.program.code[w.Node].timeout); err != nil {
		return fmt.Errorf("run %s: node %s, with which a worker may have died, is to run alone: %w", c.session.run.ID, w.Name(), err)
	}
	return nil
}

// giveBack gives a claim back whose code has not started, or has ended.
func (c *claimer) giveBack(ctx context.Context, claimed state.TaskRecord) (state.TaskRecord, error) {
	released := claimed
	released.State, released.DueAt, released.Starts = flow.TaskRetrying, c.session.now(), claimed.Starts-1
	released.Owner, released.LeaseUntil = "", time.Time{}
	recording, cancel := c.session.recording(ctx, c.session.engine.config.Reserve/6)
	defer cancel()
	// Key: the task. Condition: it runs under our claim. Effect: it is free, as if it
	// had not been claimed. Conflict: the outcome was recorded after all, or the claim
	// was given back before; the stored record decides.
	return c.session.engine.store.Commit(recording, state.Transition{Guard: state.GuardOwned(c.session.me), Task: &released})
}
