package expression

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Program is a compiled expression, safe for concurrent use.
type Program struct {
	step  step
	roots roots
}

// Names are the names that a blueprint gives to values: the ids of its nodes, and the
// context keys that it is known to write. Those that are true are ids that expressions may
// use with their hyphens.
type Names map[string]bool

// Compile parses src; its error names the problem and the place, as line:column.
func Compile(src string) (*Program, error) { return Names(nil).Compile(src) }

// Compile is like the function [Compile], but my-node, if it is in n, is that node,
// and no subtraction.
func (n Names) Compile(src string) (p *Program, err error) {
	defer recovered(&err)
	tokens, err := scan(src, n)
	if err != nil {
		return nil, err
	}
	o := newOutline(src, tokens)
	tree, err := o.parse()
	if err != nil {
		return nil, err
	}
	c := &compiler{outline: o}
	main := c.compile(tree)
	if c.err != nil {
		return nil, c.err
	}
	return &Program{step: main, roots: c.roots}, nil
}

// Eval returns the program's value as JSON, in memory of its own. It fails if a
// value that it reads is not JSON, if the result contains NaN or an infinity, which
// are not JSON, if includes is called on neither text nor array, and if the
// evaluation exceeds its bounds. The same env gives the same result.
func (p *Program) Eval(env Env) (result json.RawMessage, err error) {
	defer recovered(&err)
	e := p.begin(&env)
	v := p.step(e)
	if e.limits.err != nil {
		return nil, e.limits.err
	}
	out := appendJSON(&e.limits, nil, v)
	if e.limits.err != nil {
		return nil, e.limits.err
	}
	return out, nil
}

// Test returns the truth of the program's value, as in JavaScript: "", 0, null,
// false and NaN are false. It fails as Eval does, except that NaN and the
// infinities are allowed.
func (p *Program) Test(env Env) (truth bool, err error) {
	defer recovered(&err)
	e := p.begin(&env)
	truth = truthOf(&e.limits, p.step(e))
	if e.limits.err != nil {
		return false, e.limits.err
	}
	return truth, nil
}

func (p *Program) begin(env *Env) *evaluation {
	return &evaluation{env: env, roots: p.roots, slots: make([]slot, len(p.roots))}
}

// recovered turns a panic into an error: a bug in this package must fail one node,
// not the worker with all its other work.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("internal error in the expression package, please report it: %v", r)
	}
}

// sourceError is an error at a place in the source.
type sourceError struct {
	line, column int // from 1; columns count characters
	message      string
}

func (e *sourceError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.line, e.column, e.message)
}

var errEmpty = errors.New("the expression is empty")

func errorAt(src string, offset int, format string, args ...any) error {
	e := &sourceError{line: 1, column: 1, message: fmt.Sprintf(format, args...)}
	for _, r := range src[:offset] {
		e.column++
		if r == '\n' {
			e.line, e.column = e.line+1, 1
		}
	}
	return e
}
