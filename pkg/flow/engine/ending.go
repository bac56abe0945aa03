package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ending brings a session's run to its end.
type ending struct{ session *session }

// reach resolves ends of the run, and completes the run when none is left. A run with
// one end needs no set of them, nor one whose ends are all reached by one handling.
func (e *ending) reach(ctx context.Context, ends []string, own bool) error {
	if len(ends) == 0 {
		return nil
	}
	gate := e.session.program.plan.End()
	if gate.Size() == 1 {
		return e.complete(ctx)
	}
	if own {
		if stands, gathered := e.session.gatherings.add(state.TaskKey{}, gate, ends, nil); gathered {
			if stands == decide.JoinReady {
				return e.complete(ctx)
			}
			return nil
		}
	}
	return e.arrive(ctx, ends)
}

// arrive writes ends that are resolved, and completes the run when none is left.
func (e *ending) arrive(ctx context.Context, ends []string) error {
	stands, _, err := e.session.successors.arrive(ctx, state.TaskKey{}, e.session.program.plan.End(), ends, nil)
	if err != nil || stands != decide.JoinReady {
		return err
	}
	return e.complete(ctx)
}

// complete ends the run whose ends are all resolved.
func (e *ending) complete(ctx context.Context) error {
	graph := e.session.program.plan.Graph
	set, known := state.ReadSet{RunID: e.session.run.ID, Edges: []int{}}, 0
	for _, sink := range graph.Sinks() {
		e.session.recall([]string{sink}, "")
		for id := sink; id != ""; id = graph.FallbackOf(id) {
			if t, ok := e.session.view.Decider(id, ""); !ok || t.Bare {
				set.Tasks = append(set.Tasks, state.TaskKey{Node: id})
			} else if t.Node == id {
				known += len(t.Output)
			}
		}
	}
	err := e.session.reader.readUpTo(ctx, set, known)
	if large, ok := errors.AsType[*state.TooLargeError](err); ok {
		return e.fail(ctx, &flow.Failure{Code: flow.CodeValueTooLarge, Message: fmt.Sprintf(
			"the outputs of the run's %d ends have %d bytes together: the limit (MaxInput) is %d, so join them in one node that returns less", len(graph.Sinks()), large.Bytes, large.Limit)})
	}
	if err != nil {
		return err
	}
	result, err := decide.Result(e.session.view)
	if err != nil {
		return err
	}
	return e.finish(ctx, state.GuardFinish(e.session.run.Epoch), state.Finish{Status: flow.Completed, Result: result}, flow.Event{Kind: flow.RunCompleted})
}

// fail ends the run with its first error.
func (e *ending) fail(ctx context.Context, failure *flow.Failure) error {
	return e.finish(ctx, state.GuardFinish(e.session.run.Epoch), state.Finish{Status: flow.Failed, Error: failure}, flow.Event{
		Kind: flow.RunFailed, NodeID: failure.NodeID, Scope: failure.Scope, Attempt: failure.Attempt, Err: failure.Err(e.session.run.ID),
	})
}

// sent answers the attempt to send messages of a task. A message that the queue will
// never accept fails the run: otherwise it would be sent for ever.
func (e *ending) sent(ctx context.Context, task state.TaskKey, err error) answer {
	if _, refused := errors.AsType[*state.RefusedError](err); !refused {
		return over(err)
	}
	return over(e.fail(ctx, refusedSend(task, err)))
}

// refusedSend returns the failure of a run one of whose messages the queue refuses.
func refusedSend(task state.TaskKey, err error) *flow.Failure {
	return &flow.Failure{Code: state.CodeSendRefused, NodeID: task.Node, Scope: task.Scope, Message: decide.Reason(err.Error())}
}

func (e *ending) finish(ctx context.Context, guard state.Guard, f state.Finish, event flow.Event) error {
	defer e.session.room(ctx, len(f.Result))()
	f.FinishedAt = e.session.now()
	// Key: the run. Condition: it is running, and (except for a cancel) was not
	// redriven since it was read. Effect: its terminal status; it is no longer active.
	// Conflict: it has already ended, and is left as it is.
	_, err := e.session.engine.store.Commit(ctx, state.Transition{Guard: guard, Run: &state.RunChange{RunID: e.session.run.ID, Finish: &f}})
	mine := err == nil
	if errors.Is(err, state.ErrConflict) {
		mine, err = e.endedBy(ctx, f)
	}
	if err == nil {
		e.session.hand.end()
	}
	if mine {
		e.session.run.Status = f.Status
		e.session.teller.tell(ctx, event)
	}
	return err
}

// endedBy reports whether f itself ended the run, in a write whose response was lost.
// A run that is still running was redriven, and the message examines it again.
func (e *ending) endedBy(ctx context.Context, f state.Finish) (bool, error) {
	snapshot, err := e.session.engine.store.Load(ctx, state.ReadSet{RunID: e.session.run.ID, Run: true, Bare: true})
	if err != nil || snapshot.Run == nil {
		return false, err
	}
	if !snapshot.Run.Status.Terminal() {
		return false, fmt.Errorf("run %s was redriven meanwhile: the message comes back", e.session.run.ID)
	}
	return snapshot.Run.Status == f.Status && snapshot.Run.FinishedAt.UnixMilli() == f.FinishedAt.UnixMilli(), nil
}
