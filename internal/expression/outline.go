package expression

import (
	"errors"
	"sort"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// outline is the form of an expression that expr's parser gets, and maps the places
// that the parser reports to the tokens of the user.
type outline struct {
	src    string
	tokens []token // the last is the end
	text   string
	starts []int // the start of each token in text
}

func newOutline(src string, tokens []token) *outline {
	o := &outline{src: src, tokens: tokens, starts: make([]int, len(tokens))}
	var b strings.Builder
	for i, t := range tokens {
		o.starts[i] = b.Len()
		b.WriteString(t.standIn)
		if o.isShorthand(i) {
			b.WriteString(" : x")
		}
		b.WriteByte(' ')
	}
	o.text = b.String()
	return o
}

// isShorthand reports whether the token is the a in {a}, which is {a: a}.
func (o *outline) isShorthand(i int) bool {
	if t := o.tokens[i]; t.kind != wordToken || !t.inObject {
		return false
	}
	before, after := o.tokens[i-1].text, o.tokens[i+1].text
	return (before == "{" || before == ",") && (after == "," || after == "}")
}

func (o *outline) parse() (ast.Node, error) {
	if err := o.checkPairs(); err != nil {
		return nil, err
	}
	tree, err := parser.Parse(o.text)
	if fault, ok := errors.AsType[*file.Error](err); ok {
		return nil, o.unexpected(o.tokenAt(fault.Location))
	}
	if err != nil {
		return nil, err
	}
	return tree.Node, nil
}

// checkPairs refuses a dot without a name, which expr's parser reports one token
// late, and a ?: b, which only expr has.
func (o *outline) checkPairs() error {
	for i, t := range o.tokens[:len(o.tokens)-1] {
		next, ok := o.tokens[i+1], true
		switch t.text {
		case ".":
			ok = next.kind == wordToken
		case "?.":
			ok = next.kind == wordToken || next.text == "["
		case "?":
			ok = next.text != ":"
		}
		if !ok {
			return o.unexpected(next)
		}
	}
	return nil
}

// token returns the token that the user wrote at the place of n.
func (o *outline) token(n ast.Node) token { return o.tokenAt(n.Location()) }

func (o *outline) tokenAt(l file.Location) token { return o.tokens[o.indexAt(l)] }

func (o *outline) indexAt(l file.Location) int {
	return sort.SearchInts(o.starts, l.From+1) - 1
}

// bareName returns the name that n is, "" if it is anything else.
func (o *outline) bareName(n ast.Node) string {
	if id, ok := n.(*ast.IdentifierNode); ok {
		return o.token(id).text
	}
	return ""
}

// objectKey returns the key of a member in an object; false if it is in brackets.
func (o *outline) objectKey(n ast.Node) (string, bool) {
	if i := o.indexAt(n.Location()); i > 0 && o.tokens[i-1].text == "(" {
		return "", false
	}
	return o.constantKey(n)
}

// constantKey returns the key that n is without looking at any value: the b of
// a.b, a["b"] and {b: 1}.
func (o *outline) constantKey(n ast.Node) (string, bool) {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode:
	default:
		return "", false
	}
	switch t := o.token(n); t.kind {
	case wordToken:
		return t.text, true
	case textToken:
		s, err := parseTextLiteral(t.text)
		return s, err == nil
	case numberToken:
		v, ok := parseNumberLiteral(t.text)
		return v.numberText(), ok
	default:
		return "", false
	}
}

// otherWords maps operators of other languages to those of JavaScript.
var otherWords = map[string]string{
	"and": "&&", "or": "||", "not": "!", "in": ".includes()", "contains": ".includes()",
}

func (o *outline) unexpected(t token) error {
	if t.kind == endToken {
		return o.fail(t, "the expression ends too early")
	}
	if hint := otherWords[t.text]; t.kind == wordToken && hint != "" {
		return o.fail(t, "unexpected %s: write %s", t.text, hint)
	}
	return o.fail(t, "unexpected %s", t.text)
}

func (o *outline) fail(t token, format string, args ...any) error {
	return errorAt(o.src, t.offset, format, args...)
}
