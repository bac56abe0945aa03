package engine_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// keysOf runs a blueprint whose nodes use "key", each of which fails twice, and returns
// the keys that they have got.
func keysOf(t *testing.T, blueprint, input string) (*world, []string) {
	t.Helper()
	var keys []string
	w := setup(t, blueprint, flow.Registry{"key": taskFunc(func(task *flow.Task) (flow.Result, error) {
		keys = append(keys, task.Key)
		if task.Attempt < 3 {
			return flow.Result{}, errBusy
		}
		return flow.Result{Output: json.RawMessage(`{"id":"of the output"}`)}, nil
	})})
	start := w.start()
	start.Body = strings.Replace(start.Body, `{"x":1}`, input, 1)
	w.handle(start)
	w.drain()
	return w, keys
}

// A key of the blueprint's own has all that the node's expressions have, and is the same
// for all attempts.
func TestIdempotencyKeyOfTheBlueprint(t *testing.T) {
	t.Parallel()
	w, keys := keysOf(t, `{"id":"b","nodes":[
		{"id":"set","uses":"set","params":{"values":{"shop":"'s' + input.shop"}}},
		{"id":"a","uses":"key","config":{"maxRetries":3,"idempotencyKey":"'charge-' + input.orderId + '-' + shop"}},
		{"id":"n","uses":"key","inputs":"a","config":{"maxRetries":3,"idempotencyKey":"input.id + context['a'].id + set.orderId"}},
		{"id":"plain","uses":"key","config":{"maxRetries":3}}
	],"edges":[{"source":"set","target":"a"},{"source":"a","target":"n"},{"source":"n","target":"plain"}]}`, `{"orderId":7,"shop":2}`)
	want := strings.Repeat("charge-7-s2 ", 3) + strings.Repeat("of the outputof the output7 ", 3) + strings.Repeat("run/plain ", 3)
	if got := strings.Join(keys, " ") + " "; got != want {
		t.Errorf("the keys were %q, want %q", got, want)
	}
	w.wantRun(flow.Completed)
}

// A value that is no key fails the node for good, before its code runs.
func TestIdempotencyKeyThatIsNone(t *testing.T) {
	t.Parallel()
	for value, fault := range map[string]string{
		`"x"`:                                "",
		`7`:                                  "",
		`"` + strings.Repeat("é", 127) + `"`: "",
		`"` + strings.Repeat("é", 128) + `"`: "the value of config.idempotencyKey has 256 bytes: 1 to 255 are allowed",
		`""`:                                 "the value of config.idempotencyKey has 0 bytes: 1 to 255 are allowed",
		`null`:                               "the value of config.idempotencyKey is null: it must be a string or a number",
		`true`:                               "the value of config.idempotencyKey is a boolean: it must be a string or a number",
		`[1]`:                                "the value of config.idempotencyKey is an array: it must be a string or a number",
	} {
		w, keys := keysOf(t, `{"id":"b","nodes":[{"id":"a","uses":"key","config":{"maxRetries":3,"idempotencyKey":"input"}}]}`, value)
		if fault == "" {
			w.wantRun(flow.Completed)
			continue
		}
		w.wantRun(flow.Failed)
		if failure := w.run().Error; failure.Code != flow.CodeExpression || failure.Message != fault || failure.Attempt != 1 || len(keys) > 0 {
			t.Errorf("%s: %+v after %d calls, want %s", value, failure, len(keys), fault)
		}
	}
}
