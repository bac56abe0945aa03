package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// graph is a blueprint as the reference interpreter sees it: it includes the
// behaviour of the nodes' code, which the engine cannot know.
type graph struct {
	nodes     []*node // predecessors and primaries first
	edges     []*edge
	byID      map[string]*node
	writers   map[string][]*node // by context key
	blueprint *flow.Blueprint
	hash      string
	most      int // bytes that the inputs of a node, and the ends of a run, may have together; 0: more than there are
}

// node is a node and its code.
type node struct {
	id       string
	any      bool
	timeout  time.Duration // 0: the worker's default
	attempts int           // 0: one
	delay    time.Duration
	factor   float64
	maxDelay time.Duration
	jitter   bool
	fallback *node
	once     bool              // at most once
	recent   bool              // older workers lack its code
	name     string            // inputs, a name
	fields   map[string]string // inputs, an object

	primary *node
	sources []*node // distinct
	out     []*edge
	before  map[*node]bool // certainly resolved when this one runs

	fails            int // attempts that fail
	permanent        bool
	panics           bool
	hangs            bool // attempts that fail exceed the node's timeout
	kills            int  // executions that kill their worker
	actions          []string
	silent           bool // no output
	nondeterministic bool // each execution has a result of its own
	duration         time.Duration
	writes           []string
	deletes          []string
	reads            []string
	size             int  // bytes of the output, about; 0: few
	caught           bool // reads _catch_error
	mustMatch        bool // fails if none of its edges is taken
}

type edge struct {
	index          int
	source, target *node
	action         string
	otherwise      bool
	conditional    bool // as a blueprint from outside has it
	transforms     bool
	condition      *condition
	transform      *transform
}

func (n *node) isStart() bool { return len(n.sources) == 0 && n.primary == nil }
func (n *node) isSink() bool  { return len(n.out) == 0 && n.primary == nil }
func (n *node) isJoin() bool  { return len(n.sources) > 1 }
func (n *node) isAny() bool   { return n.any && n.isJoin() }

func (g *graph) add(n *node) *node {
	n.id = fmt.Sprintf("n%d", len(g.nodes))
	g.nodes = append(g.nodes, n)
	return n
}

func (g *graph) connect(source, target *node) *edge {
	e := &edge{index: len(g.edges), source: source, target: target}
	g.edges = append(g.edges, e)
	return e
}

// link computes the fields that follow from the edges and the fallbacks.
func (g *graph) link() {
	g.byID = map[string]*node{}
	for _, n := range g.nodes {
		g.byID[n.id] = n
		n.sources, n.out, n.before = nil, nil, nil
		if n.fallback != nil {
			n.fallback.primary = n
		}
	}
	for i, e := range g.edges {
		e.index = i
		e.source.out = append(e.source.out, e)
	}
	for _, e := range g.edges {
		from := e.source
		for stands := e.source.primary; stands != nil; stands = stands.primary {
			if stands.leadsTo(e.target) {
				from = stands
			}
		}
		if !slices.Contains(e.target.sources, from) {
			e.target.sources = append(e.target.sources, from)
		}
	}
	for _, n := range g.nodes {
		n.resolvedBefore()
	}
}

func (n *node) leadsTo(target *node) bool {
	return slices.ContainsFunc(n.out, func(e *edge) bool { return e.target == target })
}

// resolvedBefore returns the nodes that are done, failed or skipped whenever n
// runs: for an "any" join only those that all its predecessors have in common.
func (n *node) resolvedBefore() map[*node]bool {
	if n.before != nil {
		return n.before
	}
	n.before = map[*node]bool{}
	sources := n.sources
	if n.primary != nil {
		sources = []*node{n.primary}
	}
	count := map[*node]int{}
	for _, s := range sources {
		count[s]++
		for b := range s.resolvedBefore() {
			count[b]++
		}
	}
	for b, times := range count {
		if times == len(sources) || !n.isAny() {
			n.before[b] = true
		}
	}
	return n.before
}

// build makes the blueprint that the engine gets.
func (g *graph) build(version string) error {
	g.link()
	b := &flow.Blueprint{ID: "bp", Metadata: json.RawMessage(`{"version":"` + version + `"}`)}
	for _, n := range g.nodes {
		b.Nodes = append(b.Nodes, n.spec())
	}
	for _, e := range g.edges {
		spec := flow.Edge{Source: e.source.id, Target: e.target.id, Action: e.action, Otherwise: e.otherwise}
		if e.condition != nil {
			spec.Condition = e.condition.text
		}
		if e.transform != nil {
			spec.Transform = e.transform.text
		}
		b.Edges = append(b.Edges, spec)
	}
	hash, err := b.Hash()
	g.blueprint, g.hash = b, hash
	return err
}

// older returns a version of the blueprint that was deployed before, with the same
// nodes and edges: only its number differs, so that its runs pin another hash.
func (g *graph) older() *graph {
	return &graph{nodes: g.nodes, edges: g.edges, writers: g.writers, byID: g.byID, most: g.most}
}

func (n *node) spec() flow.Node {
	spec := flow.Node{ID: n.id, Uses: "work", Inputs: flow.Inputs{Name: n.name, Fields: n.fields}, Config: flow.NodeConfig{
		MaxRetries: n.attempts, RetryDelay: n.delay, Timeout: n.timeout,
	}}
	if n.recent {
		spec.Uses = "recent"
	}
	if n.factor > 0 || n.jitter {
		spec.Config.Backoff = &flow.Backoff{Factor: n.factor, MaxDelay: n.maxDelay, Jitter: n.jitter}
	}
	if n.fallback != nil {
		spec.Config.Fallback = n.fallback.id
	}
	if n.any {
		spec.Config.JoinStrategy = flow.JoinAny
	}
	if n.once {
		spec.Config.Semantics = flow.AtMostOnce
	}
	if n.mustLeadOn() {
		spec.Config.NoMatch = "fail"
	}
	return spec
}

// patient reports whether a retry may be too late for a queue's delay, so that it
// needs the reconciler.
func (g *graph) patient() bool {
	for _, n := range g.nodes {
		longest := n.wait(max(n.attempts-1, 1))
		if n.jitter {
			longest *= 2
		}
		if n.attempts > 1 && longest > state.MaxDelay {
			return true
		}
	}
	return false
}
