package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var anyCode = HandlerFunc(func(context.Context, *Task) (Result, error) { return Result{}, nil })

// pass returns a node; an argument names its fallback.
func pass(id string, fallback ...string) Node {
	return Node{ID: id, Uses: "pass", Config: NodeConfig{Fallback: strings.Join(fallback, "")}}
}

// edges parses "a>b b>c".
func edges(text string) (list []Edge) {
	for pair := range strings.FieldsSeq(text) {
		source, target, _ := strings.Cut(pair, ">")
		list = append(list, Edge{Source: source, Target: target})
	}
	return list
}

func uses(name, params string) []Node {
	return []Node{{ID: "a", Uses: name, Params: json.RawMessage(params)}}
}

func inputs(in Inputs) []Node { return []Node{{ID: "a", Uses: "pass", Inputs: in}} }

func config(c NodeConfig) []Node { return []Node{{ID: "a", Uses: "pass", Config: c}} }

func TestValidate_codes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		nodes []Node
		edges []Edge
		want  []string
	}{
		"faultless": {nodes: []Node{pass("a", "f"), pass("f"), pass("b")}, edges: edges("a>b")},
		"no nodes":  {want: []string{"EMPTY_BLUEPRINT nodes"}},

		"empty id":                  {nodes: []Node{pass(""), pass("")}, want: []string{"INVALID_FIELD nodes[0].id", "INVALID_FIELD nodes[1].id"}},
		"empty id with links":       {nodes: []Node{pass("a"), pass("")}, edges: edges("a> >"), want: []string{"INVALID_FIELD nodes[1].id", "INVALID_FIELD edges[0].target", "INVALID_FIELD edges[1].source", "INVALID_FIELD edges[1].target"}},
		"empty uses":                {nodes: uses("", ""), want: []string{"INVALID_FIELD nodes[0].uses"}},
		"foreign encoding":          {nodes: []Node{pass("\xff")}, edges: []Edge{{Source: "\xff", Target: "\xff\xff", Action: "\xff"}}, want: []string{"INVALID_FIELD nodes[0].id", "INVALID_FIELD edges[0].source", "INVALID_FIELD edges[0].target", "INVALID_FIELD edges[0].action"}},
		"params are no object":      {nodes: uses("code", `[1]`), want: []string{"INVALID_FIELD nodes[0].params"}},
		"params are no JSON":        {nodes: uses("eval", `{"a"`), want: []string{"INVALID_FIELD nodes[0].params"}},
		"inputs are both":           {nodes: inputs(Inputs{Name: "x", Fields: map[string]string{}}), want: []string{"INVALID_FIELD nodes[0].inputs"}},
		"inputs have an empty name": {nodes: inputs(Inputs{Fields: map[string]string{"a": "", "b": "x"}}), want: []string{"INVALID_FIELD nodes[0].inputs.a"}},
		"config of a literal": {
			nodes: config(NodeConfig{
				MaxRetries: -1, RetryDelay: -time.Second, RetryOn: []string{"x", ""}, Timeout: time.Microsecond,
				Backoff: &Backoff{Factor: 0.9, MaxDelay: -1}, JoinStrategy: "some", Semantics: "never",
			}),
			want: []string{
				"INVALID_FIELD nodes[0].config.maxRetries", "INVALID_FIELD nodes[0].config.retryDelay",
				"INVALID_FIELD nodes[0].config.backoff.factor", "INVALID_FIELD nodes[0].config.backoff.maxDelay",
				"INVALID_FIELD nodes[0].config.retryOn[1]", "INVALID_FIELD nodes[0].config.timeout",
				"INVALID_FIELD nodes[0].config.joinStrategy", "INVALID_FIELD nodes[0].config.semantics",
			},
		},
		"idempotency key":                {nodes: config(NodeConfig{IdempotencyKey: "'charge-' + input.id + run.input.a + run.id"})},
		"no idempotency key":             {nodes: config(NodeConfig{IdempotencyKey: "'charge-"}), want: []string{"INVALID_EXPRESSION nodes[0].config.idempotencyKey"}},
		"factor is no number":            {nodes: config(NodeConfig{Backoff: &Backoff{Factor: math.NaN()}}), want: []string{"INVALID_FIELD nodes[0].config.backoff.factor"}},
		"factor is infinite":             {nodes: config(NodeConfig{Backoff: &Backoff{Factor: math.Inf(1)}}), want: []string{"INVALID_FIELD nodes[0].config.backoff.factor"}},
		"at most once with several":      {nodes: config(NodeConfig{MaxRetries: 3, Semantics: AtMostOnce})},
		"edge without ends":              {nodes: []Node{pass("a")}, edges: []Edge{{}}, want: []string{"INVALID_FIELD edges[0].source", "INVALID_FIELD edges[0].target"}},
		"id too long":                    {nodes: []Node{pass(strings.Repeat("a", 256)), pass(strings.Repeat("b", 255))}, want: []string{"ID_TOO_LONG nodes[0].id"}},
		"duplicates":                     {nodes: []Node{pass("a"), pass("b"), pass("a"), pass("a")}, edges: edges("a>b"), want: []string{"DUPLICATE_NODE_ID nodes[2].id", "DUPLICATE_NODE_ID nodes[3].id"}},
		"look-alikes are no duplicates":  {nodes: []Node{pass("é"), pass("e\u0301"), pass("a"), pass("а"), pass("A"), pass("a ")}},
		"duplicate with the same links":  {nodes: []Node{pass("a", "f"), pass("a", "f"), pass("f")}, want: []string{"DUPLICATE_NODE_ID nodes[1].id"}},
		"unknown ends":                   {nodes: []Node{pass("a"), pass("b")}, edges: edges("x>a a>y x>y"), want: []string{"INVALID_EDGE_SOURCE edges[0].source", "INVALID_EDGE_TARGET edges[1].target", "INVALID_EDGE_SOURCE edges[2].source", "INVALID_EDGE_TARGET edges[2].target"}},
		"several edges between two":      {nodes: []Node{pass("a"), pass("b")}, edges: edges("a>b a>b")},
		"an edge for all other cases":    {nodes: []Node{pass("a"), pass("b"), pass("c")}, edges: []Edge{{Source: "a", Target: "b", Action: "x"}, {Source: "a", Target: "c", Otherwise: true, Transform: "1"}}},
		"one alone":                      {nodes: []Node{pass("a"), pass("b")}, edges: []Edge{{Source: "a", Target: "b", Otherwise: true}}},
		"two for all other cases":        {nodes: []Node{pass("a"), pass("b"), pass("c")}, edges: []Edge{{Source: "a", Target: "b", Otherwise: true}, {Source: "a", Target: "c", Otherwise: true}, {Source: "b", Target: "c", Otherwise: true}}, want: []string{"INVALID_FIELD edges[1].otherwise"}},
		"other cases with more":          {nodes: []Node{pass("a"), pass("b")}, edges: []Edge{{Source: "a", Target: "b", Otherwise: true, Action: "x"}, {Source: "a", Target: "b", Otherwise: true, Condition: "true"}}, want: []string{"INVALID_FIELD edges[0].otherwise", "INVALID_FIELD edges[1].otherwise"}},
		"other cases that never are":     {nodes: []Node{pass("a"), pass("b"), pass("c")}, edges: []Edge{{Source: "a", Target: "b", Otherwise: true}, {Source: "a", Target: "c"}}, want: []string{"INVALID_FIELD edges[0].otherwise"}},
		"noMatch of a literal":           {nodes: config(NodeConfig{NoMatch: "stop"}), want: []string{"INVALID_FIELD nodes[0].config.noMatch"}},
		"expressions that do not parse":  {nodes: []Node{pass("a"), pass("b")}, edges: []Edge{{Source: "a", Target: "b", Condition: "1 +", Transform: "{"}}, want: []string{"INVALID_EXPRESSION edges[0].condition", "INVALID_EXPRESSION edges[0].transform"}},
		"expression of the whole":        {nodes: []Node{pass("a"), pass("b")}, edges: []Edge{{Source: "a", Target: "b", Condition: "context", Transform: "outputs"}}, want: []string{"INVALID_EXPRESSION edges[0].condition", "INVALID_EXPRESSION edges[0].transform"}},
		"missing fallback":               {nodes: []Node{pass("a", "x")}, want: []string{"INVALID_FALLBACK nodes[0].config.fallback"}},
		"own fallback":                   {nodes: []Node{pass("b"), pass("a", "a")}, want: []string{"INVALID_FALLBACK nodes[1].config.fallback"}},
		"shared fallback":                {nodes: []Node{pass("a", "f"), pass("b", "f"), pass("f"), pass("c", "f")}, want: []string{"INVALID_FALLBACK nodes[1].config.fallback", "INVALID_FALLBACK nodes[3].config.fallback"}},
		"fallback with an incoming edge": {nodes: []Node{pass("a", "f"), pass("f"), pass("b")}, edges: edges("b>f"), want: []string{"INVALID_FALLBACK nodes[0].config.fallback"}},
		"fallback that its node leads to": {
			nodes: []Node{pass("a", "f"), pass("f")}, edges: edges("a>f"),
			want: []string{"INVALID_FALLBACK nodes[0].config.fallback"},
		},
		"fallback with an edge from nowhere": {nodes: []Node{pass("a", "f"), pass("f")}, edges: edges("x>f"), want: []string{"INVALID_EDGE_SOURCE edges[0].source"}},
		"chain of fallbacks":                 {nodes: []Node{pass("a", "b"), pass("b", "c"), pass("c")}},
		"ring of fallbacks":                  {nodes: []Node{pass("x"), pass("c", "a"), pass("a", "b"), pass("b", "c")}, want: []string{"INVALID_FALLBACK nodes[1].config.fallback"}},
		"way into a ring of fallbacks":       {nodes: []Node{pass("x", "b"), pass("a", "b"), pass("b", "a")}, want: []string{"INVALID_FALLBACK nodes[1].config.fallback", "INVALID_FALLBACK nodes[1].config.fallback"}},
		"fallback with edges of its own":     {nodes: []Node{pass("a", "f"), pass("f"), pass("b"), pass("c")}, edges: edges("a>b f>c")},
		"cycle back from a fallback":         {nodes: []Node{pass("s"), pass("a", "f"), pass("f")}, edges: edges("s>a f>a"), want: []string{"CYCLE_WITHOUT_CONTROLLER nodes[1]"}},

		"self edge of the only node": {nodes: []Node{pass("a")}, edges: edges("a>a"), want: []string{"CYCLE_WITHOUT_CONTROLLER nodes[0]"}},
		"cycle behind a start":       {nodes: []Node{pass("s"), pass("c"), pass("b")}, edges: edges("s>b b>c c>b"), want: []string{"CYCLE_WITHOUT_CONTROLLER nodes[1]"}},
		"two cycles":                 {nodes: []Node{pass("s"), pass("a"), pass("b"), pass("c"), pass("d")}, edges: edges("s>a a>b b>a b>c c>d d>c"), want: []string{"CYCLE_WITHOUT_CONTROLLER nodes[1]", "CYCLE_WITHOUT_CONTROLLER nodes[3]"}},
		"cycle without an entry": {
			nodes: []Node{pass("a"), pass("b"), pass("c")}, edges: edges("a>b b>a b>c"),
			want: []string{"ORPHAN_NODE nodes[0]", "CYCLE_WITHOUT_CONTROLLER nodes[0]", "ORPHAN_NODE nodes[1]", "ORPHAN_NODE nodes[2]"},
		},
		"cycle through a controller": {
			nodes: []Node{pass("s"), {ID: "ctl", Uses: "loop-controller"}, pass("b")}, edges: edges("s>ctl ctl>b b>ctl"),
			want: []string{"MISSING_NODE_IMPLEMENTATION nodes[1].uses"},
		},
		"cycle beside a controller": {
			nodes: []Node{pass("s"), {ID: "ctl", Uses: "loop-controller"}, pass("b"), pass("c")}, edges: edges("s>ctl ctl>b b>c c>b c>ctl"),
			want: []string{"MISSING_NODE_IMPLEMENTATION nodes[1].uses", "CYCLE_WITHOUT_CONTROLLER nodes[2]"},
		},
		"diamond is no cycle": {nodes: []Node{pass("a"), pass("b"), pass("c"), pass("d")}, edges: edges("a>b a>c b>d c>d")},

		"code that is missing": {nodes: uses("charge", ""), want: []string{"MISSING_NODE_IMPLEMENTATION nodes[0].uses"}},
		"code that is nil":     {nodes: uses("nil", ""), want: []string{"MISSING_NODE_IMPLEMENTATION nodes[0].uses"}},
		"code that is there":   {nodes: uses("code", `{"any":1}`)},
		"later built-in":       {nodes: uses("sleep", `{"duration":"1h"}`), want: []string{"MISSING_NODE_IMPLEMENTATION nodes[0].uses"}},
		"built-in's params":    {nodes: uses("set", `{"any":1}`), want: []string{"UNKNOWN_FIELD nodes[0].params.any", "INVALID_FIELD nodes[0].params.values"}},
		"everything at once": {
			nodes: []Node{
				{ID: "a", Uses: "nope", Config: NodeConfig{MaxRetries: -1, Fallback: "x"}},
				{ID: "a", Uses: "eval", Params: json.RawMessage(`{"expression":"1 +","oops":1}`)},
				pass("c"), pass("d"),
			},
			edges: []Edge{{Source: "c", Target: "d"}, {Source: "d", Target: "c"}, {Source: "x", Target: "a", Condition: "("}},
			want: []string{
				"INVALID_FIELD nodes[0].config.maxRetries", "MISSING_NODE_IMPLEMENTATION nodes[0].uses", "INVALID_FALLBACK nodes[0].config.fallback",
				"DUPLICATE_NODE_ID nodes[1].id", "UNKNOWN_FIELD nodes[1].params.oops", "INVALID_EXPRESSION nodes[1].params.expression",
				"ORPHAN_NODE nodes[2]", "CYCLE_WITHOUT_CONTROLLER nodes[2]", "ORPHAN_NODE nodes[3]",
				"INVALID_EDGE_SOURCE edges[2].source", "INVALID_EXPRESSION edges[2].condition",
			},
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			b := &Blueprint{ID: "b", Nodes: test.nodes, Edges: test.edges}
			err := Validate(b, Registry{"code": anyCode, "nil": nil})
			if diff := cmp.Diff(test.want, faultsOf(t, err)); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidate_top(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blueprint *Blueprint
		want      []string
	}{
		"nil":                   {nil, []string{"EMPTY_BLUEPRINT "}},
		"zero":                  {&Blueprint{}, []string{"INVALID_FIELD id", "EMPTY_BLUEPRINT nodes"}},
		"id_too_long":           {&Blueprint{ID: strings.Repeat("ü", 128), Nodes: []Node{pass("a")}}, []string{"ID_TOO_LONG id"}},
		"metadata_is_no_object": {&Blueprint{ID: "b", Metadata: json.RawMessage(`1`), Nodes: []Node{pass("a")}}, []string{"INVALID_FIELD metadata"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, faultsOf(t, Validate(test.blueprint, nil))); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidate_registry_replaces_builtins(t *testing.T) {
	t.Parallel()
	own := &Blueprint{ID: "b", Nodes: uses("set", `{"any":1}`)}
	if err := Validate(own, Registry{"set": anyCode}); err != nil {
		t.Errorf("params of replaced built-in: %v", err)
	}
	loop := &Blueprint{ID: "b", Nodes: []Node{pass("s"), {ID: "ctl", Uses: "loop-controller"}, pass("b")}, Edges: edges("s>ctl ctl>b b>ctl")}
	want := []string{"CYCLE_WITHOUT_CONTROLLER nodes[1]"}
	if diff := cmp.Diff(want, faultsOf(t, Validate(loop, Registry{"loop-controller": anyCode}))); diff != "" {
		t.Errorf("code of one's own under the controller's name opens no pass (-want +got):\n%s", diff)
	}
}

func TestValidate_messages(t *testing.T) {
	t.Parallel()
	knot := make([]Node, 30)
	var around []Edge
	for i := range knot {
		knot[i] = pass(fmt.Sprintf("n%d", i))
		around = append(around, Edge{Source: fmt.Sprintf("n%d", i), Target: fmt.Sprintf("n%d", (i+1)%30)})
	}
	for name, test := range map[string]struct {
		nodes []Node
		edges []Edge
		want  string
	}{
		"duplicate names the first":  {[]Node{pass("a"), pass("b"), pass("a")}, nil, `nodes[2].id ("a"): DUPLICATE_NODE_ID: nodes[0] has the id "a" too`},
		"shared names the first":     {[]Node{pass("a", "f"), pass("b", "f"), pass("f")}, nil, `node "f" is the fallback of "a" already: add a copy`},
		"incoming names the edge":    {[]Node{pass("a", "f"), pass("f"), pass("b")}, edges("a>b b>f"), `edges[1] leads to "f" too`},
		"ring is drawn":              {[]Node{pass("a", "b"), pass("b", "a")}, nil, `the fallbacks "a" → "b" → "a" lead back`},
		"own fallback is a ring":     {[]Node{pass("a", "a")}, nil, `the fallbacks "a" → "a" lead back`},
		"cycle is drawn":             {[]Node{pass("c"), pass("a"), pass("b")}, edges("c>b b>a a>c"), `the nodes "c" → "b" → "a" → "c" form a cycle`},
		"knot has the shortest ring": {[]Node{pass("a"), pass("b"), pass("c"), pass("d")}, edges("a>b b>c c>a b>a c>d d>c"), `the nodes "a" → "b" → "a" (and with them "c", "d") form a cycle`},
		"long ring is cut":           {knot, around, `"n19" → … 10 more → "n0" form`},
		"later built-in says so":     {uses("sleep", ""), nil, `Flowcraft's built-in "sleep" is not part of this version`},
		"packaged node says so":      {uses("http", ""), nil, `the node "http" is added by lambdaflow.Worker and by flowctl: elsewhere, add httpnode.New`},
		"missing code says what is":  {uses("charge", ""), nil, `neither code nor a built-in of the name "charge": add it to the worker's registry, or correct the name (built-ins are eval, fail, pass, set)`},
		"unknown strategy":           {config(NodeConfig{JoinStrategy: "ANY"}), nil, `it must be one of ["all" "any"], not "ANY"`},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			err := Validate(&Blueprint{ID: "b", Nodes: test.nodes, Edges: test.edges}, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v\nwant it to contain %s", err, test.want)
			}
		})
	}
}

func TestValidate_editor_leftovers(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/editor.json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := ParseBlueprint(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := Validate(b, Registry{"probe": anyCode, "scale": anyCode}); err != nil {
		t.Error(err)
	}
}

// Graphs that a recursive or quadratic search could not process.
func largeShapes() map[string]*Blueprint {
	const size = 5_000
	nodes := make([]Node, size)
	for i := range nodes {
		nodes[i] = pass(fmt.Sprintf("n%d", i))
	}
	link := func(source, target int) Edge {
		return Edge{Source: nodes[source].ID, Target: nodes[target].ID, Condition: "result.output.ok"}
	}
	var chain, fan, dense []Edge
	for i := 1; i < size; i++ {
		chain = append(chain, link(i-1, i))
		fan = append(fan, link(0, i))
		dense = append(dense, link(i-1, i), link(i, i-1))
	}
	return map[string]*Blueprint{
		"chain": {ID: "chain", Nodes: nodes, Edges: chain},
		"fan":   {ID: "fan", Nodes: nodes, Edges: fan},
		"ring":  {ID: "ring", Nodes: nodes, Edges: append(chain[:size-1:size-1], link(size-1, 1))},
		"dense": {ID: "dense", Nodes: nodes, Edges: append(dense, fan...)},
	}
}

func TestValidate_large(t *testing.T) {
	t.Parallel()
	shapes := largeShapes()
	for name, want := range map[string]string{"chain": "", "fan": "", "ring": "CYCLE_WITHOUT_CONTROLLER nodes[1]", "dense": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := shapes[name]
			got := strings.Join(faultsOf(t, Validate(b, nil)), "\n")
			if name == "dense" { // no start at all: every node is an orphan of the one knot
				if n := strings.Count(got, "ORPHAN_NODE"); n != len(b.Nodes) || strings.Count(got, "CYCLE") != 1 {
					t.Errorf("%d orphans, want %d, and one cycle", n, len(b.Nodes))
				}
				return
			}
			if got != want {
				t.Errorf("issues = %s, want %s", got, want)
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	for name, blueprint := range largeShapes() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = Validate(blueprint, nil)
			}
		})
	}
}
