package flow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// start creates the run, and leads on to its start nodes. The run's item is
// the start message's task record: the same message again walks on from it.
func (h *handling) start(ctx context.Context) (*work, error) {
	p := h.latest[h.body.BlueprintID]
	if p == nil {
		return h.startWithout(ctx)
	}
	run, err := h.newRun(p)
	if err != nil {
		return nil, err
	}
	if h.handsOver() {
		return nil, h.sendAgain(ctx)
	}
	if err := h.storeBody(ctx, p); err != nil {
		return nil, err
	}
	// Key: the run. Condition: there is none of this id. Effect: the run, its
	// input, and this message's lease on it. Conflict: somebody started it before.
	stored, err := h.store.Create(ctx, run)
	if errors.Is(err, ErrConflict) {
		return h.startAgain(ctx, stored, run)
	}
	if err != nil {
		return nil, err
	}
	h.enter(run, p)
	h.view.setInput(run.Input)
	h.emit(ctx, Event{Kind: RunStarted})
	return h.passOn(ctx, h.startTasks())
}

// startWithout answers a start whose blueprint this worker lacks. The run that
// it has started keeps its blueprint and goes on; else a newer worker may come.
func (h *handling) startWithout(ctx context.Context) (*work, error) {
	missing := fmt.Errorf("start: this worker has no blueprint %q: deploy it, or correct the message", truncate(h.body.BlueprintID, 60))
	if !RunIDPattern.MatchString(h.startID()) {
		return nil, h.notYet(missing)
	}
	snapshot, err := h.store.Load(ctx, ReadSet{RunID: h.startID(), Run: true})
	run := snapshot.Run
	switch {
	case err == nil && (run == nil || run.StartMessageID != h.message.OriginalID()):
		return nil, h.notYet(missing)
	case h.handsOver():
		return nil, h.sendAgain(ctx)
	case err != nil:
		return nil, err
	}
	return h.startAgain(ctx, *run, *run)
}

// startID is the run's id: the message's own where it names none.
func (h *handling) startID() string { return cmp.Or(h.body.RunID, h.message.OriginalID()) }

func (h *handling) newRun(p *plan) (Run, error) {
	id := h.startID()
	if !RunIDPattern.MatchString(id) {
		return Run{}, reject("no run id can be made of the message id %q: give the start a runId", truncate(id, 60))
	}
	if size := len(h.body.Input); size > h.config.MaxValue {
		return Run{}, reject("the input of run %s has %d bytes: the limit is %d, so store it elsewhere and send its place", id, size, h.config.MaxValue)
	}
	now := h.config.Now()
	sum := sha256.Sum256(h.body.Input)
	return Run{
		ID: id, BlueprintID: p.blueprint.ID, BlueprintVersion: p.blueprint.Version(), BlueprintHash: p.hash,
		Tenant: h.body.Tenant, Status: Running, StartedAt: now, LastUpdated: now.Truncate(time.Second), Active: Shard(id),
		StartMessageID: h.message.OriginalID(), StartOwner: h.me, StartLeaseUntil: h.leaseUntil(),
		Input: h.body.Input, InputHash: hex.EncodeToString(sum[:]),
		Expires: now.Add(2 * h.config.Retention),
	}, nil
}

// storeBody writes the blueprint that the run pins, once per sandbox.
func (h *handling) storeBody(ctx context.Context, p *plan) error {
	if _, ok := h.stored.Load(p.hash); ok {
		return nil
	}
	// Key: the blueprint's hash. Condition: not there yet. Effect: its body.
	// Conflict: there already, and the same, since the hash is its name.
	_, err := h.store.Commit(ctx, Transition{Guard: GuardCreate(), Blueprint: &BlueprintBody{Hash: p.hash, Body: p.body}})
	if err != nil && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("store blueprint %s: %w", p.blueprint.ID, err)
	}
	h.stored.Store(p.hash, true)
	return nil
}

// startAgain handles a start whose run exists.
func (h *handling) startAgain(ctx context.Context, stored, again Run) (*work, error) {
	now := h.config.Now()
	switch {
	case stored.StartMessageID != again.StartMessageID:
		reason := "the run was started by another message"
		if stored.InputHash != again.InputHash || stored.BlueprintID != again.BlueprintID {
			reason += ", with another blueprint or input"
		}
		h.run = stored
		h.emit(ctx, Event{Kind: StartIgnored, Reason: reason})
		return nil, nil
	case stored.Status.Terminal():
		h.run = stored
		h.emitDuplicate(ctx, TaskKey{}, "the run has ended")
		return nil, nil
	case stored.StartLive(h.me, now):
		return nil, &HeldError{Until: stored.StartLeaseUntil}
	}
	// Key: the run. Condition: this message started it, its last owner's lease
	// has run out, and it goes on. Effect: the lease is ours. Conflict: a
	// duplicate was faster, or the run ended: the message comes back and sees.
	if _, err := h.store.Commit(ctx, Transition{
		Guard: GuardRestart(stored.StartMessageID, now),
		Run: &RunChange{
			RunID: stored.ID, StartOwner: h.me, StartLeaseUntil: h.leaseUntil(),
			LastUpdated: now, Active: Shard(stored.ID),
		},
	}); err != nil {
		return nil, fmt.Errorf("take over the start (a duplicate is handled, or the run has ended): %w", err)
	}
	p, err := h.planOf(ctx, stored.BlueprintHash)
	if err != nil {
		return nil, err
	}
	h.enter(stored, p)
	h.emitDuplicate(ctx, TaskKey{}, "the run was started by this message before")
	return h.walk(ctx, h.startTasks())
}

func (h *handling) startTasks() (ready []work) {
	for _, id := range h.view.starts() {
		ready = append(ready, h.view.readyTask(id, ""))
	}
	return ready
}
