package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// edit replaces a piece of a file.
type edit struct {
	file     string // from the module's root
	from, to int    // bytes
	text     string
}

// switchOff returns the edit that switches off the rule at a marker. If possible,
// the code remains without being executed, so that all names in it are still used.
func (s *source) switchOff(m marker) (edit, error) {
	p, err := s.place(m)
	if err != nil {
		return edit{}, err
	}
	value := ""
	if p.from != token.NoPos {
		value = s.code(p.from, p.to)
	}
	var text string
	_, whole := p.node.(*ast.IfStmt)
	whole = whole && m.above && m.with == ""
	switch {
	case p.operator != 0 || p.holds && !whole:
		text = unless(value, p.operator, m.with)
	case m.with == "" && dispensable(p.node):
		p.from, p.to = p.node.Pos(), p.node.End()
		text = "if false { " + s.code(p.from, p.to) + " }"
	case m.with == "":
		return edit{}, fmt.Errorf("%s:%d: rule %s: this code cannot be left out: give the mark an expression that stands in for its value, as in //rule:NAME = EXPRESSION", s.file, m.line, m.rule)
	case value == "":
		return edit{}, fmt.Errorf("%s:%d: rule %s: this code has no value for which %s could stand in", s.file, m.line, m.rule, m.with)
	default:
		p.from, p.to, text = s.instead(p, value, m.with)
	}
	return edit{s.file, s.at(p.from).Offset, s.at(p.to).Offset, text}, nil
}

// unless returns a condition that never holds, or an operand without influence, or
// the given replacement.
func unless(condition string, operator token.Token, with string) string {
	switch {
	case with != "":
		return "(false && (" + condition + ") || (" + with + "))"
	case operator == token.LAND:
		return "(true || (" + condition + "))"
	}
	return "(false && (" + condition + "))"
}

// dispensable reports whether a statement can be left out.
func dispensable(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return n.Tok != token.DEFINE
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.IfStmt, *ast.ReturnStmt:
		return true
	}
	return false
}

// instead replaces a value, which remains in front of its statement.
func (s *source) instead(p place, value, with string) (from, to token.Pos, text string) {
	if p.inside == nil {
		return p.from, p.to, with // of a variable outside functions
	}
	from, to = p.inside.Pos(), p.to
	unused := "_ = " + value
	switch n := p.node.(type) {
	case *ast.AssignStmt:
		unused = strings.TrimSuffix(strings.Repeat("_, ", len(n.Lhs)), ", ") + " = " + value
	case *ast.ReturnStmt:
		unused = "return " + value
	}
	return from, to, "if false { " + unused + " }; " + s.code(from, p.from) + with
}
