package expression

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// step computes one part of a program.
type step func(*evaluation) value

func constant(v value) step { return func(*evaluation) value { return v } }

// compiler turns the tree into steps. Only syntax that is named here is part of the
// language. The first error is kept.
type compiler struct {
	*outline
	roots roots
	err   error
}

func (c *compiler) compile(n ast.Node) step {
	switch n := n.(type) {
	case *ast.IntegerNode:
		v, _ := parseNumberLiteral(c.token(n).text)
		return constant(v)
	case *ast.StringNode:
		s, _ := parseTextLiteral(c.token(n).text)
		return constant(textValue(s))
	case *ast.IdentifierNode:
		return c.name(n)
	case *ast.ChainNode: // every access is null-safe
		return c.compile(n.Node)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.ArrayNode:
		return c.array(n)
	case *ast.MapNode:
		return c.object(n)
	case *ast.SliceNode:
		return c.refuse(c.token(n), "slices are not supported")
	default:
		return c.refuse(c.token(n), "this is not supported")
	}
}

func (c *compiler) refuse(t token, format string, args ...any) step {
	if c.err == nil {
		c.err = c.fail(t, format, args...)
	}
	return constant(value{})
}

func (c *compiler) conditional(n *ast.ConditionalNode) step {
	test, yes, no := c.compile(n.Cond), c.compile(n.Exp1), c.compile(n.Exp2)
	return func(e *evaluation) value {
		if truthOf(&e.limits, test(e)) {
			return yes(e)
		}
		return no(e)
	}
}

func (c *compiler) array(n *ast.ArrayNode) step {
	items := c.all(n.Nodes)
	return func(e *evaluation) value { return listValue(all(e, items)) }
}

func (c *compiler) object(n *ast.MapNode) step {
	var keys []string
	var values []ast.Node
	for _, node := range n.Pairs {
		pair := node.(*ast.PairNode)
		key, ok := c.objectKey(pair.Key)
		if !ok {
			return c.refuse(c.token(pair.Key), "the key of a member is a name or a text")
		}
		if i := slices.Index(keys, key); i >= 0 { // the last one counts
			values[i] = pair.Value
			continue
		}
		keys, values = append(keys, key), append(values, pair.Value)
	}
	steps := c.all(values)
	return func(e *evaluation) value { return objectValue(keys, all(e, steps)) }
}

func (c *compiler) all(nodes []ast.Node) []step {
	steps := make([]step, len(nodes))
	for i, n := range nodes {
		steps[i] = c.compile(n)
	}
	return steps
}
