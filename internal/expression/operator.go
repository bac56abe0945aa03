package expression

import (
	"math"

	"github.com/expr-lang/expr/ast"
)

// operators are those that look at both sides.
var operators = map[string]func(l *limits, a, b value) value{
	"===": func(l *limits, a, b value) value { return boolValue(equal(l, a, b)) },
	"!==": func(l *limits, a, b value) value { return boolValue(!equal(l, a, b)) },
	"==":  func(l *limits, a, b value) value { return boolValue(equal(l, a, b)) },
	"!=":  func(l *limits, a, b value) value { return boolValue(!equal(l, a, b)) },
	"<":   ordering(func(order int) bool { return order < 0 }),
	"<=":  ordering(func(order int) bool { return order <= 0 }),
	">":   ordering(func(order int) bool { return order > 0 }),
	">=":  ordering(func(order int) bool { return order >= 0 }),
	"+":   add,
	"-":   arithmetic(func(a, b float64) float64 { return a - b }),
	"*":   arithmetic(func(a, b float64) float64 { return a * b }),
	"/":   arithmetic(func(a, b float64) float64 { return a / b }),
	"%":   arithmetic(math.Mod),
}

func (c *compiler) binary(n *ast.BinaryNode) step {
	t := c.token(n)
	switch t.text {
	case "&&", "||", "??":
		return c.logic(n, t)
	}
	operate := operators[t.text]
	if operate == nil { // a ! b
		c.refuse(t, "unexpected %s", t.text)
	}
	left, right := c.compile(n.Left), c.compile(n.Right)
	return func(e *evaluation) value {
		a := left(e)
		return operate(&e.limits, a, right(e))
	}
}

// logic compiles the operators that return one of their operands.
func (c *compiler) logic(n *ast.BinaryNode, t token) step {
	c.checkMixed(t, n.Left)
	c.checkMixed(t, n.Right)
	left, right := c.compile(n.Left), c.compile(n.Right)
	keepsLeft := truthOf
	switch t.text {
	case "&&":
		keepsLeft = func(l *limits, v value) bool { return !truthOf(l, v) }
	case "??":
		keepsLeft = func(_ *limits, v value) bool { return v.kind != nullKind }
	}
	return func(e *evaluation) value {
		if v := left(e); keepsLeft(&e.limits, v) {
			return v
		}
		return right(e)
	}
}

// checkMixed refuses ?? beside && or || without brackets between them, as
// JavaScript does: it has no precedence for them.
func (c *compiler) checkMixed(t token, operand ast.Node) {
	n, ok := operand.(*ast.BinaryNode)
	if !ok {
		return
	}
	other := c.token(n)
	logical := other.text == "&&" || other.text == "||" || other.text == "??"
	if logical && other.depth == t.depth && (other.text == "??") != (t.text == "??") {
		c.refuse(t, "%s and %s need parentheses between them", other.text, t.text)
	}
}

func (c *compiler) unary(n *ast.UnaryNode) step {
	of, t := c.compile(n.Node), c.token(n)
	switch t.text {
	case "!":
		return func(e *evaluation) value { return boolValue(!truthOf(&e.limits, of(e))) }
	case "+":
		return func(e *evaluation) value { return numberValue(numberOf(&e.limits, of(e))) }
	case "-":
		if _, ok := n.Node.(*ast.IntegerNode); ok { // -9007199254740993 is a literal, too
			return constant(of(nil).negated())
		}
		return func(e *evaluation) value { return numberValue(-numberOf(&e.limits, of(e))) }
	default:
		return c.refuse(t, "unexpected %s", t.text)
	}
}

func arithmetic(f func(a, b float64) float64) func(*limits, value, value) value {
	return func(l *limits, a, b value) value { return numberValue(f(numberOf(l, a), numberOf(l, b))) }
}

func ordering(holds func(order int) bool) func(*limits, value, value) value {
	return func(l *limits, a, b value) value {
		order, ok := compare(l, a, b)
		return boolValue(ok && holds(order))
	}
}

func add(l *limits, a, b value) value {
	if !a.joinsAsText() && !b.joinsAsText() {
		return numberValue(numberOf(l, a) + numberOf(l, b))
	}
	s, t := textOf(l, a), textOf(l, b)
	if !l.fits(len(s)+len(t)) || !l.charge(len(s)+len(t)) {
		return value{}
	}
	return textValue(s + t)
}
