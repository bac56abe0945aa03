package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// compileKey compiles a node's own idempotency key, and returns nil if it has none.
func compileKey(node flow.Node, names expression.Names) (*expression.Program, error) {
	if node.Config.IdempotencyKey == "" {
		return nil, nil
	}
	return names.Compile(node.Config.IdempotencyKey)
}

// keyed gives the task the node's own idempotency key, and returns the code. With a value
// that is no key, it returns code that fails: under a wrong key other systems would do
// the work twice, or take it for done.
func (c nodeCode) keyed(task *flow.Task, env expression.Env) nodeCode {
	if c.key == nil {
		return c
	}
	env.Input = task.Input
	key, err := keyOf(c.key, env)
	if err != nil {
		err = flow.Permanent(flow.WithCode(err, flow.CodeExpression))
		c.handler = flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) { return flow.Result{}, err })
		return c
	}
	task.Key = key
	return c
}

// keyOf returns the value of a key's expression. Its errors quote nothing of it.
func keyOf(program *expression.Program, env expression.Env) (key string, err error) {
	value, err := program.Eval(env)
	if err != nil {
		return "", fmt.Errorf("evaluate config.idempotencyKey: %w", err)
	}
	switch kind := rawjson.Kind(value); kind {
	case "a number":
		key = string(value)
	case "a string":
		if err := json.Unmarshal(value, &key); err != nil {
			return "", fmt.Errorf("the value of config.idempotencyKey: %s", rawjson.DecodeFault(err))
		}
	default:
		return "", fmt.Errorf("the value of config.idempotencyKey is %s: it must be a string or a number", kind)
	}
	if key == "" || len(key) > flow.MaxIDLength {
		return "", fmt.Errorf("the value of config.idempotencyKey has %d bytes: 1 to %d are allowed", len(key), flow.MaxIDLength)
	}
	return key, nil
}
