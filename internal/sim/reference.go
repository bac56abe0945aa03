package sim

import (
	"context"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// reference computes the outcome of every node of a run. It asks its oracle only
// for results that a blueprint leaves open.
type reference struct {
	*walk
	seed   uint64
	runID  string
	input  any
	oracle oracle
	known  map[*node]*decided
	order  *order
}

// oracle knows the results that blueprint, input and attempts do not determine.
type oracle interface {
	// firedBy returns the source that fired an "any" join; nil if the join has not
	// run.
	firedBy(n *node) *node
	// given returns an outcome that only the record can tell; false if there is
	// none.
	given(n *node) (*decided, bool)
	// timedOut reports whether an attempt took longer than it may, which only the record
	// can tell.
	timedOut(n *node, attempt int) bool
}

func newReference(g *graph, seed uint64, runID string, input any, o oracle) *reference {
	r := &reference{seed: seed, runID: runID, input: input, oracle: o, known: map[*node]*decided{}, order: &order{g, map[*node]int{}}}
	r.walk = newWalk(g, r.of)
	return r
}

// of returns the outcome of a node; nil if nothing leads to it.
func (r *reference) of(n *node) *decided {
	if d, ok := r.known[n]; ok {
		return d
	}
	if r.routing(n) != led {
		r.known[n] = nil
		return nil
	}
	r.known[n] = nil // while it runs: a fallback that reads its primary finds nothing
	r.known[n] = r.perform(n)
	return r.known[n]
}

const maxStarts = 5

// perform returns the outcome of a node's attempts.
func (r *reference) perform(n *node) *decided {
	if d, ok := r.oracle.given(n); ok {
		if d != nil && !d.failed {
			r.route(n, d)
		}
		return d
	}
	if r.inputsTooLarge(n) {
		return &decided{result: result{code: flow.CodeValueTooLarge}, failed: true, failures: 1}
	}
	if n.kills >= maxStarts || n.once && n.kills > 0 {
		return &decided{result: result{code: "worker_died"}, failed: true, failures: 1}
	}
	input, seen := r.inputOf(n), r.seenBy(n)
	for attempt := 1; ; attempt++ {
		d := &decided{result: n.outcome(r.seed, r.runID, attempt, input, seen, 0), failures: attempt - 1}
		late := r.oracle.timedOut(n, attempt)
		if late {
			d.result = result{err: context.DeadlineExceeded, code: flow.CodeTimeout}
		}
		if d.err == nil {
			r.route(n, d)
			if n.unmatched(d) {
				return &decided{result: result{code: state.CodeNoMatch}, failed: true, failures: attempt}
			}
			return d
		}
		if n.permanent && attempt <= n.fails && !late || attempt >= max(n.attempts, 1) {
			d.failed, d.failures = true, attempt
			return d
		}
	}
}

// route decides the edges of a node, and of those that it stands in for.
func (r *reference) route(n *node, d *decided) {
	named := func(id string) any {
		for stands := n; stands != nil; stands = stands.primary {
			if stands.id == id {
				return d.output
			}
		}
		value, _ := r.output(id)
		return value
	}
	key := func(key string) any {
		if value, ok := d.writes[key]; ok {
			return value
		}
		if slices.Contains(n.deletes, key) {
			return nil
		}
		value, _ := r.key(key)
		return value
	}
	s := scope{output: d.output, action: d.action, input: d.output, named: named, key: key, run: r.input}
	for stands := n; stands != nil; stands = stands.primary {
		edges := holding(stands.out, d.action, false, s)
		if len(edges) == 0 && d.action != "" {
			edges = holding(stands.out, "", false, s)
		}
		if len(edges) == 0 {
			edges = holding(stands.out, "", true, s)
		}
		d.taken = append(d.taken, edges...)
	}
	slices.SortFunc(d.taken, func(a, b taken) int { return a.edge.index - b.edge.index })
}

// mustLeadOn reports whether a result of the node, or of one that stands in for it, must
// take one of its edges. The reference has no rule for that if the result is not its own.
func (n *node) mustLeadOn() bool {
	for stands := n; stands != nil; stands = stands.fallback {
		if stands.nondeterministic {
			return false
		}
	}
	return n.mustMatch
}

// unmatched reports whether the node, or one that it stands in for, must lead on, and does
// not.
func (n *node) unmatched(d *decided) bool {
	for stands := n; stands != nil; stands = stands.primary {
		leads := func(t taken) bool { return t.edge.source == stands }
		if stands.mustLeadOn() && len(stands.out) > 0 && !slices.ContainsFunc(d.taken, leads) {
			return true
		}
	}
	return false
}

func holding(edges []*edge, action string, otherwise bool, s scope) (found []taken) {
	for _, e := range edges {
		if e.action != action || e.otherwise != otherwise || e.condition != nil && !e.condition.holds(s) {
			continue
		}
		t := taken{edge: e}
		if e.transform != nil && e.target.fields == nil {
			t.value, t.has = e.transform.eval(s), true
		}
		found = append(found, t)
	}
	return found
}

// output returns the value under a node's id.
func (r *reference) output(id string) (any, bool) {
	n := r.graph.byID[id]
	if n == nil {
		return nil, false
	}
	d := r.decider(n)
	if d == nil || !d.has {
		return nil, false
	}
	return d.output, true
}

// key returns a context key's value once all its writers are resolved.
func (r *reference) key(key string) (value any, ok bool) {
	if last := r.lastWriter(key); last != nil {
		value, ok = last.writes[key]
		return value, ok
	}
	if fields, isObject := r.input.(map[string]any); isObject {
		value, ok = fields[key]
	}
	return value, ok
}

// lastWriter returns the result of the node whose write to a context key stands.
func (r *reference) lastWriter(key string) (result *decided) {
	var last *node
	for _, writer := range r.graph.writers[key] {
		d := r.of(writer)
		if d == nil || d.failed || last != nil && r.order.after(last, writer) {
			continue
		}
		last, result = writer, d
	}
	return result
}

// named resolves a name of inputs; a leading _ means a context key.
func (r *reference) named(name string) any {
	if !strings.HasPrefix(name, "_") {
		if value, ok := r.output(name); ok {
			return value
		}
	}
	if value, ok := r.key(name); ok {
		return value
	}
	if n := len(name) - 2; n > 0 && name[n:] == ".v" {
		return member(r.named(name[:n]), "v")
	}
	return nil
}

func (r *reference) inputOf(n *node) any {
	switch {
	case n.fields != nil:
		fields := map[string]any{}
		for field, name := range n.fields {
			fields[field] = r.named(name)
		}
		return fields
	case n.name != "":
		return r.named(n.name)
	case n.primary != nil:
		return r.inputOf(n.primary)
	case n.isStart():
		return r.input
	case n.isAny():
		return r.carried(r.fired(n), n)
	case len(n.sources) == 1:
		return r.carried(n.sources[0], n)
	}
	values := map[string]any{}
	for _, source := range n.sources {
		if edges, _ := r.edges(source, n); len(edges) > 0 {
			values[source.id] = r.carried(source, n)
		}
	}
	return values
}

// fired returns the source that fired an "any" join; any source if it never ran.
func (r *reference) fired(n *node) *node {
	if source := r.oracle.firedBy(n); source != nil {
		return source
	}
	for _, source := range n.sources {
		if edges, _ := r.edges(source, n); len(edges) > 0 {
			return source
		}
	}
	return n.sources[0]
}

// carried returns the value of the edges from source into target.
func (r *reference) carried(source, target *node) any {
	edges, _ := r.edges(source, target)
	if len(edges) == 0 {
		return nil
	}
	if last := edges[len(edges)-1]; last.has {
		return last.value
	}
	d := r.decider(source)
	return d.output
}

// seenBy returns the values that a node's code reads.
func (r *reference) seenBy(n *node) map[string]any {
	seen := map[string]any{}
	for _, key := range n.reads {
		if value, ok := r.key(key); ok {
			seen[key] = value
		}
	}
	if n.caught {
		d := r.of(n.primary)
		seen["caught"] = caughtText(d.code, n.primary.id, d.failures)
	}
	return seen
}

// result returns a run's result: the output of its only sink, or with several sinks
// an object of the outputs of the taken ones.
func (r *reference) result() any {
	several := map[string]any{}
	sinks := 0
	var single any
	for _, n := range r.graph.nodes {
		if !n.isSink() {
			continue
		}
		sinks++
		if d := r.decider(n); d != nil {
			single = d.output
			several[n.id] = d.output
		}
	}
	switch {
	case sinks == 1:
		return single
	case len(several) == 0:
		return nil
	}
	return several
}
