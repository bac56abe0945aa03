package memory_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// A workflow runs in the process, without a server. Its delays are skipped.
func ExampleRun() {
	b := &flow.Blueprint{ID: "order",
		Nodes: []flow.Node{{ID: "price", Uses: "price"}, {ID: "review", Uses: "pass"}, {ID: "ship", Uses: "pass"}},
		Edges: []flow.Edge{
			{Source: "price", Target: "review", Condition: "result.output > 100"},
			{Source: "price", Target: "ship", Condition: "result.output <= 100"},
		}}
	price := flow.Func(func(_ context.Context, qty int) (int, error) { return 40 * qty, nil })

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	report, err := memory.Run(ctx, b, flow.Registry{"price": price}, 3)
	if err != nil {
		log.Fatal(err)
	}
	for _, node := range report.Nodes {
		fmt.Println(node, string(report.Outputs[node.ID]))
	}
	// Output:
	// price: done 120
	// review: done 120
	// ship: skipped
}

// Several runs share a store and a queue as they do where they are deployed: a
// client starts them, an engine handles the messages.
func ExampleQueue_Drain() {
	store, queue := memory.NewStore(), memory.NewQueue()
	b := &flow.Blueprint{ID: "order", Nodes: []flow.Node{{ID: "ship", Uses: "pass"}}}
	worker, err := engine.New(store, queue, nil, engine.Config{Blueprints: []*flow.Blueprint{b}, Now: queue.Now})
	if err != nil {
		log.Fatal(err)
	}
	ctx, runs := context.Background(), client.New(queue, store)
	for _, item := range []string{"lamp", "desk"} {
		if _, err := runs.Start(ctx, "order", item, client.WithRunID(item)); err != nil {
			log.Fatal(err)
		}
	}
	if err := queue.Drain(ctx, worker); err != nil {
		log.Fatal(err)
	}
	for _, id := range []string{"lamp", "desk"} {
		report, err := runs.Report(ctx, id)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(report.RunID, report.Status)
	}
	// Output:
	// lamp completed
	// desk completed
}
