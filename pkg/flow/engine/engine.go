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
	sender   flow.Sender
	registry flow.Registry
	config   Config
	latest   map[string]*program // by blueprint id: what new runs are started with
	pinned   sync.Map            // by hash: *program
	stored   sync.Map            // the hashes whose bodies are in the store
}

// New checks the configuration and every blueprint, and returns the engine or
// all faults together: [*ConfigError], and of a blueprint [*flow.InvalidError].
// It sends through sender to the queue whose messages it is given.
func New(store state.Store, sender flow.Sender, registry flow.Registry, config Config) (*Engine, error) {
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

// newEngine is an engine without blueprints; the configuration is complete.
func newEngine(store state.Store, sender flow.Sender, registry flow.Registry, config Config) *Engine {
	return &Engine{
		store: store, sender: sender, registry: registry, config: config,
		latest: make(map[string]*program, len(config.Blueprints)),
	}
}

// Handle handles one message; handling it again is always safe. nil: it may be
// deleted. A [*flow.RejectError]: it can never be handled and belongs with the
// dead letters. A [*HeldError]: it must come back, not before Until.
// [ErrNoTime]: it must come back, and soon. Any other error: it must come back.
//
// A message's task is claimed, executed and committed; then the tasks that
// follow from the recorded outcome are sent, but for one, which goes on here.
func (e *Engine) Handle(ctx context.Context, m state.Message) error {
	body, err := flow.ParseMessage(m.Body)
	if err != nil {
		return err
	}
	d := e.deliver(ctx, m, body)
	return verdict(newStrand(d.session, m.Receives > 1).run(ctx, d.open(ctx)))
}
