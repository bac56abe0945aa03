package flow_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// Code that calls runtime.Goexit, as t.FailNow does, never returns: nothing
// must wait for it.
func TestCodeThatEndsItsGoroutineFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exit := flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) {
			runtime.Goexit()
			return flow.Result{}, nil
		})
		b := &flow.Blueprint{ID: "exit", Nodes: []flow.Node{{ID: "a", Uses: "exit"}}}
		run, _ := memory.Run(t.Context(), b, flow.Registry{"exit": exit}, nil)
		if run.Status != flow.Failed || run.Error.Code != flow.CodePanic {
			t.Errorf("the run is %s with %+v, want failed with code %s", run.Status, run.Error, flow.CodePanic)
		}
	})
}
