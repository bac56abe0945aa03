package sim

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// message is a message of the queue, until it is deleted or becomes a dead letter.
type message struct {
	id        string
	body      flow.MessageBody
	text      string
	attrs     map[string]string
	receives  int
	visibleAt time.Duration
	gone      bool
	held      bool // behind a backlog
	forged    bool // not sent by the engine
}

// original returns the id of the message that this one repeats, or its own.
func (m *message) original() string { return cmp.Or(m.attrs[state.AttributeID], m.id) }

// queue delivers like SQS: at least once, in any order, with delays, a
// visibility timeout and a limit of receives.
type queue struct{ *world }

// Send implements [state.Queue].
func (q queue) Send(_ context.Context, messages ...flow.Outgoing) error {
	if q.tracing() {
		q.detail = fault.Detail(messages)
	}
	_, err := request(q.world, fault.SendRequest(messages), func() (struct{}, error) { return struct{}{}, q.accept(messages) })
	return err
}

var errPartial = errors.New("some messages were not accepted")

func (w *world) accept(messages []flow.Outgoing) error {
	refused := -1 // at least one of them
	if len(messages) > 1 && w.current != nil && w.take(func(kind fault.Kind) bool { return kind == fault.PartialSend }) != "" {
		refused = w.chance.IntN(len(messages))
	}
	for i, m := range messages {
		if i == refused || refused >= 0 && w.chance.IntN(3) == 0 {
			continue
		}
		sent := w.put(m)
		if p := w.current; p != nil {
			w.sawSend(p, sent)
		}
	}
	if refused >= 0 {
		return errPartial
	}
	return nil
}

func (w *world) put(out flow.Outgoing) *message {
	body, err := flow.ParseMessage(out.Body)
	w.checkMessage(out, err)
	w.sent++
	w.queued++
	m := &message{id: "m" + strconv.Itoa(w.sent), body: body, text: out.Body, attrs: out.Attributes}
	m.visibleAt = w.now + out.Delay + w.transport()
	w.messages = append(w.messages, m)
	w.awaken(m)
	return m
}

// transport returns the time that a message takes to become visible.
func (w *world) transport() time.Duration {
	if w.plain && w.sent == 2 { // the first that a worker sends
		return 10*time.Millisecond + w.late
	}
	if w.plain {
		return 10 * time.Millisecond
	}
	if w.occasional(fault.Late) {
		return w.between(time.Second, 20*time.Minute)
	}
	if w.slow && w.chance.IntN(3) == 0 {
		w.hits[fault.Late]++
		return w.timings.stalledAfter + w.between(-5*time.Second, 15*time.Second)
	}
	if w.chance.IntN(10) == 0 {
		return w.between(0, 5*time.Second)
	}
	return w.between(0, 100*time.Millisecond)
}

// occasional reports whether a fault hits a message now.
func (w *world) occasional(kind fault.Kind) bool {
	return w.take(func(k fault.Kind) bool { return k == kind }) != ""
}

// Visible implements [state.Backlog].
func (q queue) Visible(context.Context) (int, error) {
	return request(q.world, fault.CountBacklog, func() (int, error) {
		visible := q.others
		for _, m := range q.messages {
			if m.held && !m.gone {
				visible++
			}
		}
		return visible, nil
	})
}
