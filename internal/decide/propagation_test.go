package decide

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// shape makes a blueprint of "a>b a>c"; "x!f" makes f the fallback of x, and a node named
// any… is an "any" join.
func shape(t *testing.T, text string) *Plan {
	t.Helper()
	b := &flow.Blueprint{ID: "shape"}
	index := map[string]int{}
	add := func(id string) int {
		if _, ok := index[id]; !ok {
			index[id] = len(b.Nodes)
			node := flow.Node{ID: id, Uses: "code"}
			if strings.HasPrefix(id, "any") {
				node.Config.JoinStrategy = flow.JoinAny
			}
			b.Nodes = append(b.Nodes, node)
		}
		return index[id]
	}
	for field := range strings.FieldsSeq(text) {
		if x, f, ok := strings.Cut(field, "!"); ok {
			add(f)
			b.Nodes[add(x)].Config.Fallback = f
			continue
		}
		source, target, ok := strings.Cut(field, ">")
		add(source)
		if ok {
			add(target)
			b.Edges = append(b.Edges, flow.Edge{Source: source, Target: target})
		}
	}
	p, err := Compile(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// done returns a record that took the edges with these numbers.
func done(node string, edges ...int) state.TaskRecord {
	t := state.TaskRecord{TaskKey: state.TaskKey{Node: node}, State: flow.TaskDone}
	for _, i := range edges {
		t.Edges = append(t.Edges, state.TakenEdge{Index: i})
	}
	return t
}

func failed(node string) state.TaskRecord {
	return state.TaskRecord{TaskKey: state.TaskKey{Node: node}, State: flow.TaskFailed, Failures: 1}
}

func TestPropagate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		shape    string
		record   state.TaskRecord
		ready    []string
		arrivals []string // node<-sources/taken
		ends     []string
		skipped  []string
	}{
		"a taken edge makes its target ready": {
			shape: "a>b", record: done("a", 0), ready: []string{"b"},
		},
		"an untaken branch dies to its end": {
			shape: "a>b a>c c>d", record: done("a", 0), ready: []string{"b"}, ends: []string{"sink#d"}, skipped: []string{"c", "d"},
		},
		"a sink is an end": {
			shape: "a", record: done("a"), ends: []string{"sink#a"},
		},
		"a dead branch arrives at the join it reaches": {
			shape: "a>b a>c b>j c>d d>j", record: done("a", 0), ready: []string{"b"}, arrivals: []string{"j<-d/"}, skipped: []string{"c", "d"},
		},
		"two dead branches arrive together": {
			shape: "a>b a>c a>x b>j c>j x>j", record: done("a", 2), ready: []string{"x"}, arrivals: []string{"j<-b,c/"}, skipped: []string{"b", "c"},
		},
		"a taken edge into a join arrives as taken": {
			shape: "a>j b>j", record: done("a", 0), arrivals: []string{"j<-a/a"},
		},
		"two edges between the same nodes are one arrival, taken if one is": {
			shape: "a>j a>j b>j", record: done("a", 1), arrivals: []string{"j<-a/a"},
		},
		"two edges from the only predecessor are no join": {
			shape: "a>b a>b", record: done("a", 0, 1), ready: []string{"b"},
		},
		"every edge into an any join is an end": {
			shape: "a>any b>any", record: done("a", 0), arrivals: []string{"any<-a/a"}, ends: []string{"edge#a#any"},
		},
		"a dead edge into an any join is an end too": {
			shape: "a>any b>any a>c", record: done("a", 2), ready: []string{"c"}, arrivals: []string{"any<-a/"}, ends: []string{"edge#a#any"},
		},
		"a failed node leads to its fallback alone": {
			shape: "a>b a!f", record: failed("a"), ready: []string{"f"},
		},
		"a healthy node's fallback is dead": {
			shape: "a>b a!f", record: done("a", 0), ready: []string{"b"}, skipped: []string{"f"},
		},
		"nodes that only the unused fallback leads to are dead": {
			shape: "a>b a!f f>g g>h", record: done("a", 0), ready: []string{"b"}, ends: []string{"sink#h"}, skipped: []string{"f", "g", "h"},
		},
		"a used fallback leads on along both nodes' edges": {
			shape: "a>b a!f f>g", record: done("f", 0, 1), ready: []string{"g", "b"},
		},
		"at a join a fallback counts under the failed node": {
			shape: "a>j b>j a!f", record: done("f", 0), arrivals: []string{"j<-a/a"},
		},
		"where its node leads too a fallback is one source with it": {
			shape: "a>j f>j b>j a!f", record: done("f", 1), arrivals: []string{"j<-a/a"},
		},
		"two of one node that no other leads to are no join": {
			shape: "f>t a>t a!f", record: done("a", 1), ready: []string{"t"}, skipped: []string{"f"},
		},
		"of a chain of fallbacks the first node that leads there is the source": {
			shape: "g>j f>j b>j a!f f!g", record: done("g", 0, 1), arrivals: []string{"j<-f/f"}, ends: []string{"sink#a"},
		},
		"a used fallback resolves the failed node's end": {
			shape: "a a!f", record: done("f"), ends: []string{"sink#a"},
		},
		"a fallback of a fallback stands in for both": {
			shape: "a>b a!f f!g f>x g>y", record: done("g", 0, 2), ready: []string{"y", "b"}, ends: []string{"sink#x"}, skipped: []string{"x"},
		},
		"a dead node takes its fallback along": {
			shape: "a>b a>c c!f f>g", record: done("a", 0), ready: []string{"b"}, ends: []string{"sink#c", "sink#g"}, skipped: []string{"c", "f", "g"},
		},
		"no edge taken: everything behind is dead": {
			shape: "a>b a>c b>d c>d", record: done("a"), arrivals: []string{"d<-b,c/"}, skipped: []string{"b", "c"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := Propagate(shape(t, tc.shape), tc.record)
			var arrivals []string
			for _, a := range w.Arrivals {
				arrivals = append(arrivals, a.Node+"<-"+strings.Join(a.Sources, ",")+"/"+strings.Join(a.Taken, ","))
			}
			for what, pair := range map[string][2][]string{
				"ready": {w.Ready, tc.ready}, "arrivals": {arrivals, tc.arrivals}, "ends": {w.Ends, tc.ends}, "skipped": {w.Skipped, tc.skipped},
			} {
				if diff := cmp.Diff(pair[1], pair[0]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"a":                   1,
		"a>b a>c":             2,
		"a>b a>c b>j c>j":     1,
		"a>any b>any":         3, // the sink and two edges
		"a>any a>any":         1, // one source: no join
		"a a!f":               1,
		"a>b a!f":             1,
		"a>b a!f f>g":         2,
		"a>b a>any b>any b>c": 4,
	} {
		if got := shape(t, text).End().Size(); got != want {
			t.Errorf("ends of %q = %d, want %d", text, got, want)
		}
	}
}

func TestIsDead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		shape   string
		records []state.TaskRecord
		dead    []string
	}{
		"nothing is dead before anything is done":     {"a>b a>c", nil, nil},
		"an untaken branch is":                        {"a>b a>c c>d", []state.TaskRecord{done("a", 0)}, []string{"c", "d"}},
		"a join with a way in is not":                 {"a>b a>c b>j c>j", []state.TaskRecord{done("a", 0)}, []string{"c"}},
		"a join without is":                           {"a>b a>c b>j c>j", []state.TaskRecord{done("a")}, []string{"b", "c", "j"}},
		"an unused fallback is":                       {"a>b a!f f>g", []state.TaskRecord{done("a", 0)}, []string{"f", "g"}},
		"a fallback that is due is not":               {"a>b a!f f>g", []state.TaskRecord{failed("a")}, nil},
		"a used one decides for the failed node":      {"a>b a>c a!f", []state.TaskRecord{failed("a"), done("f", 1)}, []string{"b"}},
		"the successors of a failed node are pending": {"a>b", []state.TaskRecord{failed("a")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shape(t, tc.shape)
			v := &View{Plan: p, Tasks: map[state.TaskKey]state.TaskRecord{}}
			for _, r := range tc.records {
				v.Tasks[r.TaskKey] = r
			}
			var dead []string
			for _, n := range p.Graph.Blueprint.Nodes {
				if NewProgress(v).Dead(state.TaskKey{Node: n.ID}) {
					dead = append(dead, n.ID)
				}
			}
			slices.Sort(dead)
			if diff := cmp.Diff(tc.dead, dead); diff != "" {
				t.Errorf("dead (-want +got):\n%s", diff)
			}
		})
	}
}
