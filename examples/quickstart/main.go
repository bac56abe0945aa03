// Command quickstart runs a workflow in memory.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

type Order struct {
	Item string
	Qty  int
}

func price(_ context.Context, o Order) (int, error) { return o.Qty * 40, nil }

func main() {
	bp := &flow.Blueprint{ID: "order",
		Nodes: []flow.Node{{ID: "price", Uses: "price"}, {ID: "review", Uses: "pass"}, {ID: "ship", Uses: "pass"}},
		Edges: []flow.Edge{
			{Source: "price", Target: "review", Condition: "result.output > 100"},
			{Source: "price", Target: "ship", Condition: "result.output <= 100"}}}
	run, err := memory.Run(context.Background(), bp, flow.Registry{"price": flow.Func(price)}, Order{"lamp", 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Status, string(run.Outputs["review"])) // completed 120
}
