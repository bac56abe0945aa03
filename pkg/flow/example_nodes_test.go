package flow_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// Order is the input of the examples' runs.
type Order struct {
	Item string
	Qty  int
}

// one returns a blueprint of a single node.
func one(node flow.Node) *flow.Blueprint {
	return &flow.Blueprint{ID: "order", Nodes: []flow.Node{node}}
}

// A node's code is a function from its input to its output.
func ExampleFunc() {
	price := flow.Func(func(_ context.Context, o Order) (int, error) { return 40 * o.Qty, nil })

	b := &flow.Blueprint{ID: "order", Nodes: []flow.Node{{ID: "total", Uses: "price"}}}
	report, err := memory.Run(context.Background(), b, flow.Registry{"price": price}, Order{"lamp", 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Status, string(report.Result))
	// Output: completed 120
}

// Code selects edges by returning an action: the edges with that action are taken,
// and those without any action.
func ExampleTaskFunc() {
	review := flow.TaskFunc(func(_ context.Context, task *flow.Task, o Order) (flow.Result, error) {
		task.Log().Info("order reviewed")
		if o.Qty > 10 {
			return flow.Result{Output: "too many", Action: "decline"}, nil
		}
		return flow.Result{Output: "fine", Action: "approve"}, nil
	})

	b := &flow.Blueprint{ID: "order",
		Nodes: []flow.Node{{ID: "review", Uses: "review"}, {ID: "ship", Uses: "pass"}, {ID: "tell", Uses: "pass"}},
		Edges: []flow.Edge{
			{Source: "review", Target: "ship", Action: "approve"},
			{Source: "review", Target: "tell", Action: "decline"},
		}}
	report, err := memory.Run(context.Background(), b, flow.Registry{"review": review}, Order{"lamp", 20})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Node("ship"))
	fmt.Println(report.Node("tell"))
	// Output:
	// ship: skipped
	// tell: done
}

// A custom node type reads each node's params when the blueprint is validated, and
// refuses invalid ones.
func ExampleFromParams() {
	discount := flow.FromParams(func(p *flow.Params) flow.Handler {
		p.Only("code", "of")
		code, of := p.Text("code"), p.Expression("of")
		for _, key := range []string{"code", "of"} {
			if !p.Has(key) {
				p.Fault("it is missing, and required", key)
			}
		}
		return flow.HandlerFunc(func(_ context.Context, task *flow.Task) (flow.Result, error) {
			price, err := of.Eval(task)
			return flow.Result{Output: code + " on " + string(price)}, err
		})
	})
	registry := flow.Registry{"discount": discount}

	b := one(flow.Node{ID: "sale", Uses: "discount", Params: []byte(`{"code": "SPRING", "of": "input.Qty * 40"}`)})
	report, err := memory.Run(context.Background(), b, registry, Order{"lamp", 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(report.Result))

	fmt.Println(flow.Validate(one(flow.Node{ID: "sale", Uses: "discount", Params: []byte(`{"cod": "SPRING", "of": "input"}`)}), registry))
	// Output:
	// "SPRING on 120"
	// invalid blueprint "order", 2 faults:
	//   nodes[0].params.cod ("sale"): UNKNOWN_FIELD: there is no such key here: correct or remove it (known are code, of)
	//   nodes[0].params.code ("sale"): INVALID_FIELD: it is missing, and required
}

// A permanent error fails the node without further attempts.
func ExamplePermanent() {
	check := flow.Func(func(_ context.Context, o Order) (Order, error) {
		if o.Qty < 1 {
			return o, flow.Permanent(errors.New("an order needs a quantity"))
		}
		return o, nil
	})

	b := one(flow.Node{ID: "check", Uses: "check", Config: flow.NodeConfig{MaxRetries: 5}})
	report, _ := memory.Run(context.Background(), b, flow.Registry{"check": check}, Order{"lamp", 0})
	fmt.Println(report.Status, "after", report.Node("check").Attempts, "attempt")
	// Output: failed after 1 attempt
}

// If the other system names a delay, the next attempt waits for that long.
func ExampleRetryAfter() {
	charge := flow.Func(func(ctx context.Context, o Order) (string, error) {
		if flow.TaskFrom(ctx).Attempt == 1 {
			return "", flow.RetryAfter(errors.New("the gateway is busy"), 90*time.Second)
		}
		return "paid", nil
	})

	b := one(flow.Node{ID: "charge", Uses: "charge", Config: flow.NodeConfig{MaxRetries: 2, RetryDelay: time.Hour}})
	report, err := memory.Run(context.Background(), b, flow.Registry{"charge": charge}, Order{"lamp", 3})
	if err != nil {
		log.Fatal(err)
	}
	node := report.Node("charge")
	fmt.Println(node, "in", node.FinishedAt.Sub(*node.StartedAt).Round(time.Second))
	// Output: charge: done after 2 attempts in 1m30s
}

// A code classifies an error, for retryOn and for readers of the run.
func ExampleWithCode() {
	charge := flow.Func(func(context.Context, Order) (string, error) {
		return "", flow.WithCode(errors.New("the card has expired"), "card")
	})

	b := one(flow.Node{ID: "charge", Uses: "charge", Config: flow.NodeConfig{MaxRetries: 5, RetryOn: []string{"timeout"}}})
	report, err := memory.Run(context.Background(), b, flow.Registry{"charge": charge}, Order{"lamp", 3})
	if failure, ok := errors.AsType[*flow.NodeError](err); ok {
		fmt.Printf("%s failed with %s: %v\n", failure.NodeID, failure.Code, failure.Err)
	}
	fmt.Println(report.Node("charge").Attempts, "attempt")
	// Output:
	// charge failed with card: the card has expired
	// 1 attempt
}

// Middleware wraps the code of every node. A worker takes it as an argument, a
// test by flowtest.WithMiddleware, an engine in its configuration.
func ExampleMiddleware() {
	timed := func(next flow.Handler) flow.Handler {
		return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
			began := time.Now()
			result, err := next.Handle(ctx, task)
			fmt.Printf("%s, failed: %t, slow: %t\n", task.NodeID, err != nil, time.Since(began) > time.Minute)
			return result, err
		})
	}

	var _ flow.Middleware = timed
	price := timed(flow.Func(func(_ context.Context, o Order) (int, error) { return 40 * o.Qty, nil }))
	_, err := price.Handle(context.Background(), &flow.Task{NodeID: "price", Input: []byte(`{"Qty": 3}`)})
	if err != nil {
		log.Fatal(err)
	}
	// Output: price, failed: false, slow: false
}

