package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// delivery is one message while it is handled. It knows the queue.
type delivery struct {
	engine  *Engine
	message state.Message
	body    flow.MessageBody
	session *session
}

func (e *Engine) deliver(ctx context.Context, m state.Message, body flow.MessageBody) *delivery {
	return &delivery{engine: e, message: m, body: body, session: e.newSession(ctx, body.RunID, body.Hops)}
}

// open parses the message, and decides whether it is to be handled.
func (d *delivery) open(ctx context.Context) answer {
	switch d.body.Kind() {
	case flow.TypeStart:
		return (&startMessage{d}).open(ctx)
	case flow.TypeJob:
		return (&jobMessage{d}).open(ctx)
	case flow.TypeCancel:
		return (&cancelMessage{d}).open(ctx)
	}
	return d.notYet(fmt.Errorf("%s message of run %s: this worker's version does not have such messages: deploy a newer one", d.body.Kind(), d.body.RunID))
}

// lastReceive reports whether the queue would make the message a dead letter if it
// came back once more.
func (d *delivery) lastReceive() bool { return d.message.Receives >= d.engine.config.MaxReceives }

// nearDeadLetter reports whether the queue is about to give the message up (see
// [state.Message.NearDeadLetter]). Poison messages are counted on the task.
func (d *delivery) nearDeadLetter() bool {
	return d.message.NearDeadLetter(d.engine.config.MaxReceives)
}

// notYet answers a message that lacks something that may still come: it comes back,
// but on its last receive it is rejected with the reason.
func (d *delivery) notYet(err error) answer {
	if d.lastReceive() {
		return reject{&flow.RejectError{Reason: err.Error()}}
	}
	return comeBack{err}
}

// sendAgain sends the message as a new one, which carries the id of the first.
func (d *delivery) sendAgain(ctx context.Context) answer {
	if d.body.Hops > d.engine.config.MaxHops {
		return reject{rejected("sent %d times: the limit is %d; see why it was returned before, and send a new message", d.body.Hops, d.engine.config.MaxHops)}
	}
	body := d.body
	body.Hops++ //rule:sent-again-counts-hop
	text, err := body.Encode()
	if err != nil {
		return over(err)
	}
	again := flow.Outgoing{
		Body: text, Tenant: d.tenant(),
		Attributes: map[string]string{state.AttributeID: d.message.OriginalID()}, //rule:sent-again-carries-id = nil
	}
	err = d.engine.sender.Send(ctx, again)
	if refused, ok := errors.AsType[*state.RefusedError](err); ok && d.session.program == nil {
		return reject{rejected("it cannot be sent again: %s", refused.Reason)}
	}
	if err != nil {
		err = fmt.Errorf("send the message again: %w", err)
	}
	return d.session.ending.sent(ctx, state.TaskKey{Node: d.body.NodeID, Scope: d.body.Scope}, err)
}

func (d *delivery) tenant() string {
	if d.body.Tenant != "" {
		return d.body.Tenant
	}
	return d.session.run.Tenant
}
