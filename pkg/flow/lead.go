package flow

import (
	"context"
	"errors"
	"fmt"
)

// leadOn does what follows from a recorded outcome, up to the messages: it
// carries dead branches to the joins and ends they reach, arrives there, ends
// the run when all its ends are resolved, and returns the tasks that are ready.
// Doing it again, under another message, changes nothing and returns the same
// tasks, and perhaps joins that have become ready since. Within one handling a
// join is led on from once, although every branch into it finds it resolved.
func (h *handling) leadOn(ctx context.Context, t TaskRecord) ([]work, error) {
	p := h.view.plan
	if t.State == TaskFailed && p.fallbackOf(t.Node) == "" {
		return nil, h.failRun(ctx, t.Error)
	}
	w := newWave(p, t)
	var ready []work
	for len(w.arrivals) > 0 {
		a := w.arrivals[0]
		w.arrivals = w.arrivals[1:]
		join, err := h.arrive(ctx, a, t.Scope)
		if err != nil {
			return nil, err
		}
		verdict, task := a.judge(p, join), TaskKey{a.node, t.Scope}
		if verdict == joinWaits || h.met[task] {
			continue
		}
		h.met[task] = true
		if verdict == joinDead {
			w.skip(a.node)
		} else {
			ready = append(ready, work{TaskKey: task, first: join.First, claim: true})
		}
	}
	for _, id := range w.ready {
		ready = append(ready, p.readyTask(id, t.Scope))
	}
	for _, id := range w.skipped {
		h.emit(ctx, Event{Kind: NodeSkipped, NodeID: id, Scope: t.Scope})
	}
	return ready, h.reachEnds(ctx, w.ends)
}

// readyTask is a task without a join before it: it needs a claim of its own
// only where a second start is forbidden.
func (p *plan) readyTask(id, scope string) work {
	return work{TaskKey: TaskKey{id, scope}, claim: p.nodes[id].Config.Semantics == AtMostOnce}
}

// arrive adds to a join's sets. Key: the join. No condition: sets do not mind
// repetition. Effect: the sources have arrived, some by a taken edge; the first
// taken one is kept.
func (h *handling) arrive(ctx context.Context, a *arrival, scope string) (Join, error) {
	arrival := Arrival{
		RunID: h.run.ID, Join: TaskKey{a.node, scope}, Arrived: a.sources, Taken: a.taken, Expires: h.expires(),
	}
	if len(a.taken) > 0 && h.view.isAnyJoin(a.node) {
		arrival.First = a.taken[0]
	}
	return h.store.Arrive(ctx, arrival)
}

// reachEnds resolves ends of the run, and completes it when none is left. A
// run with one end needs no set of them.
func (h *handling) reachEnds(ctx context.Context, ends []string) error {
	if len(ends) == 0 {
		return nil
	}
	if h.view.ends > 1 {
		// Key: the run's end. No condition: sets do not mind repetition.
		join, err := h.store.Arrive(ctx, Arrival{RunID: h.run.ID, Arrived: ends, Expires: h.expires()})
		if err != nil {
			return err
		}
		if len(join.Arrived) < h.view.ends {
			return nil
		}
	}
	return h.completeRun(ctx)
}

func (h *handling) completeRun(ctx context.Context) error {
	set := ReadSet{RunID: h.run.ID}
	for _, sink := range h.view.sinks() {
		for id := sink; id != ""; id = h.view.fallbackOf(id) {
			if _, known := h.view.decider(id, ""); !known {
				set.Tasks = append(set.Tasks, TaskKey{Node: id})
			}
		}
	}
	if _, err := h.read(ctx, set); err != nil {
		return err
	}
	result, err := h.view.result()
	if err != nil {
		return err
	}
	if sinks := len(h.view.sinks()); sinks > 1 && len(result) > maxHeld {
		return h.failRun(ctx, &Failure{Code: CodeValueTooLarge, Message: fmt.Sprintf(
			"the outputs of the run's %d ends have %d bytes together: the limit is %d, so join them in one node that returns less", sinks, len(result), maxHeld)})
	}
	return h.finish(ctx, GuardFinish(h.run.Epoch), Finish{Status: Completed, Result: result}, Event{Kind: RunCompleted})
}

// failRun ends the run with its first error.
func (h *handling) failRun(ctx context.Context, failure *Failure) error {
	return h.finish(ctx, GuardFinish(h.run.Epoch), Finish{Status: Failed, Error: failure}, Event{
		Kind: RunFailed, NodeID: failure.NodeID, Scope: failure.Scope, Attempt: failure.Attempt, Err: failure.Err(h.run.ID),
	})
}

func (h *handling) finish(ctx context.Context, guard Guard, f Finish, event Event) error {
	f.FinishedAt = h.config.Now()
	f.Expires = f.FinishedAt.Add(h.config.Retention)
	// Key: the run. Condition: it goes on, and (but for a cancel) was not redriven
	// since it was read. Effect: its terminal status; it leaves the active index.
	// Conflict: it has ended already, and stays as it is.
	_, err := h.store.Commit(ctx, Transition{Guard: guard, Run: &RunChange{RunID: h.run.ID, Finish: &f}})
	mine := err == nil
	if errors.Is(err, ErrConflict) {
		mine, err = h.endedBy(ctx, f)
	}
	if mine {
		h.run.Status = f.Status
		h.emit(ctx, event)
	}
	return err
}

// endedBy reports whether it was f that ended the run, in a write whose response
// was lost. A run that goes on was redriven, and is judged anew by the message.
func (h *handling) endedBy(ctx context.Context, f Finish) (bool, error) {
	snapshot, err := h.store.Load(ctx, ReadSet{RunID: h.run.ID, Run: true})
	if err != nil || snapshot.Run == nil {
		return false, err
	}
	if !snapshot.Run.Status.Terminal() {
		return false, fmt.Errorf("run %s was redriven meanwhile: the message comes back", h.run.ID)
	}
	return snapshot.Run.Status == f.Status && snapshot.Run.FinishedAt.UnixMilli() == f.FinishedAt.UnixMilli(), nil
}
