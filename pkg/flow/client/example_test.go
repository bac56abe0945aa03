package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// stack returns a store, a queue, and an engine that uses them. flowaws.New returns
// those of a deployment.
func stack() (*memory.Store, *memory.Queue, *engine.Engine) {
	store, queue := memory.NewStore(), memory.NewQueue()
	b := &flow.Blueprint{ID: "order", Nodes: []flow.Node{{ID: "ship", Uses: "pass"}}}
	worker, err := engine.New(store, queue, nil, engine.Config{Blueprints: []*flow.Blueprint{b}, Now: queue.Now})
	if err != nil {
		log.Fatal(err)
	}
	return store, queue, worker
}

// With its own run id an order starts one run, however often it is sent.
func ExampleClient_Start() {
	store, queue, worker := stack()
	ctx, runs := context.Background(), client.New(queue, store)
	for _, item := range []string{"lamp", "desk"} { // the second start comes too late
		id, err := runs.Start(ctx, "order", map[string]string{"item": item}, client.WithRunID("order-17"))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("started", id)
	}
	if err := queue.Drain(ctx, worker); err != nil {
		log.Fatal(err)
	}
	report, err := runs.Report(ctx, "order-17")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Status, string(report.Result))
	// Output:
	// started order-17
	// started order-17
	// completed {"item":"lamp"}
}

// A run exists after a worker has handled its start.
func ExampleClient_Report() {
	store, queue, worker := stack()
	ctx, runs := context.Background(), client.New(queue, store)
	id, err := runs.Start(ctx, "order", "lamp", client.WithRunID("order-17"))
	if err != nil {
		log.Fatal(err)
	}
	_, err = runs.Report(ctx, id)
	fmt.Println("too early:", errors.Is(err, flow.ErrNotFound))

	if err := queue.Drain(ctx, worker); err != nil {
		log.Fatal(err)
	}
	report, err := runs.Report(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	// Output:
	// too early: true
	// run order-17 of order: completed
	//   ship: done
}

// Where a run stands can be seen without its values.
func ExampleClient_Inspect() {
	store, queue, worker := stack()
	ctx, runs := context.Background(), client.New(queue, store)
	id, err := runs.Start(ctx, "order", "a card number", client.WithRunID("order-17"))
	if err != nil {
		log.Fatal(err)
	}
	if err := queue.Drain(ctx, worker); err != nil {
		log.Fatal(err)
	}
	report, err := runs.Inspect(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	fmt.Println(len(report.Result), len(report.Outputs))
	// Output:
	// run order-17 of order: completed
	//   ship: done
	// 0 0
}

// A cancelled run ends before its next node. A run that has ended does not change.
func ExampleClient_Cancel() {
	store, queue, worker := stack()
	ctx, runs := context.Background(), client.New(queue, store)
	id, err := runs.Start(ctx, "order", "lamp", client.WithRunID("order-17"))
	if err != nil {
		log.Fatal(err)
	}
	if err := queue.Drain(ctx, worker); err != nil {
		log.Fatal(err)
	}
	if err := runs.Cancel(ctx, id, "the customer has changed their mind"); err != nil {
		log.Fatal(err)
	}
	if err := queue.Drain(ctx, worker); err != nil {
		log.Fatal(err)
	}
	report, err := runs.Report(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Status)
	// Output: completed
}
