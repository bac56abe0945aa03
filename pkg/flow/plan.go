package flow

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/internal/expression"
)

// plan is a blueprint compiled for execution: immutable, and shared by all
// handlings of runs that pin it.
type plan struct {
	*graph
	hash  string
	body  []byte
	steps map[string]*step
	edges []edgeCode
	ends  int // how many there are: the run is over when all are resolved
}

// step is a node compiled.
type step struct {
	node     *Node
	handler  Handler // nil: this worker lacks it
	programs []*expression.Program
	timeout  time.Duration
	reads    reads
	decides  bool // an edge that the node decides has an expression
}

// edgeCode is an edge's expressions compiled; nil where it has none.
type edgeCode struct {
	condition, transform *expression.Program
}

// reads is what a node, and the decision after it, may need to know.
type reads struct {
	tasks []string // node ids
	keys  []string // context keys
	input bool     // the run's input
}

// newPlan compiles a valid blueprint. Nodes whose code the registry lacks are
// left without: another worker may have it.
func newPlan(b *Blueprint, registry Registry, middleware []Middleware, nodeTimeout time.Duration) (*plan, error) {
	body, err := b.Body()
	if err != nil {
		return nil, err
	}
	hash, err := b.Hash()
	if err != nil {
		return nil, err
	}
	p := &plan{graph: newGraph(b), hash: hash, body: body, steps: make(map[string]*step, len(b.Nodes))}
	names := b.names()
	for i := range b.Edges {
		code, err := compileEdge(b.Edges[i], names)
		if err != nil {
			return nil, fmt.Errorf("blueprint %s: edges[%d]: %w", b.ID, i, err)
		}
		p.edges = append(p.edges, code)
	}
	for i := range b.Nodes {
		node := &b.Nodes[i]
		s := &step{node: node, timeout: cmp.Or(node.Config.Timeout, nodeTimeout)}
		if err := s.bind(registry, middleware, names); err != nil {
			return nil, fmt.Errorf("blueprint %s: nodes[%d]: %w", b.ID, i, err)
		}
		p.steps[node.ID] = s
	}
	for id, s := range p.steps {
		s.reads, s.decides = p.readsOf(id), p.decidesByExpression(id)
	}
	p.ends = len(p.endNames())
	return p, nil
}

func compileEdge(e Edge, names expression.Names) (code edgeCode, err error) {
	if e.Condition != "" {
		if code.condition, err = names.Compile(e.Condition); err != nil {
			return code, err
		}
	}
	if e.Transform != "" {
		code.transform, err = names.Compile(e.Transform)
	}
	return code, err
}

// bind finds the node's code.
func (s *step) bind(registry Registry, middleware []Middleware, names expression.Names) error {
	handler := registry[s.node.Uses]
	if b, ok := implementation(s.node.Uses, registry, names); ok {
		prepared, issues := b.prepare(s.node.Params)
		if len(issues) > 0 {
			return &InvalidError{Issues: issues}
		}
		handler, s.programs = prepared.handler, prepared.programs
	}
	if handler == nil {
		return nil
	}
	for _, wrap := range slices.Backward(middleware) {
		handler = wrap(handler)
	}
	s.handler = handler
	return nil
}

// fallbackOf is the node that stands in for id, or "".
func (p *plan) fallbackOf(id string) string { return p.nodes[id].Config.Fallback }

// readsOf collects a node's read set: what its input is made of, what its
// expressions and those of the edges it decides use, and what proves that a
// message for it is due.
func (p *plan) readsOf(id string) reads {
	c := readCollector{plan: p, tasks: map[string]bool{}, keys: map[string]bool{}}
	c.inputOf(id)
	c.programs(p.steps[id].programs...)
	for stands := id; stands != ""; stands = p.primary[stands] {
		c.decision(stands)
	}
	return reads{slices.Sorted(maps.Keys(c.tasks)), slices.Sorted(maps.Keys(c.keys)), c.input}
}

// decidesByExpression reports whether an edge of the node, or of those that it
// stands in for, has an expression.
func (p *plan) decidesByExpression(id string) bool {
	for ; id != ""; id = p.primary[id] {
		for _, i := range p.out[id] {
			if p.edges[i] != (edgeCode{}) {
				return true
			}
		}
	}
	return false
}

type readCollector struct {
	plan  *plan
	tasks map[string]bool
	keys  map[string]bool
	input bool
}

func (c *readCollector) inputOf(id string) {
	p := c.plan
	if p.isStart(id) {
		c.input = true
	}
	for _, source := range p.sources[id] {
		c.task(source)
	}
	inputs := p.nodes[id].Inputs
	c.name(inputs.Name)
	for _, name := range inputs.Fields {
		c.name(name)
	}
	if primary := p.primary[id]; primary != "" {
		c.task(primary)
		c.inputOf(primary)
	}
}

// decision is what the edges out of id need.
func (c *readCollector) decision(id string) {
	for _, i := range c.plan.out[id] {
		code := c.plan.edges[i]
		c.programs(code.condition, code.transform)
		if code.transform != nil {
			c.name(c.plan.nodes[c.plan.blueprint.Edges[i].Target].Inputs.Name)
		}
	}
}

// task adds a node's record, with those of the nodes that may stand in for it.
func (c *readCollector) task(id string) {
	for ; id != "" && c.plan.nodes[id] != nil && !c.tasks[id]; id = c.plan.fallbackOf(id) {
		c.tasks[id] = true
	}
}

// key adds a context key. None is longer than what can be written; but the
// run's input may have such a key.
func (c *readCollector) key(key string) {
	c.input = true
	if len(key) <= maxIDLength {
		c.keys[key] = true
	}
}

func (c *readCollector) name(name string) {
	for candidate := range nameCandidates(name) {
		c.key(candidate)
		if !strings.HasPrefix(name, "_") || strings.HasPrefix(name, outputKey) {
			c.task(strings.TrimPrefix(candidate, outputKey))
		}
	}
}

func (c *readCollector) programs(programs ...*expression.Program) {
	for _, program := range programs {
		if program == nil {
			continue
		}
		refs := program.Refs()
		for _, name := range refs.Names {
			c.key(name)
			c.task(name)
		}
		for _, key := range refs.Context {
			c.key(key)
			c.task(strings.TrimPrefix(key, outputKey))
		}
		for _, id := range refs.Outputs {
			c.task(id)
		}
		c.input = c.input || refs.RunInput
	}
}
