package engine

import (
	"context"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// strand is a chain of tasks that one session performs: it brings each to its
// recorded outcome, and leads on from there.
type strand struct {
	session   *session
	performer *performer
}

func newStrand(s *session) *strand {
	return &strand{session: s, performer: &performer{s, &claimer{session: s}}}
}

// handle continues from a message's first answer until all strands of its handling have
// come to their end, and returns the message's answer.
func (s *strand) handle(ctx context.Context, a answer) answer {
	hand := s.session.hand
	if next, ok := a.(proceed); ok {
		hand.met.first(next.task.TaskKey)
	}
	hand.works(s, work{})
	for {
		hand.answers.note(s.run(ctx, a))
		hand.leave(s)
		s.session.reader.share.giveBack()
		hand.strands.Wait(ctx) //rule:message-awaits-strands
		hand.works(s, work{})
		if hand.ended.Load() {
			return hand.answers.all()
		}
		next, ok := s.gathered(ctx, func(state.TaskKey) bool { return true }) //rule:gathered-written = answer(nil), false
		if !ok {
			return hand.answers.all()
		}
		a = next
	}
}

// beside performs a kept task, and those that follow, beside other strands.
func (s *strand) beside(ctx context.Context, w work) {
	hand := s.session.hand
	defer s.session.turn.giveBack()
	defer s.session.reader.share.giveBack()
	defer hand.leave(s)
	hand.answers.note(s.run(ctx, proceed{w}))
}

// run continues from an answer until nothing is left to do for the strand.
func (s *strand) run(ctx context.Context, a answer) answer {
	hand := s.session.hand
	for {
		switch next := a.(type) {
		case proceed:
			hand.works(s, next.task)
			a = s.performer.perform(ctx, next.task)
			hand.performed(ctx, s)
		case leadOnFrom:
			a = s.leadOn(ctx, next)
		default:
			more, ok := s.goOn(ctx)
			if !ok {
				return a
			}
			hand.answers.note(a)
			a = more
		}
	}
}

// goOn returns further work for a strand at the end of its chain: a kept task, or a join to
// which no other strand can lead any more.
func (s *strand) goOn(ctx context.Context) (answer, bool) {
	hand := s.session.hand
	if !hand.shared.Load() || hand.ended.Load() {
		return nil, false
	}
	next, unfit := hand.next(s)
	hand.answers.note(s.session.outbox.sendInstead(ctx, unfit))
	if next != nil {
		return proceed{*next}, true
	}
	if hand.alone() { // the last one writes all
		return nil, false
	}
	return s.gathered(ctx, func(task state.TaskKey) bool {
		return task != (state.TaskKey{}) && !s.othersLeadTo(task.Node)
	})
}

// slow reports whether one of the tasks is known to take longer than kept tasks may wait.
func (s *strand) slow(tasks []work) bool {
	return slices.ContainsFunc(tasks, func(w work) bool {
		return s.session.program.code[w.Node].pace.slow(s.session.engine.config.Spread)
	})
}

// othersLeadTo reports whether a strand that works, or a kept task, may still lead to a join.
func (s *strand) othersLeadTo(join string) bool {
	others := s.session.hand.others(s)
	return len(others) > 0 && s.session.program.plan.Graph.Reaches(join, others)
}

// gathered writes the arrivals at the joins that are chosen, and returns the work to which
// they lead.
func (s *strand) gathered(ctx context.Context, chosen func(state.TaskKey) bool) (answer, bool) {
	var ready []work
	for _, at := range s.session.gatherings.take(chosen) {
		more, err := s.session.successors.settle(ctx, at)
		if err != nil {
			s.session.hand.answers.note(over(err))
		}
		ready = append(ready, more...)
	}
	if len(ready) == 0 {
		return nil, false
	}
	return s.continueInline(ctx, ready), true
}

// leadOn does everything that follows from a record, and continues with one of the
// ready tasks.
func (s *strand) leadOn(ctx context.Context, from leadOnFrom) answer {
	if !from.own { //rule:replay-ends-strands = false
		s.session.hand.answers.note(s.session.outbox.sendInstead(ctx, s.session.hand.close()))
	}
	var ready []work
	if from.record == nil {
		ready = s.session.successors.starts()
	} else {
		var err error
		if ready, err = s.session.successors.leadOn(ctx, *from.record); err != nil {
			return over(err)
		}
	}
	if from.own {
		return s.continueInline(ctx, ready)
	}
	return s.replay(ctx, ready)
}

// continueInline keeps the ready tasks: one goes on here, under the lease of the message's
// head, others beside it. After a worker may have died all are sent and start fresh, so that
// the receives of one message are used for one task.
func (s *strand) continueInline(ctx context.Context, ready []work) answer {
	if s.session.hand.closed.Load() { //rule:inline-ends-after-death = false
		return s.keepOne(ctx, ready, false)
	}
	var others, sent []work
	var here *work
	for i, w := range ready {
		alone := len(ready) == 1 && s.session.hand.alone()
		switch {
		case !s.keeps(w, alone):
			sent = append(sent, w)
		case here == nil:
			here = &ready[i]
		default:
			others = append(others, w)
		}
	}
	if a := s.session.outbox.sendInstead(ctx, append(sent, s.session.hand.keep(ctx, s, others)...)); a != (acknowledge{}) {
		return a
	}
	if here == nil {
		return acknowledge{}
	}
	return proceed{*here}
}

// keeps reports whether the handling may keep a task, which may then run beside others. Code
// that must not start twice, and code that may need all of the memory, runs only while the
// handling has nothing else to do: others could end its worker, or it theirs.
func (s *strand) keeps(w work, alone bool) bool {
	config := s.session.program.plan.Graph.Node(w.Node).Config
	heavy := s.session.program.code[w.Node].pace.heavy()
	apart := config.Semantics == flow.AtMostOnce || heavy //rule:at-most-once-apart = heavy
	return s.session.fits(w.TaskKey) && (alone || !apart) && !config.Apart
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
	if a := s.session.outbox.sendInstead(ctx, others); a != (acknowledge{}) || kept == nil {
		return a
	}
	return proceed{*kept}
}

// replay continues from decisions that were recorded before, perhaps by a worker
// that died. It reads the ready tasks: those done inline under the same message are
// led on from; those with a message of their own are left to it; the rest is sent,
// except for one task, which is claimed here. When time runs short the replay
// continues under messages of the tasks that it has reached.
func (s *strand) replay(ctx context.Context, ready []work) answer {
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
				more, err := s.session.successors.leadOn(ctx, t)
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
