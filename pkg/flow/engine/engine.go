package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/flowcraft-go/flowcraft/internal/semaphore"
	"github.com/flowcraft-go/flowcraft/internal/turns"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Engine runs blueprints: it handles the messages of a queue over a store.
// It is safe for concurrent use, and keeps no state of runs.
type Engine struct {
	store    state.Store
	sender   state.Sender
	registry flow.Registry
	config   Config
	latest   map[string]*program // by blueprint id: the versions that new runs are started with
	pinned   sync.Map            // by hash: *program
	stored   sync.Map            // the hashes whose bodies are in the store

	places    *semaphore.Semaphore // of sessions that work in parallel
	memory    *semaphore.Semaphore // bytes of inputs and outcomes
	recording *semaphore.Semaphore // bytes of outcomes that are being recorded
	encoders  turns.Turns

	stragglers stragglers

	performs bool // tasks: a reconciler's engine does not
}

// New checks the configuration and every blueprint, and returns the engine or all
// errors together: [*ConfigError], and for a blueprint [*flow.InvalidError]. sender
// must send to the queue whose messages the engine is given.
func New(store state.Store, sender state.Sender, registry flow.Registry, config Config) (*Engine, error) {
	config = config.withDefaults()
	e := newEngine(store, sender, registry, config)
	errs := []error{config.validate()}
	e.performs = true
	for _, b := range config.Blueprints {
		errs = append(errs, e.add(b))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return e, nil
}

// newEngine returns an engine without blueprints; the configuration is complete.
func newEngine(store state.Store, sender state.Sender, registry flow.Registry, config Config) *Engine {
	return &Engine{
		store: store, sender: sender, registry: registry, config: config,
		latest: make(map[string]*program, len(config.Blueprints)),
		places: semaphore.New(max(config.Parallel, 1)), memory: semaphore.New(config.Memory / 2), recording: semaphore.New(config.Memory / 8),
		encoders: turns.New(2),
	}
}

// Handle handles one message; handling it again is always safe. Its error decides
// about the message. nil: it may be deleted. [*flow.RejectError]: it can never be
// handled and belongs with the dead letters. [*HeldError]: it must come back, not
// before Until. [ErrNoTime]: it must come back soon. Any other error: it must come
// back.
//
// A message's task is claimed, executed and committed. Then the tasks that follow from
// the recorded outcome are sent, except for one, which goes on here.
func (e *Engine) Handle(ctx context.Context, m state.Message) error {
	body, err := flow.ParseMessage(m.Body)
	if err != nil {
		return err
	}
	body.Traceparent = m.Traceparent(body) // as it is sent again
	own := m.Own(e.config.Role) && !m.Intake
	m = m.Settled(e.config.Role)
	if kind := body.Kind(); m.Intake && kind != flow.TypeStart && kind != flow.TypeCancel { //rule:intake-takes-no-jobs
		return rejected("the intake queue takes starts, and cancels of the sender's own runs, and no %s messages", kind)
	}
	if !own { // a foreign count must not fail the run
		body.Hops = 0
	}
	if id := m.OriginalID(); len(id) > state.MaxMessageID {
		return rejected("the message's %s has %d bytes: at most %d are possible", state.AttributeID, len(id), state.MaxMessageID)
	}
	d := e.deliver(ctx, m, body)
	if err := d.session.turn.take(ctx, d.patience()); err != nil {
		return verdict(d.kept(ctx, comeBack{err}))
	}
	defer d.session.turn.giveBack()
	defer d.session.reader.share.giveBack()
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	a := newStrand(d.session).handle(ctx, d.open(ctx))
	return verdict(d.kept(ctx, d.damaged(ctx, a)))
}
