package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// readFail makes a node that fails with params.message and params.code, permanently
// if params.permanent is set.
func readFail(p *paramsReader) Handler {
	p.only("message", "permanent", "code")
	message, permanent, code := p.text("message"), p.boolean("permanent"), p.text("code")
	return HandlerFunc(func(_ context.Context, task *Task) (Result, error) {
		err := errors.New(cmp.Or(message, fmt.Sprintf("failed by node %q", task.NodeID)))
		if code != "" {
			err = WithCode(err, code)
		}
		if permanent {
			err = Permanent(err)
		}
		return Result{}, err
	})
}
