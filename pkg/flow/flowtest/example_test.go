package flowtest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
)

// t replaces the *testing.T of a test.
var t testing.TB = exampleTest{}

type exampleTest struct{ testing.TB }

func (exampleTest) Helper()                  {}
func (exampleTest) Cleanup(func())           {}
func (exampleTest) Context() context.Context { return context.Background() }

var orders = &flow.Blueprint{ID: "order",
	Nodes: []flow.Node{
		{ID: "charge", Uses: "charge", Config: flow.NodeConfig{MaxRetries: 3}},
		{ID: "ship", Uses: "ship"},
	},
	Edges: []flow.Edge{{Source: "charge", Target: "ship"}},
}

// A test runs the whole blueprint, with the code of its nodes or with stubs, and
// checks the report. A failed test logs the run's events.
func ExampleRun() {
	report := flowtest.Run(t, orders, flow.Registry{
		"charge": flow.Func(func(_ context.Context, qty int) (int, error) { return 40 * qty, nil }),
		"ship":   flowtest.Stub("parcel-1"),
	}, 3)
	paid, err := flow.Output[int](report, "charge")
	fmt.Println(report.Status, paid, err)
	// Output: completed 120 <nil>
}

// A stub replaces code that does not exist yet, or that a test must not call.
func ExampleStub() {
	report := flowtest.Run(t, orders, flow.Registry{
		"charge": flowtest.Stub(map[string]any{"paid": 120}),
		"ship":   flowtest.Stub(nil), // no output
	}, nil)
	fmt.Println(string(report.Outputs["charge"]), report.Node("ship"))
	// Output: {"paid":120} ship: done
}

// Retries and fallbacks are tested with code that fails at first.
func ExampleFailTimes() {
	report := flowtest.Run(t, orders, flow.Registry{
		"charge": flowtest.FailTimes(2, errors.New("gateway timeout"), flowtest.Stub(120)),
		"ship":   flowtest.Stub("parcel-1"),
	}, nil)
	fmt.Println(report.Status)
	fmt.Println(report.Node("charge"))
	// Output:
	// completed
	// charge: done after 3 attempts
}

// A recorder records the calls of the code that it wraps.
func ExampleRecord() {
	ship := flowtest.Record(flowtest.Stub("parcel-1"))
	flowtest.Run(t, orders, flow.Registry{"charge": flowtest.Stub(120), "ship": ship}, nil)
	for _, call := range ship.Calls() {
		paid, err := flowtest.Input[int](call)
		fmt.Println(call.NodeID, call.Attempt, paid, err)
	}
	// Output: ship 1 120 <nil>
}

// A worker's middleware is tested with the nodes that it wraps.
func ExampleWithMiddleware() {
	logged := func(next flow.Handler) flow.Handler {
		return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
			fmt.Println("begin", task.NodeID)
			return next.Handle(ctx, task)
		})
	}
	flowtest.Run(t, orders, flow.Registry{"charge": flowtest.Stub(120), "ship": flowtest.Stub("parcel-1")}, nil,
		flowtest.WithMiddleware(logged))
	// Output:
	// begin charge
	// begin ship
}
