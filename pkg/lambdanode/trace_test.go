package lambdanode_test

import (
	"encoding/json"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// A function gets the run's traceparent: in the client context, and one of a node type in
// its event, too.
func TestTraceparent(t *testing.T) {
	t.Parallel()
	for _, given := range []string{"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"} {
		a := newAPI(t, answerWith(200, nil, `{"output":1}`))
		client := lambdanode.NewClient(config(a.URL))
		registry, err := lambdanode.Bind(flow.Registry{"typed": lambdanode.For("typed"), lambdanode.Name: lambdanode.New(client)}, client)
		if err != nil {
			t.Fatal(err)
		}
		for i, node := range []flow.Node{{ID: "n", Uses: lambdanode.Name, Params: json.RawMessage(`{"function":"plain"}`)}, {ID: "n", Uses: "typed"}} {
			b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{node}}
			if _, err := memory.Run(trace.ContextWith(t.Context(), given), b, registry, nil); err != nil {
				t.Fatal(err)
			}
			invoked := a.All()[i]
			var event lambdanode.Event
			if err := json.Unmarshal([]byte(invoked.payload), &event); node.Uses == "typed" && (err != nil || event.Traceparent != given) {
				t.Errorf("the event is %s, want the traceparent %q: %v", invoked.payload, given, err)
			}
			if got, ok := invoked.custom["traceparent"]; got != given || ok != (given != "") {
				t.Errorf("%s: the client context is %v, want the traceparent %q", node.Uses, invoked.custom, given)
			}
		}
	}
}
