package engine

import (
	"context"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// starts returns the tasks that the run's start leads to.
func (s *session) starts() (ready []work) {
	for _, id := range s.program.plan.Graph.Starts() {
		ready = append(ready, s.successor(id, ""))
	}
	return ready
}

// leadOn does everything that follows from a recorded outcome, except for sending
// messages: dead edges propagate to the joins and ends they reach, arrivals are
// written there, the run ends when all its ends are resolved, and the ready tasks are
// returned. Repeating it, under another message, changes nothing and returns the same
// tasks, and perhaps joins that have become ready since. Within one session a join is
// led on from only once, although every branch into it finds it resolved.
func (s *session) leadOn(ctx context.Context, t state.TaskRecord) ([]work, error) {
	plan := s.program.plan
	if t.State == flow.TaskFailed && plan.Graph.FallbackOf(t.Node) == "" {
		return nil, s.ending.fail(ctx, t.Error) //rule:failure-ends-run = nil, nil
	}
	p := decide.Propagate(plan, t)
	var ready []work
	for len(p.Arrivals) > 0 {
		a := p.Arrivals[0]
		p.Arrivals = p.Arrivals[1:]
		task := state.TaskKey{Node: a.Node, Scope: t.Scope}
		joinState, first, err := s.arrive(ctx, task, plan.Gate(a.Node), a.Sources, a.Taken)
		if err != nil {
			return nil, err
		}
		if joinState == decide.JoinWaits || s.met[task] {
			continue
		}
		s.met[task] = true
		if joinState == decide.JoinDead {
			p.Skip(a.Node)
			continue
		}
		next := inlineWork(task, true) //rule:join-claims = inlineWork(task, false)
		next.first = first
		ready = append(ready, next)
	}
	for _, id := range p.Ready {
		ready = append(ready, s.successor(id, t.Scope))
	}
	for _, id := range p.Skipped {
		s.teller.tell(ctx, flow.Event{Kind: flow.NodeSkipped, NodeID: id, Scope: t.Scope})
	}
	return ready, s.ending.reach(ctx, p.Ends)
}

// arrive adds sources to the sets of a gate, and returns the state of the join and the
// first taken source. Key: a set of the join or of the run's end. Condition: it has
// not expired; adding a source twice is harmless. Effect: the sources have arrived,
// some by a taken edge; the first taken one is kept; a complete shard has arrived in
// the main set. Conflict: never returned, since the set of an older run with this id
// is deleted first.
func (s *session) arrive(ctx context.Context, task state.TaskKey, gate *decide.Gate, sources, taken []string) (stands decide.JoinState, first string, err error) {
	for parts := gate.Parts(sources, taken); len(parts) > 0; parts = parts[1:] {
		part, now := parts[0], s.now()
		join, err := s.engine.store.Arrive(ctx, state.Arrival{
			RunID: s.run.ID, Join: state.JoinKey{TaskKey: task, Shard: part.Shard}, Guard: state.GuardFresh(now),
			Arrived: part.Arrived, Taken: part.Taken, First: part.First, Full: part.Full, FullTaken: part.FullTaken,
			Now: now, Expires: s.run.RecordsExpire(),
		})
		if err != nil {
			return stands, "", err
		}
		judged, more := gate.Judge(part, join)
		if more != nil { //rule:full-shard-arrives
			parts = append(parts, *more)
		}
		if judged != decide.JoinWaits {
			stands, first = judged, join.First
		}
	}
	return stands, first, nil
}
