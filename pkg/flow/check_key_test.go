package flow_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// keyedGraph is a blueprint with a diamond, a fallback of b, a join of the first of two
// ways, and a branch beside all. The key is that of the node at.
func keyedGraph(at, key string, inputs flow.Inputs) *flow.Blueprint {
	b := &flow.Blueprint{ID: "b"}
	for _, id := range []string{"first", "a", "b", "spare", "all", "any", "last", "beside"} {
		n := flow.Node{ID: id, Uses: "pass"}
		switch id {
		case "b":
			n.Config.Fallback = "spare"
		case "any":
			n.Config.JoinStrategy = flow.JoinAny
		}
		if id == at {
			n.Config.IdempotencyKey, n.Inputs = key, inputs
		}
		b.Nodes = append(b.Nodes, n)
	}
	for _, edge := range []string{"first a", "first b", "a all", "b all", "a any", "b any", "all last", "any last"} {
		source, target, _ := strings.Cut(edge, " ")
		b.Edges = append(b.Edges, flow.Edge{Source: source, Target: target})
	}
	return b
}

// A key may read only values that cannot change between two attempts.
func TestStableKeys(t *testing.T) {
	t.Parallel()
	named, fields := flow.Inputs{Name: "first"}, flow.Inputs{Fields: map[string]string{"a": "first"}}
	for name, test := range map[string]struct {
		at, key string
		inputs  flow.Inputs
		says    string // "" is valid
	}{
		"the input":                       {"all", "input.id", flow.Inputs{}, ""},
		"the run":                         {"all", "run.id + run.input.id", named, ""},
		"outputs of both ways":            {"all", "outputs.a.id + outputs.b.id + outputs.first.id", named, ""},
		"the output of a fallback":        {"all", "outputs.spare.id", flow.Inputs{}, ""},
		"outputs before all ways":         {"any", "outputs.first.id", flow.Inputs{}, ""},
		"outputs behind a join":           {"last", "outputs.a + outputs.b + outputs.all + outputs.any + outputs.spare", flow.Inputs{}, ""},
		"of a fallback":                   {"spare", "input.id + outputs.b + outputs.first", flow.Inputs{}, ""},
		"the output of one way":           {"any", "outputs.a.id", flow.Inputs{}, `outputs["a"] may come between them`},
		"the output of a node beside":     {"all", "outputs.beside.id", flow.Inputs{}, `outputs["beside"] may come`},
		"the output of a later node":      {"a", "outputs.last", flow.Inputs{}, `outputs["last"] may come`},
		"its own output":                  {"a", "outputs.a", flow.Inputs{}, `outputs["a"] may come`},
		"a fallback's own output":         {"spare", "outputs.spare", flow.Inputs{}, `outputs["spare"] may come`},
		"the output of no node":           {"a", "outputs.none", flow.Inputs{}, `outputs["none"] may come`},
		"a context key":                   {"all", "'x' + context.shop", flow.Inputs{}, `the context key "shop" may be written between them`},
		"a name":                          {"all", "'x' + shop", flow.Inputs{}, `the context key "shop" may be written between them`},
		"the name of a node":              {"all", "first.id", flow.Inputs{}, `"first" may become a context key, so read outputs["first"]`},
		"a named input":                   {"all", "input.id", named, "the values that the node's inputs name may change"},
		"an input of fields":              {"all", "[input].length", fields, "the values that the node's inputs name may change"},
		"several faults":                  {"all", "a + context.b + outputs.beside", flow.Inputs{}, `so read outputs["a"]; the context key "b" may be written between them, so let a transform on the edge to this node put it into the input; outputs["beside"] may come`},
		"in a branch that is never taken": {"all", "true ? input.id : shop", flow.Inputs{}, `the context key "shop"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := flow.Validate(keyedGraph(test.at, test.key, test.inputs), flow.Registry{})
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("Validate = %v, want an error that says %q", err, test.says)
			}
		})
	}
	b := keyedGraph("spare", "input.id", flow.Inputs{})
	b.Nodes[2].Inputs = named // of the node that spare stands in for
	if err := flow.Validate(b, flow.Registry{}); err == nil || !strings.Contains(err.Error(), "nodes[3]") {
		t.Errorf("Validate = %v, want an error of the fallback, which has the input of its node", err)
	}
}

// Ten thousand keys that read outputs are checked in seconds, whatever leads where.
func TestStableKeysOfALargeBlueprint(t *testing.T) {
	t.Parallel()
	b := &flow.Blueprint{ID: "b"}
	for i := range 5_000 {
		b.Nodes = append(b.Nodes, flow.Node{ID: fmt.Sprint("n", i), Uses: "pass", Config: flow.NodeConfig{IdempotencyKey: "outputs.n0 + input"}})
		for _, back := range []int{1, 2, 3} {
			if i >= back {
				b.Edges = append(b.Edges, flow.Edge{Source: fmt.Sprint("n", i-back), Target: fmt.Sprint("n", i)})
			}
		}
	}
	b.Nodes[0].Config.IdempotencyKey = ""
	start := time.Now()
	if err := flow.Validate(b, flow.Registry{}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}
