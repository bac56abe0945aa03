package sim

import (
	"cmp"
	"strings"
)

// inputs draws the inputs of a node.
func (g *generator) inputs(n *node) {
	if g.one(3) {
		if key := g.readable(n, nil); key != "" {
			n.reads = append(n.reads, key)
		}
	}
	switch g.IntN(8) {
	case 0:
		n.name = g.name(n)
	case 1:
		n.fields = map[string]string{"p": cmp.Or(g.name(n), "_x"), "q": cmp.Or(g.name(n), "_nothing")}
	}
}

// name draws a name that n can use.
func (g *generator) name(n *node) string {
	if g.one(3) {
		if key := g.readable(n, nil); key != "" {
			return key
		}
	}
	if other := g.resolved(n); other != nil && !strings.HasPrefix(other.id, "_") {
		name := other.id
		if g.one(2) {
			name += ".v"
		}
		if g.meant(name, other) {
			return name
		}
	}
	if g.meant("x", nil) {
		return "x"
	}
	return ""
}

// route draws an edge's action, condition and transform.
func (g *generator) route(e *edge) {
	outside := g.outside != nil
	if !outside && len(e.source.actions) > 0 && g.one(2) {
		e.action = e.source.actions[g.IntN(len(e.source.actions))]
	}
	if e.conditional || !outside && g.one(3) {
		e.condition = g.conditionOf(e)
	}
	if e.target.name == "" && (e.transforms || !outside && g.one(5)) {
		e.transform = g.transformOf(e)
	}
}

func (g *generator) conditionOf(e *edge) *condition {
	k := 20 + g.IntN(60)
	switch g.IntN(6) {
	case 0:
		return resultAbove(k)
	case 1:
		return resultAtMost(k)
	case 2:
		if other := g.resolved(e.source); other != nil {
			return otherAbove(other.id, k)
		}
	case 3:
		if key := g.readable(e.source, e.source); key != "" {
			return keyAbove(key, k)
		}
	case 4:
		return inputAbove(k)
	case 5:
		return actionIs("a")
	}
	return resultAbove(k / 2)
}

func (g *generator) transformOf(e *edge) *transform {
	switch g.IntN(4) {
	case 0:
		return takeValue()
	case 1:
		return wrapInput()
	case 2:
		if other := g.resolved(e.source); other != nil {
			return takeOther(other.id)
		}
	}
	return listAction()
}
