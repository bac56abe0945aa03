package flow

import (
	"context"
	"errors"
	"fmt"
)

// job opens a message that runs a task: it reads the run with everything that
// the task needs, and sees that the task is due.
func (h *handling) job(ctx context.Context) (*work, error) {
	task := TaskKey{h.body.NodeID, h.body.Scope}
	err := h.enterRun(ctx, task)
	if err == nil && !h.run.Status.Terminal() {
		err = h.admit(ctx, task)
	}
	if errors.Is(err, ErrNotFound) {
		err = h.notYet(err)
	}
	if err != nil && h.handsOver() && !isReject(err) {
		return nil, h.sendAgain(ctx)
	}
	if err == nil && h.run.Status == Completed { // which it does only when all that was led to is done
		h.emitDuplicate(ctx, task, "the run has completed")
	}
	if err != nil || h.run.Status.Terminal() {
		return nil, err
	}
	if h.body.Hops > h.config.MaxHops {
		return nil, h.failRun(ctx, &Failure{Code: CodeHops, NodeID: task.Node, Scope: task.Scope, Attempt: max(h.body.Attempt, 1),
			Message: fmt.Sprintf("%d messages led to this node: the limit is %d, so something repeats itself, or FLOW_MAX_HOPS is too low", h.body.Hops, h.config.MaxHops)})
	}
	switch {
	case h.handsOver() && h.view.steps[task.Node].handler != nil:
		return nil, h.sendAgain(ctx)
	case h.lastReceive():
		return nil, h.withoutWorker(ctx, task)
	}
	if err := h.touch(ctx); err != nil {
		return nil, err
	}
	return &work{TaskKey: task, via: ViaMessage, attempt: h.body.Attempt, claim: true, loaded: true}, nil
}

// admit rejects a job that is not due.
func (h *handling) admit(ctx context.Context, task TaskKey) error {
	due, err := h.due(ctx, task)
	if err == nil && !due {
		err = reject("nothing has led to node %q of run %s: its branch was not taken, or what leads to it is not done", truncate(taskName(task), 80), h.run.ID)
	}
	return err
}

// enterRun reads the run, and the task's read set with it. The blueprint that
// the message names is only a guess at the one that the run pins.
func (h *handling) enterRun(ctx context.Context, task TaskKey) error {
	guess := h.latest[h.body.BlueprintID]
	h.run.ID = h.body.RunID
	if guess != nil && guess.nodes[task.Node] != nil {
		h.enter(h.run, guess)
		if _, err := h.load(ctx, task, true); err != nil {
			return h.unknownRun(err)
		}
		if h.run.BlueprintHash == guess.hash {
			return nil
		}
	} else {
		snapshot, err := h.store.Load(ctx, ReadSet{RunID: h.run.ID, Run: true})
		if err != nil {
			return err
		}
		if snapshot.Run == nil {
			return h.unknownRun(errNoRun)
		}
		h.run = *snapshot.Run
	}
	if h.run.Status.Terminal() {
		return nil
	}
	p, err := h.planOf(ctx, h.run.BlueprintHash)
	if err != nil {
		return err
	}
	h.enter(h.run, p)
	if p.nodes[task.Node] == nil {
		return reject("run %s: its blueprint %s has no node %q", h.run.ID, h.run.BlueprintID, truncate(task.Node, 60))
	}
	_, err = h.load(ctx, task, true)
	return err
}

func (h *handling) unknownRun(err error) error {
	if errors.Is(err, errNoRun) {
		return reject("there is no run %s: a start message begins one", h.body.RunID)
	}
	return err
}

func isReject(err error) bool {
	_, ok := errors.AsType[*RejectError](err)
	return ok
}

// touch says that somebody works on the run, so that the reconciler leaves it
// alone: before the first claim, and only when the last touch is old.
func (h *handling) touch(ctx context.Context) error {
	now := h.config.Now()
	if now.Sub(h.run.LastUpdated) <= h.config.StalledAfter/4 && h.run.Rescues == 0 && h.run.Active != "" {
		return nil
	}
	// Key: the run. Condition: it goes on. Effect: it was seen just now, and
	// counts as active. Conflict: it has ended meanwhile; the message comes back and sees.
	if _, err := h.store.Commit(ctx, Transition{
		Guard: GuardRunning(),
		Run:   &RunChange{RunID: h.run.ID, LastUpdated: now, Active: Shard(h.run.ID), ResetRescues: true},
	}); err != nil {
		return fmt.Errorf("touch (a conflict: the run has ended): %w", err)
	}
	return nil
}

// lastReceive reports whether the queue would move the message to the
// dead-letter queue if it came back once more.
func (h *handling) lastReceive() bool { return h.message.Receives >= h.config.MaxReceives }

// handsOver reports whether live work is neither executed nor returned, but sent
// again, so that it never ends in the dead-letter queue; poison is counted on
// the task. That is on the last receive, and already on the one before, where
// the queue permits four at least: a worker that dies just then wastes a
// receive, not the work.
func (h *handling) handsOver() bool { return HandsOver(h.message, h.config.MaxReceives) }

// HandsOver reports whether an engine sends the message's work again instead of
// doing it, because the queue is about to give the message up.
func HandsOver(m Message, maxReceives int) bool {
	if maxReceives > 3 {
		maxReceives--
	}
	return m.Receives >= maxReceives
}

// notYet is the answer to a message that lacks something which may still come:
// it comes back, but on its last receive it is rejected, and its reason told.
func (h *handling) notYet(err error) error {
	if h.lastReceive() {
		return &RejectError{Reason: err.Error()}
	}
	return err
}

// withoutWorker answers a live job, on its last receive, whose code this worker
// lacks: if no other worker has it either, its run ends.
func (h *handling) withoutWorker(ctx context.Context, task TaskKey) error {
	if h.hasWorker(ctx, task) {
		return h.sendAgain(ctx)
	}
	return h.failRun(ctx, &Failure{Code: CodeNoImplementation, NodeID: task.Node, Scope: task.Scope,
		Message: fmt.Sprintf("no worker implements %q: deploy one that does, and redrive the run", h.view.nodes[task.Node].Uses)})
}

// hasWorker reports whether another worker, which has the task's code, runs it
// or has run it, as far as can be read.
func (h *handling) hasWorker(ctx context.Context, task TaskKey) bool {
	snapshot, err := h.read(ctx, ReadSet{RunID: h.run.ID, Tasks: []TaskKey{task}})
	t := snapshot.Tasks[task]
	return err != nil || t.State.Committed() || t.Live(h.me, h.config.Now())
}

// sendAgain sends the message as a new one, which carries the id of the first.
func (h *handling) sendAgain(ctx context.Context) error {
	if h.body.Hops > h.config.MaxHops {
		return reject("sent %d times: the limit is %d; see why it was returned before, and send it anew", h.body.Hops, h.config.MaxHops)
	}
	body := h.body
	body.Hops++
	text, err := body.Encode()
	if err != nil {
		return err
	}
	again := Outgoing{Body: text, Tenant: h.tenant(), Attributes: map[string]string{AttributeID: h.message.OriginalID()}}
	if err := h.queue.Send(ctx, again); err != nil {
		return fmt.Errorf("send the message again: %w", err)
	}
	return nil
}

func (h *handling) tenant() string {
	if h.body.Tenant != "" {
		return h.body.Tenant
	}
	return h.run.Tenant
}
