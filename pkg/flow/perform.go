package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

var errNoImplementation = errors.New("this worker lacks the code: the message waits for one that has it, deploy one")

// perform brings a task to its recorded outcome: it claims it where needed,
// executes and commits it. mine says that the commit was this handling's; else
// somebody else's record is returned, to walk on from. A nil record: nothing
// follows here (a retry was sent, the task was handed on, or the run is over).
func (h *handling) perform(ctx context.Context, w *work) (record *TaskRecord, mine bool, err error) {
	if h.view.steps[w.Node].handler == nil {
		return h.withoutCode(ctx, w)
	}
	if ok, err := h.prepare(ctx, w); err != nil || !ok {
		return nil, false, err
	}
	base := TaskRecord{RunID: h.run.ID, TaskKey: w.TaskKey, Via: ViaInline, StartedAt: h.config.Now(), Expires: h.expires()}
	if w.claim {
		claimed, err := h.claim(ctx, w)
		if err != nil {
			return h.conflict(ctx, w, claimed, err)
		}
		base = claimed
	}
	base.Owner, base.LeaseUntil = h.me, h.leaseUntil()
	outcome, err := h.attempt(ctx, w, base)
	if err != nil {
		return nil, false, err
	}
	return h.commit(ctx, w, base, outcome)
}

// prepare reads what the task needs, and sees that it can be performed here.
func (h *handling) prepare(ctx context.Context, w *work) (bool, error) {
	step := h.view.steps[w.Node]
	if w.claim && h.remaining() < step.timeout {
		return false, fmt.Errorf("run %s: node %s needs %s: %w", h.run.ID, taskName(w.TaskKey), step.timeout, ErrNoTime)
	}
	if w.loaded {
		return true, nil
	}
	return h.load(ctx, w.TaskKey, w.claim || h.config.Now().Sub(h.readAt) > time.Second)
}

// withoutCode answers a task whose code this worker lacks: what another worker
// has recorded leads on here too, the rest waits for such a worker.
func (h *handling) withoutCode(ctx context.Context, w *work) (*TaskRecord, bool, error) {
	snapshot, err := h.read(ctx, ReadSet{RunID: h.run.ID, Tasks: []TaskKey{w.TaskKey}})
	if err != nil {
		return nil, false, err
	}
	if t := snapshot.Tasks[w.TaskKey]; t.State.Committed() || t.Live(h.me, h.config.Now()) {
		return h.conflict(ctx, w, t, ErrConflict)
	}
	return nil, false, fmt.Errorf("run %s: node %s uses %q: %w", h.run.ID, taskName(w.TaskKey), h.view.nodes[w.Node].Uses, errNoImplementation)
}

// claim takes the task's lease.
func (h *handling) claim(ctx context.Context, w *work) (TaskRecord, error) {
	config := h.view.nodes[w.Node].Config
	now := h.config.Now()
	// Key: the task. Condition: never started, or its owner's lease has run out
	// (not for at-most-once code), or its retry is due. Effect: running under our
	// lease, one start more. Conflict: the stored record says what to do.
	return h.store.Claim(ctx, Claim{
		RunID: h.run.ID, TaskKey: w.TaskKey,
		Guard: GuardClaim(now, w.attempt, config.Semantics),
		Owner: h.me, LeaseUntil: h.leaseUntil(), Via: w.via,
		In:  h.view.firedBy(w.TaskKey, cmp.Or(w.first, h.first)),
		Now: now, Expires: h.expires(),
	})
}

// conflict answers a claim that was refused, by the record that stands there.
// Nobody may acknowledge past a live lease, whoever holds it: a handling never
// knows that its own message still exists.
func (h *handling) conflict(ctx context.Context, w *work, old TaskRecord, err error) (*TaskRecord, bool, error) {
	now := h.config.Now()
	switch {
	case !errors.Is(err, ErrConflict):
		return nil, false, err
	case old.State == TaskRetrying:
		return nil, false, h.sendRetry(ctx, old)
	case old.State == TaskWaiting:
		return nil, false, nil
	case old.Live(h.me, now):
		return nil, false, &HeldError{Until: old.LeaseUntil}
	case old.State == TaskRunning && h.view.nodes[w.Node].Config.Semantics == AtMostOnce:
		return h.abandon(ctx, old)
	case old.State.Committed():
		h.emitDuplicate(ctx, w.TaskKey, "the task's outcome is recorded")
		h.view.keep(old)
		return &old, false, nil
	}
	// The lease ran out between the write and now: the next delivery claims it.
	return nil, false, fmt.Errorf("the lease has just run out, so the message comes back: %w", err)
}

