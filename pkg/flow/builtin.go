package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow/internal/expression"
)

// builtin is a node that needs no code of the user's.
type builtin struct {
	// prepare reads a node's params, once per blueprint. The paths of its
	// issues begin with "params"; with issues the node cannot run.
	prepare func(params json.RawMessage) (prepared, []Issue)
}

// prepared is a built-in with its params.
type prepared struct {
	handler  Handler
	programs []*expression.Program // all that the handler evaluates
}

// builtinFor returns the built-in of that name, whose expressions may use names.
// A registry's entry of the same name comes before it.
func builtinFor(uses string, names expression.Names) (builtin, bool) {
	read, ok := builtins[uses]
	if !ok {
		return builtin{}, false
	}
	return builtin{func(params json.RawMessage) (prepared, []Issue) {
		found := &faults{}
		o, ok := paramsObject(found, params)
		if !ok {
			return prepared{}, found.issues
		}
		p := paramsReader{object: o, names: names}
		handler := read(&p)
		return prepared{handler, p.programs}, found.issues
	}}, true
}

var builtins = map[string]func(*paramsReader) Handler{
	"pass": readPass,
	"eval": readEval,
	"set":  readSet,
	"fail": readFail,
}

// foreignBuiltins are Flowcraft's, known by name so that the message can say so.
var foreignBuiltins = []string{
	"wait", "sleep", "webhook", "subflow", "batch-scatter", "batch-gather", loopController,
}

func missingImplementation(uses string) string {
	if slices.Contains(foreignBuiltins, uses) {
		return fmt.Sprintf("Flowcraft's built-in %q is not part of this version: register code of that name, or wait for the version that has it", uses)
	}
	return fmt.Sprintf("there is neither code nor a built-in of the name %q: add it to the worker's registry, or correct the name (built-ins are %s)",
		uses, strings.Join(slices.Sorted(maps.Keys(builtins)), ", "))
}

// paramsReader reads a built-in's params and collects its expressions.
type paramsReader struct {
	object
	names    expression.Names
	programs []*expression.Program
}

func paramsObject(f *faults, params json.RawMessage) (object, bool) {
	if len(params) == 0 || isNull(params) {
		return object{faults: f, path: "params"}, true
	}
	return asObject(f, "params", params)
}

// program compiles the expression at key; nil if there is none.
func (p *paramsReader) program(key string) *expression.Program {
	return p.compile(p.at(key), p.text(key))
}

func (p *paramsReader) compile(path, source string) *expression.Program {
	program := compileInto(p.faults, path, source, p.names)
	if program != nil {
		p.programs = append(p.programs, program)
	}
	return program
}

// evaluate runs one of a node's expressions; what cannot be evaluated cannot be
// at the next attempt either.
func evaluate(program *expression.Program, task *Task, param string) (json.RawMessage, error) {
	value, err := program.Eval(task.env)
	if err != nil {
		return nil, expressionError(fmt.Errorf("evaluate %s: %w", param, err))
	}
	return value, nil
}

func expressionError(err error) error { return Permanent(WithCode(err, CodeExpression)) }

// asOutput keeps a value's text; no text is no output.
func asOutput(value json.RawMessage) any {
	if len(value) == 0 {
		return nil
	}
	return value
}
