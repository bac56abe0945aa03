package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// A value nested too deeply fails its node, once: no branch behind it is skipped.
func TestValueNestedTooDeeplyFailsItsNode(t *testing.T) {
	t.Parallel()
	for _, form := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
		for _, levels := range []int{199, 200, 201, 9_000} {
			value := json.RawMessage(strings.Repeat(form[0], levels) + "1" + strings.Repeat(form[1], levels))
			for what, code := range map[string]flow.Handler{
				"the output":      taskFunc(func(*flow.Task) (flow.Result, error) { return flow.Result{Output: value}, nil }),
				`context key "k"`: taskFunc(func(task *flow.Task) (flow.Result, error) { return flow.Result{}, task.Set("k", value) }),
			} {
				w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"code","config":{"maxRetries":3}},{"id":"b","uses":"pass"}],"edges":[{"source":"a","target":"b","condition":"true"}]}`, flow.Registry{"code": code})
				w.handle(w.start())
				if levels <= 200 {
					w.wantRun(flow.Completed)
					continue
				}
				w.wantRun(flow.Failed)
				if got := w.run().Error; got.Code != flow.CodeValueTooLarge || got.Attempt != 1 || !strings.Contains(got.Message, what+" is nested more than 200 levels deep") {
					t.Errorf("%d levels of %s, %s: the error is %+v", levels, form[0], what, got)
				}
			}
		}
	}
}

// A transform may put a value into another, one level more each time.
func TestEdgeValueNestedTooDeeplyFailsItsNode(t *testing.T) {
	t.Parallel()
	for _, levels := range []int{198, 199, 200} {
		value := json.RawMessage(strings.Repeat("[", levels) + strings.Repeat("]", levels))
		code := taskFunc(func(*flow.Task) (flow.Result, error) { return flow.Result{Output: value}, nil })
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"pass"}],"edges":[{"source":"a","target":"b","transform":"[input]"}]}`, flow.Registry{"code": code})
		w.handle(w.start())
		want := flow.Completed
		if levels+1 > 200 {
			want = flow.Failed
		}
		w.wantRun(want)
		if got := w.run().Error; want == flow.Failed && !strings.Contains(fmt.Sprint(got), "the value of an edge is nested more than 200") {
			t.Errorf("the error is %v", got)
		}
	}
}
