package expression

import "github.com/expr-lang/expr/ast"

func (c *compiler) name(n *ast.IdentifierNode) step {
	switch t := c.token(n); t.text {
	case "null", "undefined":
		return constant(value{})
	case "true", "false":
		return constant(boolValue(t.text == "true"))
	case "result":
		return c.roots.read(fromResult, "")
	case "input":
		return c.roots.read(fromInput, "")
	case "run":
		return c.roots.run()
	case "outputs", "context":
		return c.refuse(t, "%[1]s as a whole cannot be read, as its read set is unknown: name the node or key, %[1]s.NAME or %[1]s[\"NAME\"]", t.text)
	case "Math":
		return c.refuse(t, "of Math there is Math.%s", mathNames())
	default:
		return c.roots.read(fromName, t.text)
	}
}

// member compiles a.b and a[b].
func (c *compiler) member(n *ast.MemberNode) step {
	key, isConstant := c.constantKey(n.Property)
	if isConstant {
		if c.bareName(n.Node) == "result" && key != "output" && key != "action" {
			return c.refuse(c.token(n.Node), "result has only output and action: write result.output.%s", key)
		}
		if s := c.roots.member(c.bareName(n.Node), key); s != nil {
			return s
		}
	}
	of := c.compile(n.Node)
	if isConstant {
		return func(e *evaluation) value { return memberOf(&e.limits, of(e), key) }
	}
	computed := c.compile(n.Property)
	return func(e *evaluation) value {
		v := of(e)
		return memberOf(&e.limits, v, textOf(&e.limits, computed(e)))
	}
}
