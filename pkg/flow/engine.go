package flow

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Engine runs blueprints: it handles the messages of a queue over a store.
// It is safe for concurrent use, and keeps no state of runs.
type Engine struct {
	*Client
	store    Store
	registry Registry
	config   Config
	latest   map[string]*plan // by blueprint id: what new runs are started with
	pinned   sync.Map         // by hash: *plan
	stored   sync.Map         // the hashes whose bodies are in the store
}

// New checks the configuration and every blueprint, and returns the engine or
// all faults together (of a blueprint: an [*InvalidError]).
func New(store Store, queue Queue, registry Registry, config Config) (*Engine, error) {
	config = config.withDefaults()
	e := newEngine(store, queue, registry, config)
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
func newEngine(store Store, queue Queue, registry Registry, config Config) *Engine {
	return &Engine{
		Client: &Client{queue: queue, newID: config.NewID}, store: store, registry: registry, config: config,
		latest: make(map[string]*plan, len(config.Blueprints)),
	}
}

func (e *Engine) add(b *Blueprint) error {
	if err := Validate(b, e.registry); err != nil {
		return err
	}
	if e.latest[b.ID] != nil {
		return fmt.Errorf("blueprint %s is given twice", b.ID)
	}
	p, err := newPlan(b, e.registry, e.config.Middleware, e.config.NodeTimeout)
	if err != nil {
		return err
	}
	for _, node := range b.Nodes {
		if s := p.steps[node.ID]; s.timeout > e.config.longestNode() {
			return fmt.Errorf("blueprint %s: node %s: its timeout is %s, but the function's timeout of %s leaves %s for a node: lower the one or raise the other (FLOW_TIMEOUT)",
				b.ID, node.ID, s.timeout, e.config.Timeout, e.config.longestNode())
		}
	}
	e.latest[b.ID] = p
	e.pinned.Store(p.hash, p)
	return nil
}

// Handle handles one message; handling it again is always safe. nil: it may be
// deleted. A [*RejectError]: it can never be handled and belongs into the
// dead-letter queue. A [*HeldError]: it must come back, not before Until.
// [ErrNoTime]: it must come back, and soon. Any other error: it must come back.
//
// A message's task is claimed, executed and committed; then whatever follows
// from the recorded outcome is sent, but for one task, which goes on here.
func (e *Engine) Handle(ctx context.Context, m Message) error {
	body, err := ParseBody(m.Body)
	if err != nil {
		return err
	}
	h := e.begin(ctx, m, body)
	next, err := h.open(ctx)
	for next != nil && err == nil {
		next, err = h.step(ctx, next)
	}
	return err
}

// open finds the task that the message is about; nil when there is nothing
// left to do.
func (h *handling) open(ctx context.Context) (*work, error) {
	switch h.body.kind() {
	case TypeStart:
		return h.start(ctx)
	case TypeJob:
		return h.job(ctx)
	case TypeCancel:
		return nil, h.cancel(ctx)
	default:
		return nil, h.notYet(fmt.Errorf("%s message of run %s: this worker's version has no waiting nodes and no redrive: deploy a newer one", h.body.kind(), h.body.RunID))
	}
}

// step brings one task to its recorded outcome and leads on from there. It
// returns the task that goes on under this message, if one does.
func (h *handling) step(ctx context.Context, w *work) (*work, error) {
	record, mine, err := h.perform(ctx, w)
	if err != nil || record == nil {
		return nil, err
	}
	ready, err := h.leadOn(ctx, *record)
	if err != nil {
		return nil, err
	}
	if mine {
		return h.passOn(ctx, ready)
	}
	return h.walk(ctx, ready)
}

// planOf returns the compiled blueprint of a hash, reading its body from the
// store once per sandbox.
func (e *Engine) planOf(ctx context.Context, hash string) (*plan, error) {
	if p, ok := e.pinned.Load(hash); ok {
		return p.(*plan), nil
	}
	snapshot, err := e.store.Load(ctx, ReadSet{Blueprint: hash})
	if err != nil {
		return nil, fmt.Errorf("load blueprint %s: %w", hash, err)
	}
	if snapshot.Blueprint == nil {
		return nil, fmt.Errorf("blueprint %s: its body is not in the context table: %w", hash, ErrNotFound)
	}
	b, err := ParseBlueprint(snapshot.Blueprint)
	if err != nil {
		return nil, fmt.Errorf("blueprint %s: %w", hash, err)
	}
	p, err := newPlan(b, e.registry, e.config.Middleware, e.config.NodeTimeout)
	if err != nil {
		return nil, err
	}
	for _, s := range p.steps { // the function's timeout may have been lowered since the run began
		s.timeout = min(s.timeout, e.config.longestNode())
	}
	e.pinned.Store(hash, p)
	return p, nil
}
