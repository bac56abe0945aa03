package suites_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/internal/semaphore"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// storyWorld is a store in memory, a queue whose messages stay there until the
// story delivers them, a worker, and a reconciler. Time stands still except for the
// story's waits.
type storyWorld struct {
	*testing.T
	blueprint  *flow.Blueprint
	store      *memory.Store
	queue      *storyQueue
	faults     *fault.Injector
	engine     *engine.Engine
	reconciler *engine.Reconciler
	now        time.Duration // since the story began
	ids        int

	message *storyMessage // the one being delivered
	depth   int           // of deliveries within a delivery
	log     []string      // of the current command
}

var storyBegan = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const storyRun = "run"

func newStoryWorld(t *testing.T) *storyWorld {
	w := &storyWorld{T: t, store: memory.NewStore(), queue: &storyQueue{}}
	w.faults = fault.NewInjector(w.store, w.queue)
	w.faults.Answered, w.faults.Redeliver, w.faults.Expire = w.answered, w.redeliver, w.expire
	return w
}

func (w *storyWorld) time() time.Time { return storyBegan.Add(w.now) }

// storyCode is the code that blueprints of stories name, beside the built-in nodes.
var storyCode = flow.Registry{
	"second time": flow.TaskFunc(func(_ context.Context, task *flow.Task, input any) (flow.Result, error) {
		if task.Attempt == 1 {
			return flow.Result{}, flow.WithCode(errors.New("not yet"), "busy")
		}
		return flow.Result{Output: input}, nil
	}),
}

// open gives the worker and the reconciler their blueprint.
func (w *storyWorld) open(b *flow.Blueprint) error {
	w.blueprint = b
	config := engine.Config{
		Blueprints: []*flow.Blueprint{b}, Middleware: []flow.Middleware{w.starts}, Events: w.told, Strands: 1, Spread: -1,
		Now: w.time, NewID: func() string { w.ids++; return fmt.Sprintf("id-%d", w.ids) }, Jitter: func() float64 { return 0 },
	}
	var err error
	if w.engine, err = engine.New(w.faults, w.faults, storyCode, config); err != nil {
		return err
	}
	config.Blueprints, config.Middleware = nil, nil
	sight := storySight{w.faults, w.store, w.store, w.queue}
	w.reconciler, err = engine.NewReconciler(sight, memory.NewLocks(w.time), sight, engine.ReconcilerConfig{Config: config})
	return err
}

// storySight is the store and the queue of a reconciler.
type storySight struct {
	*fault.Injector
	state.Directory
	state.Sweep
	state.Backlog
}

// say adds a line to the output.
func (w *storyWorld) say(format string, args ...any) {
	w.log = append(w.log, strings.Repeat("  ", w.depth)+fmt.Sprintf(format, args...))
}

// answered prints a request and its answer.
func (w *storyWorld) answered(a fault.Answer) {
	text := a.Request.String()
	if a.Detail != "" {
		text += " (" + w.edges(a.Detail) + ")"
	}
	switch {
	case errors.Is(a.Err, state.ErrConflict):
		text += " -> conflict"
	case a.Err != nil && a.Fault == "":
		text += " -> " + a.Err.Error()
	}
	if a.Fault != "" {
		text += "   <- " + string(a.Fault)
	}
	w.say("%s", text)
}

var edgeNumber = regexp.MustCompile(`\bedge (\d+)`)

// edges replaces the numbers of edges in a detail by their targets.
func (w *storyWorld) edges(detail string) string {
	return edgeNumber.ReplaceAllStringFunc(detail, func(match string) string {
		n, err := strconv.Atoi(strings.TrimPrefix(match, "edge "))
		if err != nil {
			return match
		}
		return "to " + w.blueprint.Edges[n].Target
	})
}

// starts prints the starts of node code.
func (w *storyWorld) starts(next flow.Handler) flow.Handler {
	return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		text := task.NodeID + " runs"
		if task.Attempt > 1 {
			text += fmt.Sprintf(", attempt %d", task.Attempt)
		}
		w.say("%s", text)
		return next.Handle(ctx, task)
	})
}

// told prints the events of messages whose work was done before.
func (w *storyWorld) told(event flow.Event) {
	if event.Kind == flow.StartIgnored || event.Kind == flow.DuplicateMessage {
		w.say("the engine tells: %s: %s", event.Kind, event.Reason)
	}
}

// deliver lets the worker handle a message.
func (w *storyWorld) deliver(m *storyMessage) {
	outer := w.message
	w.message = m
	w.depth++
	err := w.engine.Handle(semaphore.On(w.Context(), semaphore.Apart{}), m.received())
	w.depth--
	w.message = outer
	w.settle(m, err)
}

// settle prints the fate of a message, and deletes it if it is over. The message of
// a worker that has crashed comes back without it.
func (w *storyWorld) settle(m *storyMessage, err error) {
	_, rejected := errors.AsType[*flow.RejectError](err)
	held, isHeld := errors.AsType[*engine.HeldError](err)
	switch {
	case w.depth == 0 && w.faults.Revive():
		w.say("the worker has crashed")
	case err == nil:
		m.gone = true
		w.say("acknowledged")
	case rejected:
		m.gone = true
		w.say("%s", err)
	case isHeld:
		w.say("comes back, held until %s", held.Until.Sub(storyBegan))
	default:
		w.say("comes back: %s", err)
	}
}

// redeliver delivers the message under way once more.
func (w *storyWorld) redeliver(asNew bool) {
	m := *w.message
	if !asNew {
		m.receives++
	}
	w.say("a duplicate of %s is delivered", m.name)
	w.deliver(&m)
	w.message.gone = w.message.gone || m.gone
}

// expire lets every lease expire.
func (w *storyWorld) expire() {
	w.now += time.Minute + state.Skew
	w.say("every lease runs out")
}

// send puts a message into the queue from outside.
func (w *storyWorld) send(send func(*client.Client) error) error {
	before := len(w.queue.all)
	if err := send(client.New(w.queue, nil)); err != nil {
		return err
	}
	for _, m := range w.queue.all[before:] {
		w.say("sent: %s", m.name)
	}
	return nil
}
