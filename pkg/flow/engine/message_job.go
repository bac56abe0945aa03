package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// jobMessage runs a task: its run is read together with everything that the task
// needs, and the task must be due.
type jobMessage struct{ delivery *delivery }

func (m *jobMessage) task() state.TaskKey {
	return state.TaskKey{Node: m.delivery.body.NodeID, Scope: m.delivery.body.Scope}
}

func (m *jobMessage) open(ctx context.Context) answer {
	d, s, task := m.delivery, m.delivery.session, m.task()
	head := headOf(task, d.body.Attempt)
	head.unread = d.nearDeadLetter()
	if err := m.enter(ctx, &head); err != nil {
		return m.unread(ctx, err)
	}
	if s.run.Status.Terminal() { //rule:ended-run-acknowledges-jobs
		if s.run.Status == flow.Completed { // a run completes only when all tasks that were led to are done
			s.teller.duplicate(ctx, task, "the run has completed")
		}
		return acknowledge{}
	}
	if err := m.admit(ctx, task); err != nil {
		return m.unread(ctx, err)
	}
	if d.body.Hops > d.engine.config.MaxHops {
		return over(s.ending.fail(ctx, &flow.Failure{Code: state.CodeHops, NodeID: task.Node, Scope: task.Scope, Attempt: max(d.body.Attempt, 1),
			Message: fmt.Sprintf("%d messages led to this node: the limit (MaxHops) is %d, so the run loops, or the limit is too low", d.body.Hops, d.engine.config.MaxHops)}))
	}
	if s.program.code[task.Node].handler == nil {
		return m.withoutCode(ctx, head)
	}
	if d.nearDeadLetter() { //rule:live-work-sent-again
		return d.sendAgain(ctx, nil)
	}
	if err := s.touch(ctx, ""); err != nil {
		return comeBack{err}
	}
	return proceed{head}
}

// unread answers a message if the run, or whether the task is due, could not be
// read.
func (m *jobMessage) unread(ctx context.Context, err error) answer {
	d := m.delivery
	a := over(err)
	if _, damaged := errors.AsType[*state.DamagedError](err); damaged {
		return a
	}
	if errors.Is(err, flow.ErrNotFound) && d.lastReceive() { // the run's blueprint has expired, or never was
		a = reject{&flow.RejectError{Reason: err.Error()}}
	}
	if _, hopeless := a.(reject); !hopeless && d.nearDeadLetter() { //rule:unread-job-sent-again
		return d.sendAgain(ctx, err)
	}
	return a
}

// enter reads the run, and with it the task's read set. The blueprint named by the
// message is only a guess at the one that the run pins.
func (m *jobMessage) enter(ctx context.Context, head *work) error {
	d, s := m.delivery, m.delivery.session
	guess := d.engine.latest[d.body.BlueprintID]
	if guess != nil && guess.plan.Graph.Node(head.Node) != nil {
		s.enter(s.run, guess)
		if err := s.reader.load(ctx, head, true); err != nil {
			return m.unknownRun(err)
		}
		if s.run.BlueprintHash == guess.plan.Hash { //rule:run-keeps-version = true
			return nil
		}
	} else {
		snapshot, err := d.engine.store.Load(ctx, state.ReadSet{RunID: s.run.ID, Run: true, Bare: true})
		if err != nil {
			return err
		}
		if snapshot.Run == nil {
			return m.unknownRun(errNoRun)
		}
		s.run = *snapshot.Run
		if err := s.readable(); err != nil {
			return err
		}
	}
	if s.run.Status.Terminal() {
		return nil
	}
	p, err := d.engine.programOf(ctx, s.run.Blueprint())
	if err != nil {
		return err
	}
	s.enter(s.run, p)
	if p.plan.Graph.Node(head.Node) == nil {
		return rejected("run %s: its blueprint %s has no node %q", s.run.ID, s.run.BlueprintID, decide.Truncate(head.Node, 60))
	}
	return s.reader.load(ctx, head, true)
}

func (m *jobMessage) unknownRun(err error) error {
	if errors.Is(err, errNoRun) { //rule:unknown-run-rejected
		return rejected("there is no run %s: a start message begins one", m.delivery.body.RunID)
	}
	return err
}

// admit rejects a job that is not due, because it is forged or early.
func (m *jobMessage) admit(ctx context.Context, task state.TaskKey) error {
	due, err := m.due(ctx, task)
	if err == nil && !due { //rule:job-led-to
		return rejected("nothing has led to node %q of run %s: its branch was not taken, or a node that leads to it is not done", decide.Truncate(task.Name(), 80), m.delivery.session.run.ID)
	}
	return err
}

// due reports whether recorded decisions lead to the task of a job, and its join's
// rule holds. A join with undecided predecessors is due only if these are dead. The
// records before them prove that, and no more records are read than the proof
// needs.
func (m *jobMessage) due(ctx context.Context, task state.TaskKey) (bool, error) {
	s := m.delivery.session
	if !decide.NewProgress(s.view).LedTo(task) {
		return false, nil
	}
	read := map[string]bool{}
	for _, id := range s.program.plan.Reads(task.Node).Tasks {
		read[id] = true
	}
	loaded := maps.Clone(s.view.Tasks) // the proof needs all edges, and no values
	defer func() {
		for _, t := range loaded {
			s.view.Keep(t)
		}
	}()
	for !decide.NewProgress(s.view).Ready(task) { //rule:join-job-when-ready
		set := state.ReadSet{RunID: s.run.ID, Bare: true}
		for _, id := range decide.Unread(s.view, task, read) {
			read[id] = true
			set.Tasks = append(set.Tasks, state.TaskKey{Node: id, Scope: task.Scope})
		}
		if len(set.Tasks) == 0 {
			return false, nil
		}
		if _, err := s.reader.read(ctx, set); err != nil {
			return false, fmt.Errorf("see whether %s is due: %w", task.Name(), err)
		}
	}
	return true, nil
}

// withoutCode answers a live job whose code this worker lacks. If another worker has
// the task, its record decides. Otherwise the job waits for a worker that has the code,
// and the run says so; when it has waited long enough, the run fails.
func (m *jobMessage) withoutCode(ctx context.Context, head work) answer {
	d, s, task := m.delivery, m.delivery.session, head.TaskKey
	snapshot, err := s.reader.read(ctx, state.ReadSet{RunID: s.run.ID, Tasks: []state.TaskKey{task}, Bare: true})
	if err != nil {
		return m.unread(ctx, err)
	}
	if t := snapshot.Tasks[task]; t.State.Committed() || t.Live(s.me, d.engine.config.Now()) {
		if d.nearDeadLetter() {
			return d.sendAgain(ctx, nil)
		}
		return proceed{head}
	}
	uses := s.view.Plan.Graph.Node(task.Node).Uses
	if d.waited(d.engine.config.MissingCode) { //rule:no-worker-fails-run
		return over(s.ending.fail(ctx, &flow.Failure{Code: state.CodeNoImplementation, NodeID: task.Node, Scope: task.Scope,
			Message: fmt.Sprintf("no worker implements %q, for %s: deploy one that does, and start the run again", uses, d.engine.config.MissingCode)}))
	}
	if err := s.touch(ctx, "code: "+uses); err != nil {
		return comeBack{err}
	}
	return d.awaitDeploy(ctx, fmt.Sprintf("this worker lacks the code %q: deploy one that has it", uses))
}
