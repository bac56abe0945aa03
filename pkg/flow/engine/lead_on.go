package engine

import (
	"context"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// successors finds the tasks that follow from records, and writes their arrivals and
// context keys.
type successors struct{ session *session }

// starts returns the tasks that the run's start leads to.
func (f *successors) starts() (ready []work) {
	return f.met(f.session.program.plan.Graph.Starts(), "", ready)
}

// met adds the nodes that the handling meets for the first time to the ready tasks.
func (f *successors) met(nodes []string, scope string, ready []work) []work {
	for _, id := range nodes {
		if f.session.hand.met.first(state.TaskKey{Node: id, Scope: scope}) {
			ready = append(ready, f.next(id, scope))
		}
	}
	return ready
}

// next is a task that a record leads to without a join between: it needs a claim of its own
// only if it must not start twice.
func (f *successors) next(id, scope string) work {
	return inlineWork(state.TaskKey{Node: id, Scope: scope},
		f.session.program.plan.Graph.Node(id).Config.Semantics == flow.AtMostOnce) //rule:at-most-once-claims = false
}

// leadOn does everything that follows from a recorded outcome, except for sending
// messages: its context writes are applied, dead edges propagate to the joins and ends
// they reach, arrivals are gathered or written there, the run ends when all its ends are
// resolved, and the ready tasks are returned. Repeating it, under another message, changes nothing and returns the same
// tasks, and perhaps joins that have become ready since. Within one handling a task is
// led on to only once, although every branch into a join finds it resolved.
func (f *successors) leadOn(ctx context.Context, t state.TaskRecord) ([]work, error) {
	plan := f.session.program.plan
	if t.State == flow.TaskFailed && plan.Graph.FallbackOf(t.Node) == "" {
		return nil, f.session.ending.fail(ctx, t.Error) //rule:failure-ends-run = nil, nil
	}
	if err := f.apply(ctx, t); err != nil {
		return nil, err
	}
	return f.follow(ctx, decide.Propagate(plan, t), t.Scope, !f.session.hand.closed.Load())
}

// follow makes the arrivals of a propagation, and returns the tasks that are ready. Own
// arrivals follow from decisions of this handling alone: they are gathered.
func (f *successors) follow(ctx context.Context, p *decide.Propagation, scope string, own bool) (ready []work, err error) {
	for len(p.Arrivals) > 0 {
		a := p.Arrivals[0]
		p.Arrivals = p.Arrivals[1:]
		task := state.TaskKey{Node: a.Node, Scope: scope}
		gate := f.session.program.plan.Gate(a.Node)
		if own && !gate.Any() { //rule:any-join-written = own
			joinState, gathered := f.session.gatherings.add(task, gate, a.Sources, a.Taken)
			switch {
			case gathered && joinState == decide.JoinDead:
				p.Skip(a.Node)
			case gathered && joinState == decide.JoinReady:
				ready = f.met([]string{a.Node}, scope, ready)
			}
			if gathered {
				continue
			}
		}
		joinState, join, err := f.arrive(ctx, task, gate, a.Sources, a.Taken)
		switch {
		case err != nil:
			return nil, err
		case joinState == decide.JoinWaits || !f.session.hand.met.first(task):
		case joinState == decide.JoinReady:
			next := inlineWork(task, true) //rule:join-claims = inlineWork(task, false)
			next.first, next.taken = join.First, gate.Taken(join)
			ready = append(ready, next)
		case own: // others may know of its consequences
			dead := decide.Skip(f.session.program.plan, task.Node)
			more, err := f.follow(ctx, dead, scope, false) //rule:foreign-death-foreign = f.follow(ctx, dead, scope, own)
			if err != nil {
				return nil, err
			}
			ready = append(ready, more...)
		default:
			p.Skip(a.Node)
		}
	}
	ready = f.met(p.Ready, scope, ready)
	for _, id := range p.Skipped {
		f.session.hand.met.skip(state.TaskKey{Node: id, Scope: scope})
		f.session.teller.tell(ctx, flow.Event{Kind: flow.NodeSkipped, NodeID: id, Scope: scope})
	}
	return ready, f.session.ending.reach(ctx, p.Ends, own)
}

// settle writes gathered arrivals, and returns the tasks to which they lead. Others may
// know of a join that is written.
func (f *successors) settle(ctx context.Context, at *gathering) ([]work, error) {
	if at.task == (state.TaskKey{}) {
		return nil, f.session.ending.arrive(ctx, at.sources)
	}
	return f.follow(ctx, decide.Arrive(f.session.program.plan, at.task.Node, at.sources, at.taken), at.task.Scope, false)
}

// arrive adds sources to the sets of a gate, and returns the state of the join and the set
// that decided it. Key: a set of the join or of the run's end. Condition: it has
// not expired; adding a source twice is harmless. Effect: the sources have arrived,
// some by a taken edge; the first taken one is kept; a complete shard has arrived in
// the main set. Conflict: never returned, since the set of an older run with this id
// is deleted first.
func (f *successors) arrive(ctx context.Context, task state.TaskKey, gate *decide.Gate, sources, taken []string) (stands decide.JoinState, decisive state.Join, err error) {
	for parts := gate.Parts(sources, taken); len(parts) > 0; parts = parts[1:] {
		part, now := parts[0], f.session.now()
		join, err := f.session.engine.store.Arrive(ctx, state.Arrival{
			RunID: f.session.run.ID, Join: state.JoinKey{TaskKey: task, Shard: part.Shard}, Guard: state.GuardFresh(now),
			Arrived: part.Arrived, Taken: part.Taken, First: part.First, Full: part.Full, FullTaken: part.FullTaken,
			Now: now, Expires: f.session.run.RecordsExpire(),
		})
		if err != nil {
			return stands, decisive, err
		}
		judged, more := gate.Judge(part, join)
		if more != nil { //rule:full-shard-arrives
			parts = append(parts, *more)
		}
		if judged != decide.JoinWaits {
			stands, decisive = judged, join
		}
	}
	return stands, decisive, nil
}
