package flow

import "slices"

// wave is what follows from decisions: the tasks that are ready, the arrivals
// at joins, the ends that are reached. It is computed from recorded edges
// alone, so that it comes out the same however often it is.
type wave struct {
	plan     *plan
	scope    string
	ready    []string // nodes with one predecessor, or standing in for a failed node
	arrivals []*arrival
	ends     []string
	skipped  []string
	dead     []string // still to be propagated
}

// arrival is what reaches one join.
type arrival struct {
	node    string
	sources []string
	taken   []string
}

// newWave follows the recorded outcome of a task. A failed task must have a
// fallback: without one its run is over.
func newWave(p *plan, t TaskRecord) *wave {
	w := &wave{plan: p, scope: t.Scope}
	if t.State == TaskFailed {
		w.ready = []string{p.fallbackOf(t.Node)}
		return w
	}
	taken := takenTargets(p, t.Edges)
	for id := t.Node; id != ""; id = p.primary[id] {
		w.resolve(id, taken)
	}
	if unused := p.fallbackOf(t.Node); unused != "" {
		w.dead = append(w.dead, unused)
	}
	w.propagate()
	return w
}

func takenTargets(p *plan, edges []TakenEdge) map[string]bool {
	targets := map[string]bool{}
	for _, taken := range edges {
		targets[p.blueprint.Edges[taken.Index].Target] = true
	}
	return targets
}

// skip follows the death of a node: none of its edges will be taken.
func (w *wave) skip(node string) {
	w.dead = append(w.dead, node)
	w.propagate()
}

func (w *wave) propagate() {
	for len(w.dead) > 0 {
		node := w.dead[0]
		w.dead = w.dead[1:]
		w.skipped = append(w.skipped, node)
		w.resolve(node, nil)
		if fallback := w.plan.fallbackOf(node); fallback != "" {
			w.dead = append(w.dead, fallback)
		}
	}
}

// resolve says what became of all edges out of source.
func (w *wave) resolve(source string, taken map[string]bool) {
	for _, target := range w.plan.targets[source] {
		switch {
		case w.plan.isJoin(target):
			w.arrive(source, target, taken[target])
		case taken[target]:
			w.ready = append(w.ready, target)
		default:
			w.dead = append(w.dead, target)
		}
	}
	if w.plan.isSink(source) {
		w.ends = append(w.ends, sinkEnd(source))
	}
}

func (w *wave) arrive(source, target string, taken bool) {
	i := slices.IndexFunc(w.arrivals, func(a *arrival) bool { return a.node == target })
	if i < 0 {
		i = len(w.arrivals)
		w.arrivals = append(w.arrivals, &arrival{node: target})
	}
	a := w.arrivals[i]
	a.sources = append(a.sources, source)
	if taken {
		a.taken = append(a.taken, source)
	}
	if w.plan.isAnyJoin(target) {
		w.ends = append(w.ends, edgeEnd(source, target))
	}
}

// joinVerdict is where a join stands after an arrival.
type joinVerdict int

const (
	joinWaits joinVerdict = iota
	joinReady
	joinDead
)

// judge applies a join's rule to its sets as they stand after a's arrival. It
// comes out ready for every arrival that sees an "all" join complete, and for
// none but the first taken one at an "any" join, however often it arrives.
func (a *arrival) judge(p *plan, join Join) joinVerdict {
	full := len(join.Arrived) >= len(p.sources[a.node])
	switch {
	case full && len(join.Taken) == 0:
		return joinDead
	case p.isAnyJoin(a.node):
		if slices.Contains(a.taken, join.First) {
			return joinReady
		}
	case full:
		return joinReady
	}
	return joinWaits
}
