package engine_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
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

// A key of the blueprint's own is the same for all attempts.
func TestIdempotencyKeyOfTheBlueprint(t *testing.T) {
	t.Parallel()
	w, keys := keysOf(t, `{"id":"b","nodes":[
		{"id":"set","uses":"set","params":{"values":{"shop":"'s' + input.shop"}}},
		{"id":"a","uses":"key","config":{"maxRetries":3,"idempotencyKey":"'charge-' + input.order.orderId + '-' + input.shop"}},
		{"id":"n","uses":"key","inputs":"a","config":{"maxRetries":3,"idempotencyKey":"run.input.orderId + outputs['a'].id + outputs.set.orderId"}},
		{"id":"plain","uses":"key","config":{"maxRetries":3}}
	],"edges":[{"source":"set","target":"a","transform":"{order: input, shop: shop}"},{"source":"a","target":"n"},{"source":"n","target":"plain"}]}`, `{"orderId":7,"shop":2}`)
	want := strings.Repeat("charge-7-s2 ", 3) + strings.Repeat("7of the output7 ", 3) + strings.Repeat("run/plain ", 3)
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

// A node beside another writes what the key of that one is made of, between its attempts,
// and a worker dies with an attempt: the key stays.
func TestIdempotencyKeyStays(t *testing.T) {
	t.Parallel()
	var keys []string
	var lost []letter
	w := setup(t, `{"id":"b","nodes":[
		{"id":"set","uses":"set","params":{"values":{"shop":"'first'"}}},
		{"id":"a","uses":"key","config":{"maxRetries":4,"idempotencyKey":"input.shop + outputs.set.x + run.input.x"}},
		{"id":"beside","uses":"pass"}
	],"edges":[{"source":"set","target":"a","transform":"{shop: shop}"}]}`, flow.Registry{"key": taskFunc(func(task *flow.Task) (flow.Result, error) {
		var now string
		if _, err := task.Get(t.Context(), "shop", &now); err != nil {
			return flow.Result{}, err
		}
		keys = append(keys, task.Key+" "+now)
		if task.Attempt < 3 {
			return flow.Result{}, errBusy
		}
		return flow.Result{}, nil
	})})
	w.handle(w.start())
	for i, value := range []string{`"second"`, `"third"`} {
		var retry state.Message
		for _, m := range append(w.queue.take(), lost...) {
			if m.Of.NodeID == "a" {
				retry = m.Message
			}
		}
		writes := map[string]state.ContextWrite{}
		for _, key := range []string{"shop", "set", "input", "_outputs.set"} {
			writes[key] = state.ContextWrite{Key: key, ContextValue: state.ContextValue{Value: json.RawMessage(value)}}
		}
		w.put(done("beside"), slices.Collect(maps.Values(writes))...)
		w.clock.pass(lease + time.Second)
		if i == 0 { // the worker dies before it records the outcome
			w.inject("crash before commit a")
			if err := w.deliver(retry); err == nil {
				t.Fatal("the worker has not died")
			}
			w.wire.Revive()
			w.clock.pass(lease + time.Second)
			lost = append(lost, letter{Message: again(retry), Of: flow.MessageBody{NodeID: "a"}})
			continue
		}
		w.handle(retry)
	}
	if want := []string{"first11 first", "first11 second", "first11 third"}; !slices.Equal(keys, want) {
		t.Errorf("the keys were %q, want %q", keys, want)
	}
}
