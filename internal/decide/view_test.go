package decide

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestViewForgetsWhenItHoldsTooMuch(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		most int
		want []string
	}{
		"up to the limit":     {4000, []string{"a", "b", "c"}},
		"more than the limit": {2000, []string{"b"}},
	} {
		v := NewView(&Plan{}, "run")
		v.MostHeld = test.most
		for _, id := range []string{"a", "b", "c"} {
			v.Keep(state.TaskRecord{TaskKey: state.TaskKey{Node: id}, State: flow.TaskDone, Output: []byte(`"` + strings.Repeat("x", 1000) + `"`)})
		}
		v.Forget([]string{"b"}, "")
		var got []string
		for key := range maps.Keys(v.Tasks) {
			got = append(got, key.Node)
		}
		slices.Sort(got)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: records (-want +got):\n%s", name, diff)
		}
	}
}
