package sim

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// queue holds messages like SQS: it delivers them in any order, with delays, until
// they are removed or become dead letters.
type queue struct {
	setting   *setting
	chance    chance
	scheduler *scheduler
	faults    *faults
	wire      *wire
	watcher   *watcher
	receive   func(*message) // hands over a visible message

	messages    []*message
	waiting     int // messages that are neither removed nor dead letters
	sent        int
	deadLetters []*message
	others      int           // messages of other runs, always visible
	late        time.Duration // by script: of the first message that a worker sends
}

// Send implements [state.Queue].
func (q *queue) Send(ctx context.Context, messages ...flow.Outgoing) error {
	_, err := request(ctx, q.wire, fault.SendRequest(messages), messages, func() (struct{}, error) { return struct{}{}, q.accept(messages) })
	return err
}

var errPartial = errors.New("some messages were not accepted")

func (q *queue) accept(messages []flow.Outgoing) error {
	p := q.scheduler.current
	refused := -1 // at least one of them
	if len(messages) > 1 && p != nil && q.faults.occasional(fault.PartialSend) {
		refused = q.chance.IntN(len(messages))
	}
	for i, m := range messages {
		if i == refused || refused >= 0 && q.chance.one(3) {
			continue
		}
		sent := q.put(m)
		if p != nil {
			q.watcher.sawSend(p, sent)
		}
	}
	if refused >= 0 {
		return errPartial
	}
	return nil
}

func (q *queue) put(out flow.Outgoing) *message {
	body, err := flow.ParseMessage(out.Body)
	checkMessage(q.watcher, out, err)
	q.sent++
	q.waiting++
	m := &message{id: "m" + strconv.Itoa(q.sent), body: body, text: out.Body, tenant: out.Tenant, attrs: out.Attributes, delay: out.Delay}
	m.invented = slices.ContainsFunc(q.messages, func(of *message) bool { return of.invented && of.id == m.original() })
	m.visibleAt = q.scheduler.now + out.Delay + q.transport()
	q.messages = append(q.messages, m)
	q.awaken(m)
	return m
}

// transport returns the time that a message takes to become visible.
func (q *queue) transport() time.Duration {
	if q.setting.plain && q.sent == 2 { // the first that a worker sends
		return 10*time.Millisecond + q.late
	}
	if q.setting.plain {
		return 10 * time.Millisecond
	}
	if q.faults.occasional(fault.Late) {
		return q.chance.between(time.Second, 20*time.Minute)
	}
	if q.setting.slow && q.chance.one(3) {
		q.faults.hit(fault.Late)
		return q.setting.timings.stalledAfter + q.chance.between(-5*time.Second, 15*time.Second)
	}
	if q.chance.one(10) {
		return q.chance.between(0, 5*time.Second)
	}
	return q.chance.between(0, 100*time.Millisecond)
}

// awaken schedules the time when a message becomes visible.
func (q *queue) awaken(m *message) {
	at := m.visibleAt
	q.scheduler.agenda.push(event{at: at, do: func() {
		if !m.gone && m.visibleAt == at {
			q.receive(m)
		}
	}})
}

// returnAt lets a message be received again at a time, unless it is gone.
func (q *queue) returnAt(m *message, at time.Duration) {
	m.visibleAt = at
	q.awaken(m)
}

func (q *queue) remove(m *message) {
	if !m.gone {
		m.gone = true
		q.waiting--
	}
}

// bury makes a message a dead letter.
func (q *queue) bury(m *message, why string) {
	q.scheduler.trace(nil, "%s is given up: %s", m.id, why)
	q.remove(m)
	q.deadLetters = append(q.deadLetters, m)
}

// lose buries waiting jobs.
func (q *queue) lose(n int) {
	for _, m := range q.messages {
		if n > 0 && !m.gone && m.body.NodeID != "" {
			q.bury(m, "lost")
			q.faults.hit(fault.DeadLetter)
			n--
		}
	}
}

// Visible implements [state.Backlog].
func (q *queue) Visible(ctx context.Context) (int, error) {
	return request(ctx, q.wire, fault.CountBacklog, nil, func() (int, error) {
		visible := q.others
		for _, m := range q.messages {
			if m.held && !m.gone {
				visible++
			}
		}
		return visible, nil
	})
}
