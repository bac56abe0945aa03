package expression

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

func (c *compiler) name(n *ast.IdentifierNode) step {
	switch t := c.token(n); t.text {
	case "null", "undefined":
		return constant(value{})
	case "true", "false":
		return constant(boolValue(t.text == "true"))
	case "result":
		return c.root(fromResult, "")
	case "input":
		return c.root(fromInput, "")
	case "run":
		return c.run()
	case "outputs", "context":
		return c.refuse(t, "%[1]s as a whole cannot be read, as its read set is unknown: name the node or key, %[1]s.NAME or %[1]s[\"NAME\"]", t.text)
	case "Math":
		return c.refuse(t, "of Math there is Math.%s", mathNames())
	default:
		return c.root(fromName, t.text)
	}
}

// member compiles a.b and a[b].
func (c *compiler) member(n *ast.MemberNode) step {
	key, isConstant := c.constantKey(n.Property)
	if isConstant {
		if s := c.rootMember(n.Node, key); s != nil {
			return s
		}
	}
	of := c.compile(n.Node)
	if isConstant {
		return func(e *evaluation) value { return e.member(of(e), key) }
	}
	computed := c.compile(n.Property)
	return func(e *evaluation) value {
		v := of(e)
		return e.member(v, e.text(computed(e)))
	}
}

// rootMember compiles the members that are read one by one; nil for others.
func (c *compiler) rootMember(of ast.Node, key string) step {
	switch c.bareName(of) {
	case "outputs":
		return c.root(fromOutputs, key)
	case "context":
		return c.root(fromContext, key)
	case "run":
		switch key {
		case "id":
			return runID
		case "input":
			return c.root(fromRunInput, "")
		default:
			return constant(value{})
		}
	}
	return nil
}

// bareName returns the name if n is one, "" if it is anything else.
func (c *compiler) bareName(n ast.Node) string {
	if id, ok := n.(*ast.IdentifierNode); ok {
		return c.token(id).text
	}
	return ""
}

func (c *compiler) run() step {
	input := c.root(fromRunInput, "")
	return func(e *evaluation) value {
		return objectValue([]string{"id", "input"}, []value{runID(e), input(e)})
	}
}

func runID(e *evaluation) value { return textValue(e.env.RunID) }

func (c *compiler) root(from origin, name string) step {
	r := root{from, name}
	i := slices.Index(c.roots, r)
	if i < 0 {
		i = len(c.roots)
		c.roots = append(c.roots, r)
	}
	return func(e *evaluation) value { return e.root(i) }
}
