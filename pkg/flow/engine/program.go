package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// program is a blueprint as this worker runs it: its plan, and the code of its
// nodes. It is immutable, and shared by all sessions of runs that pin it.
type program struct {
	plan *decide.Plan
	code map[string]nodeCode // by node
}

// nodeCode holds the code of one node, and its settings.
type nodeCode struct {
	handler   flow.Handler // nil: this worker lacks it
	timeout   time.Duration
	evaluates bool                // it has expressions
	key       *expression.Program // of its idempotency key; nil: that of the run and the node
	pace      *pace
}

// newProgram compiles a valid blueprint. Nodes that the registry does not implement
// have no code: another worker may have it.
func (e *Engine) newProgram(b *flow.Blueprint) (*program, error) {
	p := &program{code: make(map[string]nodeCode, len(b.Nodes))}
	programs, names := make(map[string][]*expression.Program), b.Names()
	for i, node := range b.Nodes {
		handler, evaluates, err := e.prepare(b, i, names)
		if err != nil {
			return nil, fmt.Errorf("blueprint %s: nodes[%d]: %w", b.ID, i, err)
		}
		if handler != nil {
			for _, wrap := range slices.Backward(e.config.Middleware) {
				handler = wrap(handler)
			}
		}
		key, err := compileKey(node, names)
		if err != nil {
			return nil, fmt.Errorf("blueprint %s: nodes[%d]: %w", b.ID, i, err)
		}
		if key != nil {
			evaluates = append(evaluates, key)
		}
		programs[node.ID] = evaluates
		p.code[node.ID] = nodeCode{handler, cmp.Or(node.Config.Timeout, e.config.NodeTimeout), len(evaluates) > 0, key, &pace{}}
	}
	var err error
	p.plan, err = decide.Compile(b, programs)
	return p, err
}

// prepare returns the code of a node. A reconciler has none: a worker's registry may have a
// node of its own under a built-in's name, with other parameters.
func (e *Engine) prepare(b *flow.Blueprint, i int, names expression.Names) (flow.Handler, []*expression.Program, error) {
	if !e.performs {
		return nil, nil, nil
	}
	return e.registry.Prepare(b, i, names)
}

// add makes a blueprint available to new runs.
func (e *Engine) add(b *flow.Blueprint) error {
	if err := flow.Validate(b, e.registry); err != nil {
		return err
	}
	if e.latest[b.ID] != nil {
		return fmt.Errorf("blueprint %s is given twice", b.ID)
	}
	p, err := e.newProgram(b)
	if err != nil {
		return err
	}
	life := e.config.life(b)
	for i, node := range b.Nodes {
		if max(node.Config.RetryDelay, node.Config.Timeout) > life {
			return fmt.Errorf("blueprint %s: nodes[%d] (%s): its timeout or its retryDelay does not fit into a run, which may take %s: set metadata.timeout", b.ID, i, node.ID, life)
		}
		if timeout, longest := p.code[node.ID].timeout, e.config.longestNode(); timeout > longest {
			return &ConfigError{[]string{"Timeout"}, fmt.Sprintf("blueprint %s: node %s: its timeout is %s, but the worker's timeout of %s leaves %s for a node: lower the one or raise the other",
				b.ID, node.ID, timeout, e.config.Timeout, longest)}
		}
	}
	e.latest[b.ID] = p
	e.pinned.Store(p.plan.Hash, p)
	return nil
}

// programOf returns the compiled blueprint that a run pins. Its body is read from
// the store once per worker.
func (e *Engine) programOf(ctx context.Context, key state.BlueprintKey) (*program, error) {
	if p, ok := e.pinned.Load(key.Hash); ok {
		return p.(*program), nil
	}
	snapshot, err := e.store.Load(ctx, state.ReadSet{Blueprint: key})
	if err != nil {
		return nil, fmt.Errorf("load blueprint %s (%s): %w", key.ID, key.Hash, err)
	}
	if snapshot.Blueprint == nil {
		return nil, fmt.Errorf("blueprint %s (%s): its body is not stored: %w", key.ID, key.Hash, flow.ErrNotFound)
	}
	b, err := flow.ParseBlueprint(snapshot.Blueprint)
	if err != nil {
		return nil, fmt.Errorf("blueprint %s (%s): %w", key.ID, key.Hash, err)
	}
	p, err := e.newProgram(b)
	if err != nil {
		return nil, err
	}
	for id, code := range p.code { // the worker's timeout may have been lowered since the run began
		code.timeout = min(code.timeout, e.config.longestNode()) //rule:pinned-timeout-clamped
		p.code[id] = code
	}
	e.pinned.Store(key.Hash, p)
	return p, nil
}

// keep stores the blueprint that a new run pins, and the start with this version,
// once per worker.
func (e *Engine) keep(ctx context.Context, p *program) error {
	plan, b := p.plan, p.plan.Graph.Blueprint
	if _, ok := e.stored.Load(plan.Hash); ok {
		return nil
	}
	// Key: the blueprint's id and hash. No condition: the hash identifies the body,
	// and of several last starts any will do. Effect: the body is there, and this
	// version is the current one.
	if _, err := e.store.Commit(ctx, state.Transition{Blueprint: &state.BlueprintVersion{
		BlueprintKey: state.BlueprintKey{ID: b.ID, Hash: plan.Hash}, Version: b.Version(), Body: plan.Body, StartedAt: e.config.Now(),
	}}); err != nil {
		return fmt.Errorf("store blueprint %s: %w", b.ID, err)
	}
	e.stored.Store(plan.Hash, true)
	return nil
}
