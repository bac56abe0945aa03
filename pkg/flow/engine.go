package flow

import "context"

// Engine runs blueprints: it handles the messages of a queue over a store.
// It is safe for concurrent use.
type Engine struct {
	*Client
	store  Store
	config Config
}

// New checks the configuration and every blueprint, and returns the engine or
// all faults together.
func New(store Store, queue Queue, registry Registry, config Config) (*Engine, error) {
	panic("not yet")
}

// Handle handles one message. nil: it may be deleted. A [*RejectError]: it can
// never be handled, and belongs into the dead-letter queue. A [*HeldError]: it
// must come back, not before Until. Any other error: it must come back.
func (e *Engine) Handle(ctx context.Context, m Message) error {
	panic("not yet")
}
