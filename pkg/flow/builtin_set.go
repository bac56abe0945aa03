package flow

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

// readSet makes a node that evaluates the expressions params.values, all in the state
// before the node, writes their values under their context keys, and passes its input
// on.
func readSet(p *paramsReader) Handler {
	p.only("values")
	programs := readValues(p)
	keys := slices.Sorted(maps.Keys(programs))
	return HandlerFunc(func(_ context.Context, task *Task) (Result, error) {
		values := make([]json.RawMessage, len(keys))
		for i, key := range keys {
			var err error
			if values[i], err = evaluate(programs[key], task, keyPath("params.values", key)); err != nil {
				return Result{}, err
			}
		}
		for i, key := range keys {
			if err := task.Set(key, values[i]); err != nil {
				return Result{}, err
			}
		}
		return Result{Output: asOutput(task.Input)}, nil
	})
}

func readValues(p *paramsReader) map[string]*expression.Program {
	values, ok := p.object.object("values")
	if n := len(values.fields); n == 0 || n > MaxContextWrites {
		p.found.invalid(p.at("values"), "it must be an object of 1 to %d context keys, each with an expression, and has %d", MaxContextWrites, n)
		ok = false
	}
	if !ok {
		return nil
	}
	programs := make(map[string]*expression.Program, len(values.fields))
	for _, key := range slices.Sorted(maps.Keys(values.fields)) {
		path := values.at(key)
		if key == "" || len(key) > MaxIDLength {
			p.found.invalid(path, "the context key has %d bytes: 1 to %d are allowed", len(key), MaxIDLength)
			continue
		}
		source, ok := decode[string](p.found, path, values.fields[key], "an expression (a string)")
		if ok && source == "" {
			p.found.invalid(path, "it is empty: give the key an expression, such as input or null")
		}
		programs[key] = p.compile(path, source)
	}
	return programs
}
