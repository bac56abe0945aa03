package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
	"github.com/flowcraft-go/flowcraft/internal/timeout"
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
	d := &delivery{engine: e, message: m, body: body, session: e.newSession(ctx, body.RunID, body.Hops)}
	d.session.rescued, d.session.run.Traceparent = m.Rescued(), body.Traceparent
	if body.Kind() == flow.TypeStart { // its events name the run that it asks for
		d.session.run = state.Run{ID: (&startMessage{d}).runID(), BlueprintID: body.BlueprintID, Tenant: body.Tenant, Traceparent: body.Traceparent}
	}
	return d
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
	reason := fmt.Sprintf("this worker's version does not have %s messages: deploy a newer one", d.body.Kind())
	if d.waited(d.engine.config.MissingCode) {
		return reject{&flow.RejectError{Reason: reason}}
	}
	return d.awaitDeploy(ctx, reason)
}

// patience returns how long the message may wait for its turn: afterwards its task, which
// is not read yet, would have less time than its timeout.
func (d *delivery) patience() time.Duration {
	needed := d.engine.config.NodeTimeout
	if p := d.engine.latest[d.body.BlueprintID]; p != nil {
		if code, ok := p.code[d.body.NodeID]; ok {
			needed = code.timeout
		}
	}
	return d.session.remaining() - needed
}

// lastReceive reports whether the queue would make the message a dead letter if it
// came back once more.
func (d *delivery) lastReceive() bool { return d.message.Receives >= d.engine.config.MaxReceives }

// nearDeadLetter reports whether the queue is about to give the message up (see
// [state.Message.NearDeadLetter]). Poison messages are counted on the task.
func (d *delivery) nearDeadLetter() bool {
	return d.message.NearDeadLetter(d.engine.config.MaxReceives)
}

// bounded leaves a message that is about to become a dead letter time to be sent again.
func (d *delivery) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if !d.nearDeadLetter() {
		return ctx, func() {}
	}
	return timeout.With(ctx, d.session.remaining(), nil)
}

// kept sends a message again that the queue would make a dead letter although it is not
// at fault: an error of the store or the queue must not do that, nor a lack of time, nor
// a lease.
func (d *delivery) kept(ctx context.Context, a answer) answer {
	back, returned := a.(comeBack)
	if !returned || !d.nearDeadLetter() { //rule:unread-job-sent-again = true
		return a
	}
	if unsendable(a) {
		if d.lastReceive() {
			return reject{rejected("%v", back.err)}
		}
		return a
	}
	cause := back.err
	_, held := errors.AsType[*HeldError](cause)
	if held || d.onlyWaits(cause) {
		cause = nil
	}
	sending, cancel := d.session.recording(ctx, d.engine.config.Reserve/6)
	defer cancel()
	return d.sendAgain(sending, cause)
}

// onlyWaits reports whether a message has come back for no fault so far, but for lack of
// time. If it was sent again before, a task needs more time than there is; one whose turn
// does not come may wait for longer behind others.
func (d *delivery) onlyWaits(cause error) bool {
	quiet := 1
	if errors.Is(cause, errNoTurn) {
		quiet = quietTurns
	}
	return errors.Is(cause, ErrNoTime) && d.message.Returns() < quiet
}

// sendAgain sends the message as a new one, which stands for the first, after a delay
// that grows with their number. It counts no hop: nothing led on. An error that kept
// the message from being handled is told, since nobody else sees it.
func (d *delivery) sendAgain(ctx context.Context, cause error) answer {
	if cause != nil {
		d.tellSentAgain(ctx, cause)
	}
	return d.sendAfter(ctx, backoff.Exponential(time.Second, 1+d.message.Returns(), maxReturnDelay))
}

func (d *delivery) tellSentAgain(ctx context.Context, cause error) {
	d.session.teller.tell(ctx, flow.Event{
		Kind: flow.MessageSentAgain, NodeID: d.body.NodeID, Scope: d.body.Scope, Receives: d.message.Receives, Err: cause,
	})
}

// Delays of messages that are sent again: up to maxReturnDelay; at first those that
// wait for a deployment come back sooner, since most take minutes.
const (
	maxReturnDelay = 2 * time.Minute
	quietTurns     = 4 // returns of a message whose turn has not come: about a quarter of an hour
	maxDeployDelay = 30 * time.Second
	deployTakes    = 15 * time.Minute
	// maxReturns bounds how often a message is sent again: more than a month long.
	maxReturns = 50_000
)

