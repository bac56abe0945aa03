package decide

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestDepths(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		shape string
		want  map[string]int // of the nodes that are no starts
	}{
		"a chain":                {"a>b b>c", map[string]int{"b": 1, "c": 2}},
		"the longest way counts": {"a>b b>c a>c", map[string]int{"b": 1, "c": 2}},
		"a join of starts":       {"a>j b>j c>b", map[string]int{"b": 1, "j": 2}},
		"a fallback before its node's successors": {"a>b a!f", map[string]int{"f": 1, "b": 2}},
		"a fallback's fallback":                   {"a>b a!f f!g", map[string]int{"f": 1, "g": 2, "b": 3}},
		"a fallback with successors of its own":   {"a>b a!f f>g g>h", map[string]int{"f": 1, "b": 2, "g": 2, "h": 3}},
		"a fallback and its node lead to one":     {"a>b a!f f>b", map[string]int{"f": 1, "b": 2}},
		"two edges to one node":                   {"a>b a>b b>c", map[string]int{"b": 1, "c": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, shape(t, tc.shape).depths); diff != "" {
				t.Errorf("depths (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStampOrdersWrites(t *testing.T) {
	t.Parallel()
	p := shape(t, "a>b b>c a>d")
	clock := func(epoch int, node string) state.Clock {
		return p.stamp([]state.ContextWrite{{Key: "k"}}, epoch, state.TaskKey{Node: node})[0].Clock
	}
	ascending := []state.Clock{clock(0, "a"), clock(0, "b"), clock(0, "d"), clock(0, "c"), clock(1, "a")}
	for i, later := range ascending[1:] {
		if ascending[i] >= later {
			t.Errorf("%s is not before %s", ascending[i], later)
		}
	}
}
