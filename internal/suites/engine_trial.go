package suites

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/internal/semaphore"
	"github.com/flowcraft-go/flowcraft/internal/spawn"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// trialLimits are the settings under which the suite's cases run.
var trialLimits = engine.Config{MaxValue: 2000, Retention: 24 * time.Hour}

// trial is one run of a case, from its start to its end, with one fault or none.
// Messages are delivered by a queue in memory whose clock jumps over every wait, so
// that waiting takes no time.
type trial struct {
	runID     string
	blueprint *flow.Blueprint
	store     Store
	spy       *spy
	starts    Starts
	faults    *fault.Injector
	queue     *memory.Queue
	engine    *engine.Engine

	fault   fault.Kind                          // that is to come; "" is none
	twice   func(m state.Message) state.Message // the message delivered right after each message; nil: none
	message state.Message                       // the message being handled
	deleted bool                                // a duplicate of it was acknowledged
	ahead   atomic.Int64                        // how far the engine's clock is ahead of the queue's
	ids     atomic.Int64
}

var errDied = errors.New("the worker died")

// newTrial begins a case's run: its start is in the queue.
func newTrial(t *testing.T, s *suite, runID string) *trial {
	t.Helper()
	c := s.c
	b, err := flow.ParseBlueprint([]byte(c.blueprint))
	if err != nil {
		t.Fatalf("parse the blueprint: %v", err)
	}
	tr := &trial{runID: runID, blueprint: b, store: s.store, spy: newSpy(s.store), queue: memory.NewQueue(memory.StartAt(Now), memory.MaxHandled(500))}
	tr.faults = fault.NewInjector(tr.spy, tr.queue)
	tr.faults.Expire = tr.expire
	tr.faults.Redeliver = func(asNew bool) {
		m := tr.message
		if !asNew {
			m.Receives++
		}
		tr.duplicate(t.Context(), m)
	}
	config := trialLimits
	config.Strands = 1 // side by side, a fault's request might not come
	if s.sent {
		config.Spread = -1
	}
	config.Blueprints = []*flow.Blueprint{b}
	config.Middleware = []flow.Middleware{tr.starts.Middleware}
	config.Now, config.NewID, config.Jitter = tr.now, tr.newID, func() float64 { return 0.5 }
	tr.engine, err = engine.New(tr.faults, tr.faults, suiteRegistry(t, c), config)
	if err != nil {
		t.Fatalf("engine.New: %v", err)
	}
	var input any
	if c.input != "" {
		input = rawJSON(c.input)
	}
	if _, err := client.New(tr.queue, nil).Start(t.Context(), b.ID, input, client.WithRunID(runID)); err != nil {
		t.Fatalf("start: %v", err)
	}
	return tr
}

func (tr *trial) now() time.Time { return tr.queue.Now().Add(time.Duration(tr.ahead.Load())) }

func (tr *trial) newID() string { return fmt.Sprintf("%s-%d", tr.runID, tr.ids.Add(1)) }

// expire lets every live lease expire.
func (tr *trial) expire() { tr.ahead.Add(int64(time.Minute + state.Skew + time.Second)) }

// drain delivers messages until none is left, and timers when there are no
// messages.
func (tr *trial) drain(ctx context.Context) error {
	for {
		err := tr.deliver(ctx)
		if errors.Is(err, errDied) {
			continue
		}
		if err != nil {
			return err
		}
		timer, ok := tr.spy.takeTimer()
		if !ok {
			return nil
		}
		if early := timer.DueAt.Sub(tr.now()); early > 0 {
			tr.ahead.Add(int64(early))
		}
		if err := tr.queue.Send(ctx, flow.Outgoing{Body: timer.Body, Tenant: timer.Tenant}); err != nil {
			return err
		}
	}
}

// deliver drains the queue until it is empty or the worker dies. A dead
// worker's message comes back when its visibility timeout has passed.
func (tr *trial) deliver(ctx context.Context) (err error) {
	defer func() {
		p := recover()
		if of, ok := p.(*spawn.Panic); ok {
			p = of.Value
		}
		if p == errDied {
			err = errDied
		} else if p != nil {
			panic(p)
		}
	}()
	return tr.queue.Drain(ctx, tr)
}

// Handle lets the engine handle a message as the trial requires: perhaps twice,
// perhaps not to its end.
func (tr *trial) Handle(ctx context.Context, m state.Message) error {
	tr.message, tr.deleted = m, false
	err := tr.engine.Handle(semaphore.On(ctx, semaphore.Apart{}), m)
	died := tr.faults.Revive()
	if tr.twice != nil {
		tr.duplicate(ctx, tr.twice(m))
	}
	switch {
	case tr.deleted:
		return nil // an acknowledgement deletes the message for all
	case died:
		panic(errDied)
	}
	return err
}

// duplicate delivers a message once more.
func (tr *trial) duplicate(ctx context.Context, m state.Message) {
	if tr.engine.Handle(semaphore.On(ctx, semaphore.Apart{}), m) == nil {
		tr.deleted = true
	}
}

// report reads the run as it ended.
func (tr *trial) report(ctx context.Context) (*flow.Report, []state.TaskRecord, error) {
	report, err := client.New(nil, tr.store).Report(ctx, tr.runID)
	if err != nil {
		return report, nil, err
	}
	var tasks []state.TaskRecord
	for task, err := range tr.store.Tasks(ctx, state.TaskQuery{RunID: tr.runID}) {
		if err != nil {
			return report, nil, err
		}
		tasks = append(tasks, task)
	}
	return report, tasks, nil
}

// trace returns the engine's requests, for a failing test.
func (tr *trial) trace() string {
	var text strings.Builder
	for i, r := range tr.faults.Requests() {
		fmt.Fprintf(&text, "%4d %s", i+1, r)
		for _, hit := range tr.faults.Hits() {
			if hit.Number == i+1 {
				fmt.Fprintf(&text, "   <- %s", hit.Plan.Kind)
			}
		}
		text.WriteByte('\n')
	}
	return text.String()
}
