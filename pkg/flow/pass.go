package flow

import (
	"context"
	"fmt"
)

// passOn sends every ready task but one, which it returns to go on with here:
// inline, under the lease of the message's head. After a redelivery or a walk
// all are sent, and start fresh: then one message's receives pay for one task.
func (h *handling) passOn(ctx context.Context, ready []work) (*work, error) {
	var next *work
	var messages []Outgoing
	for i := range ready {
		w := &ready[i]
		if next == nil && !h.walked && h.fits(w.TaskKey) {
			w.via, next = ViaInline, w
			continue
		}
		message, err := h.jobFor(w.TaskKey, 0, 0)
		if err != nil {
			return nil, err
		}
		messages = append(messages, message)
	}
	return next, h.send(ctx, messages...)
}

// fits reports whether the task can be performed here, with its whole timeout.
func (h *handling) fits(task TaskKey) bool {
	s := h.view.steps[task.Node]
	return s.handler != nil && h.remaining() >= s.timeout
}

// walk goes on from decisions that were recorded before, perhaps by a worker
// that died. It reads the ready tasks: what was done inline under the same
// message is walked through; what came by its own message answers for itself;
// the rest is sent, but for one task, which is claimed here. When time runs
// short the walk goes on under messages of the tasks that it has reached.
func (h *handling) walk(ctx context.Context, ready []work) (*work, error) {
	h.walked = true
	var frontier []work
	for len(ready) > 0 {
		h.view.forget(nil, "")
		records, err := h.recorded(ctx, ready)
		if err != nil {
			return nil, err
		}
		var beyond []work
		for _, w := range ready {
			t, exists := records[w.TaskKey]
			through, err := h.passable(t, exists)
			switch {
			case err != nil:
				return nil, err
			case !exists || t.State == TaskRetrying || t.State == TaskRunning || through && h.remaining() <= 0:
				frontier = append(frontier, w)
			case through:
				more, err := h.leadOn(ctx, t)
				if err != nil {
					return nil, err
				}
				beyond = append(beyond, more...)
			}
		}
		ready = beyond
	}
	return h.claimOne(ctx, frontier)
}

// passable reports whether a walk leads through a task: it is done, and was
// so inline. A live lease stops the walk.
func (h *handling) passable(t TaskRecord, exists bool) (bool, error) {
	inline := t.State.Committed() && t.Via == ViaInline
	if exists && (inline || t.State == TaskRunning) && t.Live(h.me, h.config.Now()) {
		return false, &HeldError{Until: t.LeaseUntil}
	}
	return inline, nil
}

// recorded reads the records of ready tasks.
func (h *handling) recorded(ctx context.Context, ready []work) (map[TaskKey]TaskRecord, error) {
	set := ReadSet{RunID: h.run.ID}
	for _, w := range ready {
		set.Tasks = append(set.Tasks, w.TaskKey)
	}
	snapshot, err := h.read(ctx, set)
	if err != nil {
		return nil, fmt.Errorf("walk: %w", err)
	}
	return snapshot.Tasks, nil
}

// claimOne sends all tasks but one, which is to be claimed here.
func (h *handling) claimOne(ctx context.Context, frontier []work) (*work, error) {
	var next *work
	var messages []Outgoing
	for i := range frontier {
		w := &frontier[i]
		if next == nil && h.fits(w.TaskKey) {
			w.via, w.claim, next = ViaInline, true, w
			continue
		}
		message, err := h.jobFor(w.TaskKey, 0, 0)
		if err != nil {
			return nil, err
		}
		messages = append(messages, message)
	}
	return next, h.send(ctx, messages...)
}
