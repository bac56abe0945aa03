package flow_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

func ship(_ context.Context, o Order) (string, error) { return "parcel of " + o.Item, nil }

// Validation reports all faults of a blueprint at once, each with its place.
func ExampleValidate() {
	b := &flow.Blueprint{ID: "order",
		Nodes: []flow.Node{{ID: "price", Uses: "pass"}, {ID: "ship", Uses: "shipp"}},
		Edges: []flow.Edge{{Source: "price", Target: "ship", Condition: "result.output >"}}}
	fmt.Println(flow.Validate(b, flow.Registry{"ship": flow.Func(ship)}))
	// Output:
	// invalid blueprint "order", 2 faults:
	//   nodes[1].uses ("ship"): MISSING_NODE_IMPLEMENTATION: there is neither code nor a built-in of the name "shipp": add it to the worker's registry, or correct the name (built-ins are eval, fail, pass, set)
	//   edges[0].condition ("price -> ship"): INVALID_EXPRESSION: 1:16: the expression ends too early
}

// A blueprint's JSON is that of Flowcraft. Parsing reports every fault of its form.
func ExampleParseBlueprint() {
	b, err := flow.ParseBlueprint([]byte(`{
		"id": "order",
		"nodes": [{"id": "price", "uses": "price", "config": {"maxRetries": 3, "retryDelay": 500}}, {"id": "ship", "uses": "pass"}],
		"edges": [{"source": "price", "target": "ship", "condition": "result.output > 100"}]
	}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(b.Nodes[0].Config.MaxRetries, "attempts,", b.Nodes[0].Config.RetryDelay, "apart")

	_, err = flow.ParseBlueprint([]byte(`{"id": "order", "nodes": [{"id": "price"}]}`))
	fmt.Println(err)
	// Output:
	// 3 attempts, 500ms apart
	// invalid blueprint "order": nodes[0].uses ("price"): INVALID_FIELD: it is missing or empty, and required
}

// A folder of blueprints is often embedded in the program, by embed.FS.
func ExampleLoadBlueprints() {
	folder := fstest.MapFS{
		"order.json":  {Data: []byte(`{"id": "order", "nodes": [{"id": "price", "uses": "pass"}]}`)},
		"refund.json": {Data: []byte(`{"id": "refund", "nodes": [{"id": "pay", "uses": "pass"}]}`)},
		"README.md":   {Data: []byte(`Other files are left alone.`)},
	}
	blueprints, err := flow.LoadBlueprints(folder)
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range blueprints {
		fmt.Println(b.ID)
	}
	// Output:
	// order
	// refund
}

// A report has the outputs as JSON; Output decodes that of one node.
func ExampleOutput() {
	price := flow.Func(func(_ context.Context, o Order) (int, error) { return 40 * o.Qty, nil })
	report, err := memory.Run(context.Background(), one(flow.Node{ID: "total", Uses: "price"}), flow.Registry{"price": price}, Order{"lamp", 3})
	if err != nil {
		log.Fatal(err)
	}
	total, err := flow.Output[int](report, "total")
	fmt.Println(total+5, err)

	_, err = flow.Output[string](report, "total")
	fmt.Println(err != nil)
	// Output:
	// 125 <nil>
	// true
}

// The text of a report has the state of every node, and shows no value.
func ExampleReport() {
	b := &flow.Blueprint{ID: "order",
		Nodes: []flow.Node{{ID: "review", Uses: "fail", Params: []byte(`{"message": "declined"}`)}, {ID: "ship", Uses: "pass"}},
		Edges: []flow.Edge{{Source: "review", Target: "ship"}}}
	report, _ := memory.Run(context.Background(), b, nil, Order{"lamp", 3})
	report.RunID = "r-1"
	fmt.Println(report)
	// Output:
	// run r-1 of order: failed: node review: error: declined
	//   review: failed: error: declined
	//   ship: pending
}
