package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// FromParams makes a registry's entry whose code is made from each node's own params,
// as that of the built-in nodes is. read turns params into code; a fault that it
// reports makes the blueprint invalid, and its result is then not used. read is
// called whenever a blueprint is validated or compiled, also concurrently, and must
// have no side effects.
//
// The entry must be in the registry itself: inside other code, its params would be
// seen too late. Middleware may wrap it.
func FromParams(read func(p *Params) Handler) Handler { return configured{read} }

type configured struct{ read func(*Params) Handler }

var errNotPrepared = errors.New("a node type made by FromParams is called from other code: put it into the registry itself")

// Handle is never reached by the engine, which prepares the handler.
func (configured) Handle(context.Context, *Task) (Result, error) {
	return Result{}, Permanent(errNotPrepared)
}

// Params are the params of a node while [FromParams] reads them. A value of the
// wrong type is reported, and reads as absent; so does null.
type Params struct{ reader *paramsReader }

// String returns the path of the params, and none of their values.
func (p *Params) String() string {
	if p.reader == nil {
		return "no params"
	}
	return p.reader.path
}

// Only reports the keys that are not among the known ones.
func (p *Params) Only(known ...string) { p.reader.only(known...) }

// Has reports whether the key is there, with any value but null.
func (p *Params) Has(key string) bool {
	_, ok := p.reader.get(key)
	return ok
}

// Keys returns the sorted keys that are there, also those with null.
func (p *Params) Keys() []string { return slices.Sorted(maps.Keys(p.reader.fields)) }

// Kind returns the type of the value at key as messages name it: "a string", "an
// object", "a number", "null"…, and "" if it is absent.
func (p *Params) Kind(key string) string {
	raw, ok := p.reader.fields[key]
	if !ok {
		return ""
	}
	return rawjson.Kind(raw)
}

// Inner returns the params in the object at key, and empty ones if it is absent. Paths
// of their faults begin in it.
func (p *Params) Inner(key string) *Params {
	inner, ok := p.reader.object.object(key)
	if !ok {
		inner = object{found: p.reader.found, path: p.reader.at(key)}
	}
	return &Params{&paramsReader{object: inner, names: p.reader.names, strict: p.reader.strict, programs: p.reader.programs}}
}

// Text reads a string, and returns "" if it is absent.
func (p *Params) Text(key string) string { return p.reader.text(key) }

// Texts reads an object of strings, and returns nil if it is absent.
func (p *Params) Texts(key string) map[string]string {
	object, ok := p.reader.object.object(key)
	if !ok {
		return nil
	}
	texts := make(map[string]string, len(object.fields))
	for _, name := range slices.Sorted(maps.Keys(object.fields)) {
		if text, ok := decode[string](object.found, object.at(name), object.fields[name], "a string"); ok {
			texts[name] = text
		}
	}
	return texts
}

// List reads an array of strings, of which check refuses the faulty ones, and returns
// nil if it is absent.
func (p *Params) List(key string, check func(text string) error) (texts []string) {
	for i, raw := range p.reader.array(key) {
		at := fmt.Sprintf("%s[%d]", p.reader.at(key), i)
		text, ok := decode[string](p.reader.found, at, raw, "a string")
		if !ok {
			continue
		}
		if err := check(text); err != nil {
			p.reader.found.invalid(at, "it %v", err)
		}
		texts = append(texts, text)
	}
	return texts
}

// Expression compiles the expression at key, and returns nil if it is absent or
// faulty.
func (p *Params) Expression(key string) *Expression {
	if !p.Has(key) {
		return nil
	}
	return p.compile(p.reader.at(key), p.Text(key))
}

// Expressions compiles an object of expressions, and returns an empty map if it is
// absent.
func (p *Params) Expressions(key string) map[string]*Expression {
	texts := p.Texts(key)
	compiled := make(map[string]*Expression, len(texts))
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		compiled[name] = p.compile(keyPath(p.reader.at(key), name), texts[name])
	}
	return compiled
}

func (p *Params) compile(path, source string) *Expression {
	if source == "" {
		p.reader.found.invalid(path, "it is empty: give an expression, such as input or null")
	}
	program := p.reader.compile(path, source)
	if program == nil {
		return nil
	}
	return &Expression{program, path}
}

// Fault reports INVALID_FIELD of the param at path (its key, then keys within it).
// The message names the fault and its fix.
func (p *Params) Fault(message string, path ...string) {
	at := p.reader.path
	for _, key := range path {
		at = keyPath(at, key)
	}
	p.reader.found.invalid(at, "%s", message)
}

// Expression is an expression among a node's params. The context keys and
// outputs that it names are read for the node.
type Expression struct {
	program *expression.Program
	path    string
}

// String returns the path of the expression.
func (e *Expression) String() string { return "the expression " + e.path }

// Eval returns the value for the task, in which input is the node's input. A failed
// evaluation is a permanent error with [CodeExpression]: the next attempt would fail
// too.
func (e *Expression) Eval(task *Task) (json.RawMessage, error) {
	return evaluate(e.program, task, e.path)
}

// EvalText is [Expression.Eval] for a value that must be a string, or null,
// which is "".
func (e *Expression) EvalText(task *Task) (text string, err error) {
	value, err := e.Eval(task)
	if err != nil {
		return "", err
	}
	if json.Unmarshal(value, &text) != nil {
		return "", expressionError(fmt.Errorf("the value of %s is %s: it must be a string", e.path, rawjson.Kind(value)))
	}
	return text, nil
}
