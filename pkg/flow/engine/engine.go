package engine

import (
	"context"
	"errors"
	"sync"

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
	slots    slots
	memory   *memory
	copier   *copier
	latest   map[string]*program // by blueprint id: the versions that new runs are started with
	pinned   sync.Map            // by hash: *program
	stored   sync.Map            // the hashes whose bodies are in the store

	stragglers stragglers
}

// New checks the configuration and every blueprint, and returns the engine or all
// errors together: [*ConfigError], and for a blueprint [*flow.InvalidError]. sender
// must send to the queue whose messages the engine is given.
func New(store state.Store, sender state.Sender, registry flow.Registry, config Config) (*Engine, error) {
	config = config.withDefaults()
	e := newEngine(store, sender, registry, config)
	errs := []error{config.validate()}
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
		store: store, sender: sender, registry: registry, config: config, slots: newSlots(config.Parallel), memory: newMemory(config.Memory / 2), copier: newCopier(config.Parallel),
		latest: make(map[string]*program, len(config.Blueprints)),
	}
}

// Handle handles one message; handling it again is always safe. Its error decides
// about the message. nil: it may be deleted. [*flow.RejectError]: it can never be
// handled and belongs with the dead letters. [*HeldError]: it must come back, not
// before Until. [ErrNoTime]: it must come back soon, alone. Any other error: it must come
// back.
//
// A message's task is claimed, executed and committed. Then the tasks that follow from
// the recorded outcome are sent, except for one, which goes on here.
func (e *Engine) Handle(ctx context.Context, m state.Message) error {
	body, err := flow.ParseMessage(m.Body)
	if err != nil {
		return err
	}
	if id := m.OriginalID(); len(id) > state.MaxMessageID {
		return rejected("the message's %s has %d bytes: at most %d are possible", state.AttributeID, len(id), state.MaxMessageID)
	}
	d := e.deliver(ctx, m, body)
	if err := e.slots.take(ctx, d.patience()); err != nil {
		return verdict(d.kept(ctx, d.unbegun(ctx, comeBack{err})))
	}
	defer e.slots.giveBack()
	defer d.session.reader.giveBack()
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	a := newStrand(d.session, m.Receives > 1).run(ctx, d.open(ctx))
	return verdict(d.kept(ctx, d.unbegun(ctx, d.damaged(ctx, a))))
}
