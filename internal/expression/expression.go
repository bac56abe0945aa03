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

// Names are node ids that expressions may use with their hyphens.
type Names map[string]bool

// Compile parses src; the error says what is wrong and where, as line:column.
func Compile(src string) (*Program, error) { return Names(nil).Compile(src) }

// Compile is [Compile] where my-node, if it is a name, is that node, and no
// subtraction.
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

// Eval returns the program's value as JSON, in memory of its own. It fails when
// a value that is read is no JSON, when the result holds NaN or an infinity,
// which are no JSON, when includes is called on what is neither text nor array,
// and when the evaluation leaves its bounds. The same env gives the same result.
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

// Test returns the truth of the program's value, as JavaScript has it: "", 0,
// null, false and NaN are false. It fails as Eval does, but NaN and the
// infinities have a truth.
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

// recovered turns a panic into an error: a fault of this package must fail one
// node, not the worker with everything else it runs.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("internal fault in the expression, please report it: %v", r)
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
