package flowtest

import (
	"context"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Stub is node code that always returns output; nil means no output.
func Stub(output any) flow.Handler {
	return flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) {
		return flow.Result{Output: output}, nil
	})
}

// FailTimes is node code that returns err for the first n calls of a task, and then
// calls then. Tasks are counted separately, by key, run, node and scope.
func FailTimes(n int, err error, then flow.Handler) flow.Handler {
	var mu sync.Mutex
	calls := map[[4]string]int{}
	return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		mu.Lock()
		called := [4]string{task.Key, task.RunID, task.NodeID, task.Scope}
		calls[called]++
		failing := calls[called] <= n
		mu.Unlock()
		if failing {
			return flow.Result{}, err
		}
		return then.Handle(ctx, task)
	})
}
