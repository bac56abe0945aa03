package flow

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// readEval makes a node whose output is the value of params.expression, with the
// value of the expression params.action as its action.
func readEval(p *paramsReader) Handler {
	p.only("expression", "action")
	if p.text("expression") == "" {
		p.found.invalid(p.at("expression"), "it is missing or empty, and required: the expression whose value is the node's output")
	}
	free := *p
	free.strict = false
	output, action := free.program("expression"), p.program("action")
	return HandlerFunc(func(_ context.Context, task *Task) (result Result, err error) {
		value, err := evaluate(output, task, "params.expression")
		if err != nil {
			return Result{}, err
		}
		result.Output = asOutput(value)
		if action != nil {
			result.Action, err = evaluateAction(action, task)
		}
		return result, err
	})
}

func evaluateAction(program *expression.Program, task *Task) (action string, err error) {
	value, err := evaluate(program, task, "params.action")
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(value, &action); err != nil { // null leaves it ""
		return "", expressionError(fmt.Errorf("the value of params.action is %s: an action is a string, or null for none", rawjson.Kind(value)))
	}
	return action, nil
}
