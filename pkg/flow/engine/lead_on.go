package engine

import (
	"context"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// starts are the tasks that the run's start leads to.
func (s *session) starts() (ready []work) {
	for _, id := range s.program.plan.Graph.Starts() {
		ready = append(ready, s.successor(id, ""))
	}
	return ready
}

// leadOn does what follows from a recorded outcome, up to the messages: dead
// edges propagate to the joins and ends they reach, it arrives there, ends the
// run when all its ends are resolved, and returns the tasks that are ready.
// Doing it again, under another message, changes nothing and returns the same
// tasks, and perhaps joins that have become ready since. Within one session a
// join is led on from once, although every branch into it finds it resolved.
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
		join, err := s.arrive(ctx, a, t.Scope)
		if err != nil {
			return nil, err
		}
		joinState, task := a.Judge(plan, join), state.TaskKey{Node: a.Node, Scope: t.Scope}
		if joinState == decide.JoinWaits || s.met[task] {
			continue
		}
		s.met[task] = true
		if joinState == decide.JoinDead {
			p.Skip(a.Node)
			continue
		}
		next := inlineWork(task, true) //rule:join-claims = inlineWork(task, false)
		next.first = join.First
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

// arrive adds to a join's sets. Key: the join. No condition: sets do not mind
// repetition. Effect: the sources have arrived, some by a taken edge; the first
// taken one is kept.
func (s *session) arrive(ctx context.Context, a *decide.Arrival, scope string) (state.Join, error) {
	arrival := state.Arrival{
		RunID: s.run.ID, Join: state.TaskKey{Node: a.Node, Scope: scope}, Arrived: a.Sources, Taken: a.Taken, Expires: s.expires(),
	}
	if len(a.Taken) > 0 && //rule:first-is-taken
		s.program.plan.Graph.IsAnyJoin(a.Node) {
		arrival.First = a.Taken[0] //rule:first-is-taken = a.Sources[0]
	}
	return s.engine.store.Arrive(ctx, arrival)
}
