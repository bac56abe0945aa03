package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// place is the marked code: one node, or several operands side by side.
type place struct {
	node     ast.Node    // a statement, a case, an element of a literal, or an expression
	inside   ast.Stmt    // of a value: the statement that contains it
	from, to token.Pos   // of the condition, the operands or the value
	operator token.Token // of operands: && or ||; else none
	holds    bool        // it is a condition
}

// place finds the code that a marker refers to.
func (s *source) place(m marker) (place, error) {
	var found []place
	if !m.above {
		if found = s.operands(m.line); len(found) == 0 {
			found = s.conditions(m.line)
		}
	}
	if len(found) == 0 {
		found = s.beginning(s.first[m.line])
	}
	if len(found) == 1 {
		return found[0], nil
	}
	if len(found) == 0 {
		return place{}, fmt.Errorf("%s:%d: rule %s: this code cannot be switched off: mark a condition, an operand, a statement or a value", s.file, m.line, m.rule)
	}
	return place{}, fmt.Errorf("%s:%d: rule %s could be about several conditions: put them on lines of their own", s.file, m.line, m.rule)
}

// operands returns the operands, of a condition over several lines, that are on the
// line.
func (s *source) operands(line int) (found []place) {
	ast.PreorderStack(s.syntax, nil, func(n ast.Node, stack []ast.Node) bool {
		top, ok := n.(*ast.BinaryExpr)
		if !ok || top.Op != token.LAND && top.Op != token.LOR || s.within(top, line) {
			return true
		}
		if parent, ok := stack[len(stack)-1].(*ast.BinaryExpr); ok && parent.Op == top.Op {
			return true // part of the same condition, which has already been split
		}
		p := place{node: top, operator: top.Op}
		for _, operand := range chain(top, top.Op) {
			if s.within(operand, line) {
				if p.from == token.NoPos {
					p.from = operand.Pos()
				}
				p.to = operand.End()
			}
		}
		if p.from != token.NoPos {
			found = append(found, p)
		}
		return true
	})
	return found
}

// chain splits a && b && c.
func chain(e ast.Expr, operator token.Token) []ast.Expr {
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Op != operator {
		return []ast.Expr{e}
	}
	return append(chain(b.X, operator), chain(b.Y, operator)...)
}

// conditions returns the whole conditions on the line, and the values that a for on
// the line ranges over.
func (s *source) conditions(line int) (found []place) {
	ast.PreorderStack(s.syntax, nil, func(n ast.Node, stack []ast.Node) bool {
		if p, ok := conditionOf(n, stack); ok && s.line(p.from) == line && s.line(p.to) == line {
			found = append(found, p)
		}
		return true
	})
	return found
}

// conditionOf returns the condition of an if, a for or a case, or the values that a
// for ranges over.
func conditionOf(n ast.Node, stack []ast.Node) (place, bool) {
	var e ast.Expr
	switch n := n.(type) {
	case *ast.IfStmt:
		e = n.Cond
	case *ast.ForStmt:
		e = n.Cond
	case *ast.RangeStmt:
		return place{node: n, inside: n, from: n.X.Pos(), to: n.X.End()}, true
	case *ast.CaseClause:
		if of, ok := stack[len(stack)-2].(*ast.SwitchStmt); ok && of.Tag == nil && len(n.List) == 1 {
			e = n.List[0]
		}
	}
	if e == nil {
		return place{}, false
	}
	return place{node: n, from: e.Pos(), to: e.End(), holds: true}, true
}

// beginning returns the largest piece of code that begins at a position and can be
// switched off.
func (s *source) beginning(at token.Pos) (found []place) {
	ast.PreorderStack(s.syntax, nil, func(n ast.Node, stack []ast.Node) bool {
		if len(found) > 0 || n.Pos() > at || n.End() <= at {
			return false
		}
		if n.Pos() != at {
			return true
		}
		if p, ok := conditionOf(n, stack); ok {
			found = append(found, p)
			return false
		}
		if switchable(n, stack[len(stack)-1]) {
			from, to := valueOf(n)
			found = append(found, place{node: n, inside: statement(n, stack), from: from, to: to})
			return false
		}
		return true
	})
	return found
}

// switchable reports whether a node can be left out, or its value replaced: a
// statement, an argument of a call, or an element of a literal.
func switchable(n, parent ast.Node) bool {
	switch n.(type) {
	case *ast.AssignStmt, *ast.ExprStmt, *ast.IncDecStmt, *ast.ReturnStmt:
		return true
	}
	e, ok := n.(ast.Expr)
	switch parent := parent.(type) {
	case *ast.CallExpr:
		return ok && slices.Contains(parent.Args, e)
	case *ast.CompositeLit:
		return ok && slices.Contains(parent.Elts, e)
	}
	return false
}

// valueOf returns the position of a node's value, if it has one.
func valueOf(n ast.Node) (from, to token.Pos) {
	var values []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		values = n.Rhs
	case *ast.ReturnStmt:
		values = n.Results
	case *ast.KeyValueExpr:
		values = []ast.Expr{n.Value}
	case ast.Expr:
		values = []ast.Expr{n}
	}
	if len(values) == 0 {
		return token.NoPos, token.NoPos
	}
	return values[0].Pos(), values[len(values)-1].End()
}

// statement returns the smallest statement of a block or a case that contains a
// node.
func statement(n ast.Node, stack []ast.Node) ast.Stmt {
	for i := len(stack) - 1; i > 0; i-- {
		inside, ok := n.(ast.Stmt)
		switch stack[i].(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			if ok {
				return inside
			}
		}
		n = stack[i]
	}
	return nil
}

// within reports whether a node is on one line only, and on this one.
func (s *source) within(n ast.Node, line int) bool {
	return s.line(n.Pos()) == line && s.line(n.End()) == line
}
