package engine

import (
	"context"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// strand is a chain of tasks that one session performs: it brings each to its
// recorded outcome, and leads on from there.
type strand struct {
	session   *session
	performer *performer
	replayed  bool // from older records nothing goes on inline
}

func newStrand(s *session) *strand {
	return &strand{session: s, performer: &performer{s, &claimer{session: s}}}
}

// run continues from an answer until the message is answered.
func (s *strand) run(ctx context.Context, a answer) answer {
	for {
		switch next := a.(type) {
		case proceed:
			a = s.performer.perform(ctx, next.task)
		case leadOnFrom:
			a = s.leadOn(ctx, next)
		default:
			return a
		}
	}
}

// leadOn does everything that follows from a record, and continues with one of the
// ready tasks.
func (s *strand) leadOn(ctx context.Context, from leadOnFrom) answer {
	var ready []work
	if from.record == nil {
		ready = s.session.starts()
	} else {
		var err error
		if ready, err = s.session.leadOn(ctx, *from.record); err != nil {
			return comeBack{err}
		}
	}
	if from.own {
		return s.continueInline(ctx, ready)
	}
	return s.replay(ctx, ready)
}

// continueInline sends every ready task but one, which goes on here: inline, under
// the lease of the message's head. After a worker may have died all are sent and start
// fresh, so that the receives of one message are used for one task.
func (s *strand) continueInline(ctx context.Context, ready []work) answer {
	may := !s.replayed && !s.performer.claims.suspect //rule:inline-ends-after-death = true
	return s.keepOne(ctx, ready, may)
}

// claimFirst sends every task but one, which is claimed here.
func (s *strand) claimFirst(ctx context.Context, frontier []work) answer {
	for i := range frontier {
		frontier[i].claim = true //rule:replay-claims
	}
	//rule:replay-sends-others = s.keepOne(ctx, frontier[:min(len(frontier), 1)], true)
	return s.keepOne(ctx, frontier, true)
}

// keepOne sends every task except, if one may be kept, the first that can be
// performed here.
func (s *strand) keepOne(ctx context.Context, tasks []work, may bool) answer {
	var kept *work
	var others []work
	for i := range tasks {
		if may && kept == nil && s.session.fits(tasks[i].TaskKey) {
			kept = &tasks[i]
			continue
		}
		others = append(others, tasks[i])
	}
	if err := s.session.outbox.sendTasks(ctx, others); err != nil { //rule:send-before-acknowledge
		return s.session.ending.sent(ctx, others[0].TaskKey, err)
	}
	if kept == nil {
		return acknowledge{}
	}
	return proceed{*kept}
}

// replay continues from decisions that were recorded before, perhaps by a worker
// that died. It reads the ready tasks: those done inline under the same message are
// led on from; those with a message of their own are left to it; the rest is sent,
// except for one task, which is claimed here. When time runs short the replay
// continues under messages of the tasks that it has reached.
func (s *strand) replay(ctx context.Context, ready []work) answer {
	s.replayed = true //rule:replay-ends-inline
	var frontier []work
	for len(ready) > 0 {
		s.session.view.Forget(nil, "")
		records, err := s.session.reader.recorded(ctx, ready)
		if err != nil {
			return comeBack{err}
		}
		var beyond []work
		for _, w := range ready {
			t, exists := records[w.TaskKey]
			if !exists {
				w.unseen = 1 // a worker may have died while it ran the task inline
			}
			if s.blocks(t) { //rule:replay-stops-at-lease
				return comeBackAt(t.LeaseUntil)
			}
			through := exists && replayable(t) //rule:replay-leads-through-inline = false
			switch {
			case !exists || //rule:replay-sends-absent
				t.State == flow.TaskRetrying || //rule:replay-sends-retries
				t.State == flow.TaskRunning || //rule:replay-sends-abandoned
				through && s.session.remaining() <= 0:
				frontier = append(frontier, w)
			case through:
				more, err := s.session.leadOn(ctx, t)
				if err != nil {
					return comeBack{err}
				}
				beyond = append(beyond, more...)
			}
		}
		ready = beyond
	}
	return s.claimFirst(ctx, frontier)
}

// replayable reports whether a replay leads through a task: it was committed
// inline. The successors of a task with a message of its own are left to that
// message.
func replayable(t state.TaskRecord) bool {
	return t.State.Committed() &&
		t.Via == state.ViaInline //rule:replay-passes-messages
}

// blocks reports whether a live lease of another owner stops the replay at a task.
// Never acknowledge while any lease is live: a handling cannot know whether its own
// message still exists.
func (s *strand) blocks(t state.TaskRecord) bool {
	return (replayable(t) || t.State == flow.TaskRunning) && t.Live(s.session.me, s.session.now())
}
