package engine

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// outbox sends the messages of a session's run. It knows the queue, and the timers
// that hold a message for longer than a queue can delay it.
type outbox struct{ session *session }

// send hands messages over to the queue.
func (o *outbox) send(ctx context.Context, messages ...flow.Outgoing) error {
	if len(messages) == 0 {
		return nil
	}
	if err := o.session.engine.sender.Send(ctx, messages...); err != nil {
		return fmt.Errorf("send %d messages of run %s: %w", len(messages), o.session.run.ID, err)
	}
	return nil
}

// jobFor returns the message that runs a task.
func (o *outbox) jobFor(task state.TaskKey, attempt int) (flow.Outgoing, error) {
	body, err := flow.MessageBody{
		RunID: o.session.run.ID, BlueprintID: o.session.run.BlueprintID, NodeID: task.Node, Scope: task.Scope,
		Attempt: attempt,
		Tenant:  o.session.run.Tenant, //rule:job-names-tenant = ""
		Hops:    o.session.hops + 1,   //rule:message-counts-hop = o.session.hops
		// Only for the log lines of hosts, and for those before the run is read.
		Traceparent: o.session.run.Traceparent,
	}.Encode()
	return flow.Outgoing{Body: body, Tenant: o.session.run.Tenant}, err //rule:job-in-group-of-tenant = flow.Outgoing{Body: body}, err
}

// sendTasks sends the messages of ready tasks.
func (o *outbox) sendTasks(ctx context.Context, tasks []work) error {
	messages := make([]flow.Outgoing, len(tasks))
	for i, w := range tasks {
		var err error
		if messages[i], err = o.jobFor(w.TaskKey, 0); err != nil {
			return err
		}
	}
	return o.send(ctx, messages...) //rule:all-but-one-sent = nil
}

// sendInstead sends tasks that are not performed here, and returns the answer to it.
func (o *outbox) sendInstead(ctx context.Context, tasks []work) answer {
	if len(tasks) == 0 {
		return acknowledge{}
	}
	if err := o.sendTasks(ctx, tasks); err != nil { //rule:send-before-acknowledge
		return o.session.ending.sent(ctx, tasks[0].TaskKey, err)
	}
	return acknowledge{}
}

// sendRetry sends the message of the next attempt with the delay until it is due. A
// delay beyond the queue's maximum becomes a timer.
func (o *outbox) sendRetry(ctx context.Context, t state.TaskRecord) error {
	//rule:retry-message-not-early = max(0, t.DueAt.Sub(o.session.now())/1e9*1e9)
	delay := backoff.CeilSecond(t.DueAt.Sub(o.session.now()))
	if delay > state.MaxDelay {
		return o.setTimer(ctx, t)
	}
	message, err := o.jobFor(t.TaskKey, t.Failures+1) //rule:retry-carries-attempt = o.jobFor(t.TaskKey, 0)
	if err != nil {
		return err
	}
	message.Delay = delay //rule:retry-waits
	return o.send(ctx, message)
}

// setTimer stores the message of the next attempt until a queue can delay it.
func (o *outbox) setTimer(ctx context.Context, t state.TaskRecord) error {
	attempt := t.Failures + 1
	message, err := o.jobFor(t.TaskKey, attempt)
	if err != nil {
		return err
	}
	// Key: the task and the attempt. No condition: writing it again changes nothing.
	_, err = o.session.engine.store.Commit(ctx, state.Transition{Timer: &state.Timer{
		RunID: o.session.run.ID, TaskKey: t.TaskKey, Attempt: attempt, DueAt: t.DueAt,
		Tenant: o.session.run.Tenant, //rule:timer-keeps-tenant = ""
		Body:   message.Body, Expires: o.session.run.RecordsExpire(),
	}})
	return err
}
