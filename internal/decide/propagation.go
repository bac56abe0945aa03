package decide

import (
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Propagation holds the consequences of decisions: the tasks that are ready, the arrivals
// at joins, the ends that are reached. It is computed from recorded edges alone, so that
// repeating it gives the same result.
type Propagation struct {
	Ready    []string   // nodes with one predecessor, or fallbacks of a failed node
	Arrivals []*Arrival // still to be written; Skip may add some
	Ends     []string
	Skipped  []string // dead nodes: no edge into them will be taken

	graph *Graph
	dead  []string // still to be propagated
}

// Arrival holds the sources that arrive at one join.
type Arrival struct {
	Node    string
	Sources []string
	Taken   []string
}

// Propagate follows the recorded outcome of a task. A failed task must have a fallback:
// without one its run is over.
func Propagate(p *Plan, t state.TaskRecord) *Propagation {
	g := p.Graph
	w := &Propagation{graph: g}
	if t.State == flow.TaskFailed {
		w.Ready = []string{g.FallbackOf(t.Node)} //rule:failure-fires-fallback
		return w
	}
	taken := takenTargets(g, t.Edges)
	for id := t.Node; id != ""; id = g.primary[id] { //rule:fallback-leads-on = id == t.Node
		w.resolve(id, taken)
	}
	if unused := g.FallbackOf(t.Node); unused != "" {
		w.dead = append(w.dead, unused) //rule:unused-fallback-dead
	}
	w.propagate()
	return w
}

func takenTargets(g *Graph, edges []state.TakenEdge) map[string]bool {
	targets := map[string]bool{}
	for _, taken := range edges {
		targets[g.Blueprint.Edges[taken.Index].Target] = true
	}
	return targets
}

// Skip returns the consequences of a join that is dead.
func Skip(p *Plan, node string) *Propagation {
	w := &Propagation{graph: p.Graph}
	w.Skip(node)
	return w
}

// Arrive returns the arrival of sources at a join, some of them by a taken edge.
func Arrive(p *Plan, join string, sources, taken []string) *Propagation {
	return &Propagation{graph: p.Graph, Arrivals: []*Arrival{{Node: join, Sources: sources, Taken: taken}}}
}

// Skip propagates a dead node: none of its edges will be taken.
func (w *Propagation) Skip(node string) {
	w.dead = append(w.dead, node)
	w.propagate()
}

func (w *Propagation) propagate() {
	for len(w.dead) > 0 {
		node := w.dead[0]
		w.dead = w.dead[1:]
		w.Skipped = append(w.Skipped, node)
		w.resolve(node, nil) //rule:dead-edges-propagate
		if fallback := w.graph.FallbackOf(node); fallback != "" {
			w.dead = append(w.dead, fallback) //rule:skipped-fallback-dead
		}
	}
}

// resolve records every edge out of source as taken or dead.
func (w *Propagation) resolve(source string, taken map[string]bool) {
	for _, target := range w.graph.targets[source] {
		switch {
		case w.graph.isJoin(target):
			w.arrive(source, target, taken[target])
		case taken[target]:
			w.Ready = append(w.Ready, target)
		default:
			w.dead = append(w.dead, target)
		}
	}
	if w.graph.isSink(source) {
		w.Ends = append(w.Ends, sinkEnd(source))
	}
}

func (w *Propagation) arrive(source, target string, taken bool) {
	i := slices.IndexFunc(w.Arrivals, func(a *Arrival) bool { return a.Node == target })
	if i < 0 {
		i = len(w.Arrivals)
		w.Arrivals = append(w.Arrivals, &Arrival{Node: target})
	}
	a := w.Arrivals[i]
	a.Sources = append(a.Sources, source)
	if taken {
		a.Taken = append(a.Taken, source)
	}
	if w.graph.IsAnyJoin(target) { //rule:any-join-edges-are-ends
		w.Ends = append(w.Ends, edgeEnd(source, target))
	}
}

// sinkEnd and edgeEnd return the name of one end of a run.
func sinkEnd(id string) string { return "sink#" + state.EscapeKey(id) }

func edgeEnd(source, target string) string {
	return "edge#" + state.EscapeKey(source) + "#" + state.EscapeKey(target)
}

// JoinState is the state of a join after an arrival.
type JoinState int

// The states of a join.
const (
	JoinWaits JoinState = iota
	JoinReady
	JoinDead // all its edges are dead
)