// A test of a function that uses TaskFrom puts a task into the context.
func ExampleContextWithTask() {
	reserve := func(ctx context.Context, o Order) (string, error) {
		return fmt.Sprintf("%d of %s for %s", o.Qty, o.Item, flow.TaskFrom(ctx).Key), nil
	}

	ctx := flow.ContextWithTask(context.Background(), &flow.Task{Key: "run-1/reserve"})
	fmt.Println(reserve(ctx, Order{"lamp", 3}))
	// Output: 3 of lamp for run-1/reserve <nil>
}

// The task's key is the same for every attempt: another system that gets it finds the
// first charge, and does not charge again.
func ExampleTaskFrom() {
	charge := flow.Func(func(ctx context.Context, o Order) (string, error) {
		task := flow.TaskFrom(ctx)
		return fmt.Sprintf("attempt %d, node %s", task.Attempt, task.NodeID), nil
	})

	report, err := memory.Run(context.Background(), one(flow.Node{ID: "charge", Uses: "charge"}), flow.Registry{"charge": charge}, Order{"lamp", 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(report.Result))
	// Output: "attempt 1, node charge"
}

// Context keys are shared by the nodes of a run. A write takes effect together
// with the node's outcome, or not at all.
func ExampleTask_Set() {
	reserve := flow.TaskFunc(func(_ context.Context, task *flow.Task, o Order) (flow.Result, error) {
		return flow.Result{Output: "reserved"}, task.Set("weight", 2*o.Qty)
	})
	ship := flow.TaskFunc(func(ctx context.Context, task *flow.Task, _ any) (flow.Result, error) {
		var weight int
		_, err := task.Get(ctx, "weight", &weight)
		return flow.Result{Output: fmt.Sprintf("a parcel of %d kg", weight)}, err
	})

	b := &flow.Blueprint{ID: "order",
		Nodes: []flow.Node{{ID: "reserve", Uses: "reserve"}, {ID: "ship", Uses: "ship"}},
		Edges: []flow.Edge{{Source: "reserve", Target: "ship"}}}
	report, err := memory.Run(context.Background(), b, flow.Registry{"reserve": reserve, "ship": ship}, Order{"lamp", 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(report.Result))
	// Output: "a parcel of 6 kg"
}
