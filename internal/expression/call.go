package expression

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// mathFuncs are the functions of Math; those with one argument get NaN if it is
// missing.
var mathFuncs = map[string]func(args []float64) float64{
	"round": rounding(round),
	"floor": rounding(math.Floor),
	"ceil":  rounding(math.Ceil),
	"abs":   rounding(math.Abs),
	"min": func(args []float64) float64 {
		return fold(args, math.Inf(1), func(a, b float64) float64 { return min(a, b) })
	},
	"max": func(args []float64) float64 {
		return fold(args, math.Inf(-1), func(a, b float64) float64 { return max(a, b) })
	},
}

func mathNames() string {
	return strings.Join(slices.Sorted(maps.Keys(mathFuncs)), ", ")
}

// round rounds halves up, as JavaScript does: -2.5 is -2.
func round(x float64) float64 {
	floor := math.Floor(x)
	if x-floor >= 0.5 {
		floor++
	}
	return math.Copysign(floor, x)
}

func rounding(f func(float64) float64) func([]float64) float64 {
	return func(args []float64) float64 {
		if len(args) == 0 {
			return math.NaN()
		}
		return f(args[0])
	}
}

func fold(args []float64, acc float64, f func(a, b float64) float64) float64 {
	for _, x := range args {
		acc = f(acc, x)
	}
	return acc
}

func (c *compiler) call(n *ast.CallNode) step {
	callee, ok := n.Callee.(*ast.MemberNode)
	if !ok {
		return c.refuse(c.token(n), "there is no function %s: there are Math.%s and .includes()", c.token(n).text, mathNames())
	}
	method := c.token(callee.Property)
	if c.bareName(callee.Node) == "Math" {
		return c.mathCall(method, n.Arguments)
	}
	if method.text != "includes" {
		return c.refuse(method, "there is no method %s: there is .includes()", method.text)
	}
	if len(n.Arguments) != 1 {
		return c.refuse(method, "includes takes one argument, not %d", len(n.Arguments))
	}
	of, wanted := c.compile(callee.Node), c.compile(n.Arguments[0])
	misused := c.fail(method, "includes is for text and arrays")
	return func(e *evaluation) value {
		v := of(e)
		if v.kind == boolKind || v.kind == numberKind || v.kind == objectKind {
			return e.limits.fail("%w, not for %s", misused, v.kind)
		}
		return includes(&e.limits, v, wanted(e))
	}
}

func (c *compiler) mathCall(name token, arguments []ast.Node) step {
	f := mathFuncs[name.text]
	if f == nil {
		return c.refuse(name, "there is no Math.%s: there is Math.%s", name.text, mathNames())
	}
	args := c.all(arguments)
	return func(e *evaluation) value {
		numbers := make([]float64, len(args))
		for i, arg := range args {
			numbers[i] = numberOf(&e.limits, arg(e))
		}
		return numberValue(f(numbers))
	}
}

// includes looks for a part of a text or an element of an array.
func includes(l *limits, v, wanted value) value {
	switch v.kind {
	case textKind:
		s := textOf(l, v)
		l.charge(len(s))
		return boolValue(strings.Contains(s, textOf(l, wanted)))
	case arrayKind:
		for c := walk(l, v); c.next(); {
			if equal(l, c.item, wanted) || c.item.isNaN() && wanted.isNaN() {
				return boolValue(true)
			}
		}
		return boolValue(false)
	default:
		return value{}
	}
}