// awaitDeploy answers a message that lacks something that another version of the
// worker may have: it is sent again.
func (d *delivery) awaitDeploy(ctx context.Context, reason string) answer {
	now := d.engine.config.Now()
	most := maxReturnDelay
	if now.Sub(d.message.MissingSince(now)) < deployTakes {
		most = maxDeployDelay
	}
	d.session.teller.tell(ctx, flow.Event{Kind: flow.CodeMissing, NodeID: d.body.NodeID, Scope: d.body.Scope, Reason: reason})
	d.message = d.message.Missing(now)
	a := d.sendAfter(ctx, backoff.Exponential(time.Second, 1+d.message.Returns(), most))
	if back, ok := a.(comeBack); ok {
		return comeBack{fmt.Errorf("%s: %w", reason, back.err)}
	}
	return a
}

// waited reports whether the message, or the one that it repeats, has waited for code or
// a blueprint for a time, since a worker first lacked it.
func (d *delivery) waited(limit time.Duration) bool {
	now := d.engine.config.Now()
	return now.Sub(d.message.MissingSince(now)) >= limit
}

// sendAfter sends the message again, after a delay of up to the given one.
func (d *delivery) sendAfter(ctx context.Context, delay time.Duration) answer {
	if d.message.Returns() >= maxReturns {
		return reject{rejected("sent again %d times: see in the log why, and send it anew", d.message.Returns())}
	}
	attributes := d.message.Again(d.engine.config.Now()) //rule:sent-again-carries-id = map[string]string(nil)
	again, err := d.again(attributes, delay)
	if err != nil {
		return over(err)
	}
	err = d.engine.sender.Send(ctx, again)
	if refused, ok := errors.AsType[*state.RefusedError](err); ok && d.session.program == nil {
		return comeBack{fmt.Errorf("%w: %s", errUnsendable, refused.Reason)}
	}
	if err != nil {
		err = fmt.Errorf("send the message again: %w", err)
	}
	return d.session.ending.sent(ctx, state.TaskKey{Node: d.body.NodeID, Scope: d.body.Scope}, err)
}

// again returns the message as one that is sent after a delay of up to the given one.
func (d *delivery) again(attributes map[string]string, delay time.Duration) (flow.Outgoing, error) {
	text, err := d.body.Encode()
	return flow.Outgoing{
		Body: text, Tenant: d.tenant(), Attributes: attributes,
		Delay: backoff.CeilSecond(backoff.Jittered(delay, d.engine.config.Jitter())),
	}, err
}

// damaged fails the run of a message that came upon a damaged record: it would come
// back for ever. Without a run that can be read, the message is rejected.
func (d *delivery) damaged(ctx context.Context, a answer) answer {
	back, _ := a.(comeBack)
	damaged, ok := errors.AsType[*state.DamagedError](back.err)
	if !ok {
		return a
	}
	s := d.session
	snapshot, err := d.engine.store.Load(ctx, state.ReadSet{RunID: s.run.ID, Run: true, Bare: true})
	if _, unreadable := errors.AsType[*state.DamagedError](err); unreadable || err == nil && snapshot.Run == nil {
		return reject{rejected("%v", damaged)}
	}
	if err != nil {
		return comeBack{err}
	}
	s.run = *snapshot.Run
	if err := s.readable(); err != nil { // a newer version may know what it means
		return comeBack{err}
	}
	if s.run.Status.Terminal() {
		return acknowledge{}
	}
	return over(s.ending.fail(ctx, damagedRun(damaged)))
}

// damagedRun returns the failure of a run with a damaged item.
func damagedRun(err *state.DamagedError) *flow.Failure {
	return &flow.Failure{Code: state.CodeDamaged, Message: err.Error()}
}

// unsendable reports whether a message could not be sent again because the queue takes
// no message like it: it is as large as a queue takes, and has no room for attributes.
func unsendable(a answer) bool {
	back, ok := a.(comeBack)
	return ok && errors.Is(back.err, errUnsendable)
}

// tenant is the run's or, where the run is not read, the one that the message names.
func (d *delivery) tenant() string {
	return cmp.Or(d.session.run.Tenant, d.body.Tenant) //rule:sent-again-keeps-tenant = ""
}
