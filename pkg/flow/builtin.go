package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// builtins are the nodes that need no code of the user's: each makes its code from a
// node's params.
var builtins = map[string]paramsReaderFunc{
	"pass": readPass,
	"eval": readEval,
	"set":  readSet,
	"fail": readFail,
}

// foreignBuiltins are built-ins of Flowcraft that are not implemented here; the
// message names them.
var foreignBuiltins = []string{
	"wait", "sleep", "webhook", "subflow", "batch-scatter", "batch-gather", loopController,
}

// packagedNodes are the nodes that the worker and the command line add to every
// registry, with the functions that make them.
var packagedNodes = map[string]string{"http": "httpnode.New", "lambda": "lambdanode.New"}

func missingImplementation(uses string) string {
	if maker := packagedNodes[uses]; maker != "" {
		return fmt.Sprintf("the node %q is added by lambdaflow.Worker and by flowctl: elsewhere, add %s or code of your own to the registry", uses, maker)
	}
	if slices.Contains(foreignBuiltins, uses) {
		return fmt.Sprintf("Flowcraft's built-in %q is not part of this version: register code of that name, or wait for the version that has it", uses)
	}
	return fmt.Sprintf("there is neither code nor a built-in of the name %q: add it to the worker's registry, or correct the name (built-ins are %s)",
		uses, strings.Join(slices.Sorted(maps.Keys(builtins)), ", "))
}

// paramsReaderFunc makes a node's code from its params.
type paramsReaderFunc func(*paramsReader) Handler

// paramsReader reads a node's params and collects their expressions.
type paramsReader struct {
	object
	names    expression.Names
	strict   bool // texts without quotes are reported, too
	programs *[]*expression.Program
}

func paramsObject(found *issues, params json.RawMessage) (object, bool) {
	if len(params) == 0 || rawjson.IsNull(params) {
		return object{found: found, path: "params"}, true
	}
	return asObject(found, "params", params)
}

// program compiles the expression at key, and returns nil if there is none.
func (p *paramsReader) program(key string) *expression.Program {
	return p.compile(p.at(key), p.text(key))
}

// compile compiles a param's expression. A text without quotes is refused here, and not
// where names of keys that code writes are usual: in conditions, transforms and eval.
func (p *paramsReader) compile(path, source string) *expression.Program {
	if source == "" {
		return nil
	}
	program, err := p.names.Compile(source)
	switch {
	case err != nil && !strings.ContainsAny(source, "'\"`([{"):
		err = fmt.Errorf("%w (a text is written in quotes: 'text')", err)
	case err == nil && p.strict:
		err = p.names.CheckText(source, program)
	}
	if err != nil {
		p.found.add(issueExpression, path, "%v", err)
		return nil
	}
	*p.programs = append(*p.programs, program)
	return program
}

// evaluate evaluates one of a node's expressions. A failure is permanent: the next
// attempt would fail too.
func evaluate(program *expression.Program, task *Task, param string) (json.RawMessage, error) {
	value, err := program.Eval(task.names(program))
	if err != nil {
		return nil, expressionError(fmt.Errorf("evaluate %s: %w", param, err))
	}
	return value, nil
}

func expressionError(err error) error { return Permanent(WithCode(err, CodeExpression)) }

// asOutput returns the value with its text, nil if it is empty.
func asOutput(value json.RawMessage) any {
	if len(value) == 0 {
		return nil
	}
	return value
}
