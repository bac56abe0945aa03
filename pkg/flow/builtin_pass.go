package flow

import (
	"context"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// readPass makes a node whose output is params.output, or else its input, with the
// action params.action.
func readPass(p *paramsReader) Handler {
	p.only("output", "action")
	output, replaces := p.fields["output"] // null replaces too
	output = rawjson.Compact(output)
	action := p.text("action")
	return HandlerFunc(func(_ context.Context, task *Task) (Result, error) {
		if replaces {
			return Result{Output: asOutput(output), Action: action}, nil
		}
		return Result{Output: asOutput(task.Input), Action: action}, nil
	})
}
