package decide

import (
	"maps"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Reads lists the records and keys that a node, and the decision after it, may need.
type Reads struct {
	Tasks []string // node ids
	Edges []int    // of their edges, those that lead to the node
	Keys  []string // context keys
	Input bool     // the run's input
}

// Reads returns the records and keys that a node, and the decision after it, may need: the
// values its input is made of, those that its expressions and its edges' expressions use,
// and the records that prove that a message for it is due. It is made for each call: those
// of all nodes together may be as large as the square of their number.
func (p *Plan) Reads(id string) Reads {
	c := readCollector{plan: p, graph: p.Graph, tasks: map[string]bool{}, edges: []int{}, keys: map[string]bool{}}
	c.inputOf(id)
	c.programs(p.programs[id]...)
	for stands := id; stands != ""; stands = p.Graph.primary[stands] {
		c.decision(stands)
	}
	c.failures(id)
	return Reads{slices.Sorted(maps.Keys(c.tasks)), c.edges, slices.Sorted(maps.Keys(c.keys)), c.input}
}

type readCollector struct {
	plan  *Plan
	graph *Graph
	tasks map[string]bool
	edges []int
	keys  map[string]bool
	input bool
}

// inputOf adds the values that a node's input is made of: a fallback's are those of the
// node that it stands in for.
func (c *readCollector) inputOf(id string) {
	id = c.graph.inputOwner(id)
	if c.graph.IsStart(id) {
		c.input = true
	}
	for _, source := range c.graph.sources[id] {
		c.task(source)
	}
	c.edges = append(c.edges, c.graph.in[id]...)
	inputs := c.graph.nodes[id].Inputs
	c.name(inputs.Name)
	for _, name := range inputs.Fields {
		c.name(name)
	}
}

// failures adds the records of which a fallback needs no outcome: that of the failed node,
// and the one that says which source fired its input. It must come last, since a record
// whose outcome is needed brings those of its fallbacks along.
func (c *readCollector) failures(id string) {
	if primary := c.graph.primary[id]; primary != "" {
		c.tasks[primary] = true
	}
	if owner := c.graph.inputOwner(id); owner != id {
		c.tasks[owner] = true
	}
}

// decision adds the values that the edges out of id need.
func (c *readCollector) decision(id string) {
	for _, i := range c.graph.out[id] {
		code := c.plan.edges[i]
		c.programs(code.condition, code.transform)
		if code.transform != nil {
			c.name(c.graph.nodes[c.graph.Blueprint.Edges[i].Target].Inputs.Name)
		}
	}
}

// task adds a node's record, and those of its fallbacks.
func (c *readCollector) task(id string) {
	for ; id != "" && c.graph.nodes[id] != nil && !c.tasks[id]; id = c.graph.FallbackOf(id) {
		c.tasks[id] = true
	}
}

// key adds a context key. A key too long to be written may still be a key of the run's
// input.
func (c *readCollector) key(key string) {
	c.input = true
	if len(key) <= flow.MaxIDLength {
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
