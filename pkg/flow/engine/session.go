package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/internal/timeout"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// session is one run as a strand of a delivery, or a rescue, sees it. It knows the store.
// The strands of one delivery share its lease and its hand.
type session struct {
	engine   *Engine
	me       string    // a fresh token: the owner of every claim and commit made here
	deadline time.Time // no code runs after it, and leases last until then, plus the clock skew
	hops     int       // messages that led here
	rescued  bool      // its message comes from a reconciler

	run     state.Run
	program *program // of the run's pinned blueprint, or a guess at it
	view    *decide.View
	readAt  time.Time  // when the run's status was last read
	late    *lateInput // the run's input, once a task's code has read it

	hand       *hand
	gatherings *gatherings
	ledger     *ledger
	keys       *ownKeys

	turn       *turn
	reader     *reader
	successors *successors
	outbox     *outbox
	ending     *ending
	teller     *teller
}

func (e *Engine) newSession(ctx context.Context, runID string, hops int) *session {
	// A host may give more time than the worker's timeout says. The reconciler knows only
	// the timeout, and takes a run for stalled that is not touched for longer.
	deadline := e.config.Now().Add(e.config.Timeout)
	if given, ok := ctx.Deadline(); ok && given.Before(deadline) {
		deadline = given
	}
	s := &session{
		engine: e, deadline: deadline, hops: hops,
		me:  e.config.NewID(), //rule:owner-per-handling = "worker"
		run: state.Run{ID: runID}, late: &lateInput{},
		hand: newHand(e), gatherings: &gatherings{}, ledger: &ledger{}, keys: &ownKeys{},
	}
	s.equip(share{of: e.places})
	return s
}

// equip gives a session its own parts.
func (s *session) equip(place share) {
	s.turn, s.reader = &turn{place}, &reader{session: s, share: share{of: s.engine.memory}}
	s.successors, s.outbox, s.ending, s.teller = &successors{s}, &outbox{s}, &ending{s}, &teller{s}
}

// fork returns the session for a strand beside, which takes over a place. Of the
// run's tasks it knows those in the ledger.
func (s *session) fork(place share) *session {
	own := *s
	own.view = decide.NewView(s.program.plan, s.run.ID)
	own.view.MostHeld = 0
	own.view.ShareInput(s.view)
	own.equip(place)
	return &own
}

// keep keeps a recorded outcome for the tasks that follow.
func (s *session) keep(t state.TaskRecord) {
	s.view.Keep(t)
	s.ledger.keep(t)
}

// recall takes the outcomes of nodes that other strands of the handling have recorded.
func (s *session) recall(nodes []string, scope string) { s.ledger.recall(s.view, nodes, scope) }

func (s *session) now() time.Time { return s.engine.config.Now() }

func (s *session) leaseUntil() time.Time {
	//rule:lease-until-invocation-end = s.now()
	return s.deadline.Add(state.Skew) //rule:lease-outlasts-skew = s.deadline.Add(-state.Skew)
}

// remaining returns the time left, less the reserve.
func (s *session) remaining() time.Duration {
	return s.deadline.Sub(s.now()) - s.engine.config.Reserve
}

// recording returns a context in which to record what has been done: it outlives ctx,
// and ends as long before the invocation as spare says. The store repeats refused
// writes until then.
func (s *session) recording(ctx context.Context, spare time.Duration) (context.Context, context.CancelFunc) {
	//rule:commit-outlives-invocation = timeout.With(ctx, s.deadline.Sub(s.now())-spare, nil)
	return timeout.With(context.WithoutCancel(ctx), s.deadline.Sub(s.now())-spare, nil)
}

// room waits until there is memory to record values of so many bytes: they are encoded,
// hashed and sent. It waits while there is time, and then it goes on without: the work is
// done, and would be lost. It is given back when done is called.
func (s *session) room(ctx context.Context, bytes int) (done func()) {
	if bytes <= smallRecord {
		return func() {}
	}
	room := share{of: s.engine.recording}
	_ = room.take(context.WithoutCancel(ctx), copies*bytes, s.remaining()) // else without
	return room.giveBack
}

// smallRecord is the size, in bytes, up to which values do not wait to be recorded.
const smallRecord = 128 << 10

// enter sets the run that the session is about.
func (s *session) enter(run state.Run, p *program) {
	s.run, s.program, s.readAt = run, p, s.now()
	s.view = decide.NewView(p.plan, run.ID)
	s.view.MostHeld = s.engine.config.mostHeld()
}

// readable returns an error if a newer version has written the run: this version
// does not know the meaning of its records.
func (s *session) readable() error {
	if s.run.Format > state.Format {
		return fmt.Errorf("run %s has the format %d, and this worker reads %d: the message waits for a newer worker, deploy one", s.run.ID, s.run.Format, state.Format)
	}
	return nil
}

// touch marks the run as worked on, so that the reconciler leaves it alone: before
// the first claim, and only if the last touch is old or the run says that it waits for
// something else ("": for nothing).
func (s *session) touch(ctx context.Context, waitingFor string) error {
	now := s.now()
	idle := now.Sub(s.run.LastUpdated)           //rule:run-touched-at-quarter = now.Sub(s.run.LastUpdated) / 4
	if idle <= s.engine.config.StalledAfter/4 && //rule:run-touched
		s.run.Rescues == 0 && //rule:rescued-run-touched
		s.run.Active && //rule:inactive-run-touched
		s.run.WaitingFor == waitingFor {
		return nil
	}
	// Key: the run. Condition: it is running. Effect: it is touched now, counts as
	// active, and says what it waits for. Conflict: it has ended; the message comes
	// back and reads the run again.
	change := state.RunChange{RunID: s.run.ID, LastUpdated: now, ResetRescues: true}
	if s.run.WaitingFor != waitingFor {
		change.WaitingFor = &waitingFor
	}
	if _, err := s.engine.store.Commit(ctx, state.Transition{Guard: state.GuardRunning(), Run: &change}); err != nil {
		return explained(err, "touch the run", "it has ended")
	}
	return nil
}

// timeFor returns [ErrNoTime] if a task that would be claimed here needs more time than
// there is.
func (s *session) timeFor(w work) error {
	if timeout := s.program.code[w.Node].timeout; w.claim && s.remaining() < timeout { //rule:task-needs-time
		return fmt.Errorf("run %s: node %s needs %s: %w", s.run.ID, w.Name(), timeout, ErrNoTime)
	}
	return nil
}

// fits reports whether the task can be performed here, with its whole timeout.
func (s *session) fits(task state.TaskKey) bool {
	code := s.program.code[task.Node]
	return code.handler != nil && //rule:inline-needs-code
		s.remaining() >= code.timeout //rule:chain-ends-in-time
}