// abandon fails an at-most-once task whose worker died: it must not start again.
func (h *handling) abandon(ctx context.Context, old TaskRecord) (*TaskRecord, bool, error) {
	record := old
	record.Owner, record.LeaseUntil, record.FinishedAt = h.me, h.leaseUntil(), h.config.Now()
	record.State, record.Failures = TaskFailed, old.Failures+1
	record.Error = newFailure(record, workerDied(old))
	// Key: the task. Condition: still running under the dead owner. Effect:
	// failed for good. Conflict: the owner committed after all; the message comes back.
	if _, err := h.store.Commit(ctx, Transition{Guard: GuardOwned(old.Owner), Task: &record}); err != nil {
		return nil, false, fmt.Errorf("fail the task of a dead worker (a conflict: it has committed after all): %w", err)
	}
	h.view.keep(record)
	h.emitOutcome(ctx, record, 0)
	return &record, true, nil
}

// attempt executes one attempt of a claimed task, unless it has killed too many
// workers already. Its error is the infrastructure's, never the node's.
func (h *handling) attempt(ctx context.Context, w *work, base TaskRecord) (outcome, error) {
	if base.Starts > h.config.MaxStarts {
		now := h.config.Now()
		return outcome{err: workerDied(base), started: now, finished: now}, nil
	}
	v := &h.view
	step := v.steps[w.Node]
	v.caught = h.caught(w.TaskKey)
	input, err := v.inputOf(w.TaskKey, base.In)
	if err != nil {
		return outcome{}, err
	}
	task := &Task{
		RunID: h.run.ID, BlueprintID: h.run.BlueprintID, NodeID: w.Node, Scope: w.Scope,
		Attempt: base.Attempt(), Key: h.run.ID + "/" + w.String(), Input: input, Params: step.node.Params,
		Log:     h.logger(w.TaskKey, base.Attempt()),
		context: contextBuffer{read: h.contextReader(w.TaskKey), maxValue: h.config.MaxValue},
	}
	if len(step.programs) > 0 {
		task.env = v.env(w.TaskKey)
		task.env.Input = input
	}
	return h.execute(ctx, step, task)
}

// caught is what a fallback's task finds in the context key _catch_error.
func (h *handling) caught(task TaskKey) json.RawMessage {
	failed, ok := h.view.tasks[TaskKey{h.view.primary[task.Node], task.Scope}]
	if !ok || failed.Error == nil {
		return nil
	}
	value, err := encodeValue(struct {
		Message     string `json:"message"`
		Code        string `json:"code"`
		NodeID      string `json:"nodeId"`
		BlueprintID string `json:"blueprintId"`
		Attempt     int    `json:"attempt"`
	}{failed.Error.Message, failed.Error.Code, failed.Node, h.run.BlueprintID, failed.Error.Attempt})
	if err != nil {
		return nil
	}
	return value
}

// commit records the outcome, under a fence: a claimed task must still be
// ours, an unclaimed one must be nobody's.
func (h *handling) commit(ctx context.Context, w *work, base TaskRecord, o outcome) (*TaskRecord, bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.config.Reserve)
	defer cancel()
	record, writes := decide(&h.view, base, o, terms{
		maxValue: h.config.MaxValue, jitter: h.config.Jitter(), deadline: h.run.StartedAt.Add(h.config.Retention),
	})
	guard := GuardUnclaimed()
	if w.claim {
		guard = GuardOwned(h.me)
	}
	// Key: the task. Condition: see above. Effect: outcome, decided edges and
	// context writes, all at once and for ever; the lease stays on the record, so
	// that a duplicate waits for this message's end. Conflict: somebody else was
	// faster; our result is dropped, and their record decides.
	stored, err := h.store.Commit(ctx, Transition{Guard: guard, Task: &record, Writes: writes})
	switch {
	case errors.Is(err, ErrConflict):
		return h.conflict(ctx, w, stored, err)
	case err != nil:
		return nil, false, err
	}
	h.view.keep(stored)
	h.emitOutcome(ctx, stored, o.finished.Sub(o.started))
	if stored.State == TaskRetrying {
		return nil, false, h.sendRetry(ctx, stored)
	}
	return &stored, true, nil
}

// sendRetry sends the message of the next attempt, as late as it is due; what
// a queue cannot delay so long becomes a timer.
func (h *handling) sendRetry(ctx context.Context, t TaskRecord) error {
	delay := ceilSecond(t.DueAt.Sub(h.config.Now()))
	if delay > MaxDelay {
		return h.setTimer(ctx, t)
	}
	message, err := h.jobFor(t.TaskKey, t.Failures+1, delay)
	if err != nil {
		return err
	}
	return h.send(ctx, message)
}

// setTimer keeps the message of the next attempt until a queue can delay it.
func (h *handling) setTimer(ctx context.Context, t TaskRecord) error {
	attempt := t.Failures + 1
	message, err := h.jobFor(t.TaskKey, attempt, 0)
	if err != nil {
		return err
	}
	// Key: the task and the attempt. No condition: writing it again changes nothing.
	_, err = h.store.Commit(ctx, Transition{Timer: &Timer{
		RunID: h.run.ID, TaskKey: t.TaskKey, Attempt: attempt, DueAt: t.DueAt,
		Body: message.Body, Tenant: h.run.Tenant, Expires: h.expires(),
	}})
	return err
}
