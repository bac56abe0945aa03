package sim

import (
	"errors"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Rare states of messages and timers.
const (
	HandledTwice       Rare = "a message is handled by two workers at the same time"
	HandledAfterDelete Rare = "a message is handled after its deletion"
	WorkSentAgain      Rare = "live work is sent again before it becomes a dead letter"
	StartSentAgain     Rare = "a start is sent again before it becomes a dead letter"
	CancelSentAgain    Rare = "a cancel is sent again before it becomes a dead letter"
	SentAgainOften     Rare = "a message is sent again for the third time"
	StormOutlasts      Rare = "a storm outlasts a message's receives"
	StartHeld          Rare = "a start comes while another delivery of it is at work"
	NoTimeLeft         Rare = "a message comes back since too little time is left"
	OtherStart         Rare = "another start of a run is ignored"
	CancelOfEnded      Rare = "a cancel finds its run ended"
	RetryAfterEnd      Rare = "a retry's message comes after its run has ended"
	TimerAfterEnd      Rare = "a retry's timer fires after its run has ended"
	TimerTwice         Rare = "a timer's message is sent twice"
)

// sightMessages recognises rare states of messages, when they are received, sent,
// returned and acknowledged.
func sightMessages(w *watcher) moments {
	timers := map[string]bool{} // messages that a timer has sent
	return moments{
		received: func(p *process) { sightReceived(w, p) },
		sent: func(p *process, sent *message) {
			if p.tick && !p.rescuing {
				w.reachIf(timers[sent.text], TimerTwice)
				timers[sent.text] = true
			}
			sightAgain(w, sent)
		},
		returned: func(p *process, err error) {
			_, held := errors.AsType[*engine.HeldError](err)
			w.reachIf(held && p.message.body.Type == flow.TypeStart, StartHeld)
			w.reachIf(errors.Is(err, engine.ErrNoTime), NoTimeLeft)
		},
		acknowledged: func(p *process) {
			m, r := p.message, w.runs.find(p.message.body.RunID)
			w.reachIf(m.body.Type == flow.TypeStart && r.exists && r.state.StartMessageID != m.original(), OtherStart)
		},
		dropped: func(r *run) { w.reachIf(r.state.Status.Terminal(), TimerAfterEnd) },
	}
}

// sightReceived looks at a message that a worker begins to handle.
func sightReceived(w *watcher, p *process) {
	m := p.message
	for other := range w.scheduler.live {
		w.reachIf(other != p && other.message == m && !other.dead, HandledTwice)
	}
	w.reachIf(m.gone, HandledAfterDelete)
	if r := w.runs.find(m.body.RunID); r != nil && r.exists && r.state.Status.Terminal() {
		w.reachIf(m.body.Type == flow.TypeCancel, CancelOfEnded)
		w.reachIf(m.body.Attempt > 1, RetryAfterEnd)
	}
}

// sightAgain looks at a message that is sent again.
func sightAgain(w *watcher, sent *message) {
	if sent.attrs[state.AttributeReturns] == "" {
		return
	}
	w.reachIf(sent.body.NodeID != "", WorkSentAgain)
	w.reachIf(sent.body.Type == flow.TypeStart, StartSentAgain)
	w.reachIf(sent.body.Type == flow.TypeCancel, CancelSentAgain)
	w.reachIf(sent.received(0).Returns() > 2, SentAgainOften)
	w.reachIf(w.faults.storming(), StormOutlasts)
}
