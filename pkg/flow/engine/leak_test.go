package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Values are never logged above debug level, nor put into errors, which are logged:
// the error of a value that does not decode has its place, its kind and the wanted
// type.
func TestValueThatDoesNotDecodeIsNotQuoted(t *testing.T) {
	t.Parallel()
	const secret = "4111111111111111"
	type card struct {
		Number int32
		Name   string
		Valid  time.Time
		Limit  int `json:",string"`
	}
	for name, test := range map[string]struct{ input, says string }{
		"a number too large": {`{"Number":` + secret + `}`, "field Number is a JSON number, not int32"},
		"a text for an int":  {`{"Number":"` + secret + `"}`, "field Number is a JSON string, not int32"},
		"not the object":     {`"` + secret + `"`, "it is a JSON string, not engine_test.card"},
		"a type's own code":  {`{"Valid":"` + secret + `"}`, "*time.ParseError"},
		"an int as text":     {`{"Limit":"x` + secret + `"}`, "*errors.errorString"},
	} {
		for how, code := range map[string]flow.Handler{
			"as input":       flow.Func(func(context.Context, card) (int, error) { return 1, nil }),
			"as context key": taskFunc(func(task *flow.Task) (flow.Result, error) { return get[card](task, "key") }),
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				var log bytes.Buffer
				w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"decode","inputs":"key"}]}`, flow.Registry{"decode": code}, func(c *engine.Config) {
					c.Logger = slog.New(slog.NewTextHandler(&log, nil))
				})
				w.create(func(r *state.Run) { r.Input = json.RawMessage(`{"key":` + test.input + `}`) })
				w.handle(w.job("a"))
				w.wantRun(flow.Failed)
				failure := w.run().Error
				if !strings.Contains(failure.Message, test.says) {
					t.Errorf("the message is %q, want %s", failure.Message, test.says)
				}
				text := log.String() + fmt.Sprint(*failure) + fmt.Sprint(*w.record("a").Error)
				if strings.Contains(text, secret) {
					t.Errorf("the value is quoted:\n%s", text)
				}
			})
		}
	}
	t.Run("a message's body", func(t *testing.T) {
		t.Parallel()
		_, err := flow.ParseMessage(`{"runId":"r","hops":` + secret + `` + secret + `}`)
		if reject, ok := errors.AsType[*flow.RejectError](err); !ok || strings.Contains(reject.Reason, secret) {
			t.Errorf("ParseBody = %v, want a rejection without the value", err)
		}
	})
}

// card is a value that must not appear in any log.
type card struct{ Number string }

// Whether a node succeeds or fails, neither log lines from INFO up nor errors that are
// stored, sent back or returned to the host contain a value.
func TestValuesAreNotLogged(t *testing.T) {
	t.Parallel()
	const secret = "4111111111111111"
	node := func(id, uses, rest string) string { return fmt.Sprintf(`{"id":%q,"uses":%q%s}`, id, uses, rest) }
	for name, test := range map[string]struct{ nodes, edges, code string }{
		"a run that completes":                {nodes: node("a", "pass", "")},
		"an expression of a node":             {nodes: node("a", "eval", `,"params":{"expression":"input.n.includes(input.n)"}`), code: flow.CodeExpression},
		"a result that is no JSON":            {nodes: node("a", "eval", `,"params":{"expression":"input.n / 0"}`), code: flow.CodeExpression},
		"an action that is no text":           {nodes: node("a", "eval", `,"params":{"expression":"1","action":"[input.n]"}`), code: flow.CodeExpression},
		"a condition":                         {nodes: node("a", "pass", "") + "," + node("b", "pass", ""), edges: `{"source":"a","target":"b","condition":"input.n.includes('x')"}`, code: flow.CodeExpression},
		"a transform":                         {nodes: node("a", "pass", "") + "," + node("b", "pass", ""), edges: `{"source":"a","target":"b","transform":"0 / (input.n - input.n)"}`, code: flow.CodeExpression},
		"a value that is too large":           {nodes: node("a", "large", ""), code: flow.CodeValueTooLarge},
		"a context key that is too large":     {nodes: node("a", "set", `,"params":{"values":{"k":"[input.s, input.s, input.s]"}}`), code: flow.CodeValueTooLarge},
		"an action that is too large":         {nodes: node("a", "eval", `,"params":{"expression":"1","action":"input.s"}`), code: flow.CodeValueTooLarge},
		"a panic with a value":                {nodes: node("a", "panic", ""), code: flow.CodePanic},
		"a number that is none":               {nodes: node("a", "number", ""), code: flow.CodeError},
		"a context key that is no number":     {nodes: node("a", "key", ""), code: flow.CodeError},
		"a value whose own code refuses":      {nodes: node("a", "refuse", ""), code: flow.CodeError},
		"retries, and then a fallback":        {nodes: node("a", "panic", `,"config":{"maxRetries":2,"fallback":"f"}`) + "," + node("f", "eval", `,"params":{"expression":"_catch_error"}`)},
		"code that outlives its timeout":      {nodes: node("a", "hang", `,"config":{"timeout":1}`), code: flow.CodeTimeout},
		"code that is not made for its input": {nodes: node("a", "typed", ""), code: flow.CodeInput},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			w := setup(t, `{"id":"b","nodes":[`+test.nodes+`],"edges":[`+test.edges+`]}`, tellTales(secret), func(c *engine.Config) {
				c.Logger, c.MaxValue = slog.New(slog.NewTextHandler(&log, nil)), 1000
			})
			long := strings.Repeat(secret, 30)
			w.create(func(r *state.Run) { r.Input = json.RawMessage(`{"n":` + secret + `,"s":"` + long + `"}`) })
			var told []any
			for _, m := range []state.Message{w.job("a"), again(w.job("a")), onReceive(w.job("a"), 9), w.start()} {
				told = append(told, w.engine.Handle(t.Context(), m))
			}
			for sent := w.queue.take(); len(sent) > 0; sent = w.queue.take() {
				for _, letter := range sent {
					told = append(told, w.engine.Handle(t.Context(), letter.Message))
				}
			}
			run := w.run()
			if code := codeOf(run.Error); code != test.code {
				t.Errorf("the run is %s with %+v, want the code %q", run.Status, run.Error, test.code)
			}
			told = append(told, log.String())
			if run.Error != nil {
				told = append(told, *run.Error)
			}
			for _, id := range []string{"a", "f"} {
				if failure := w.record(id).Error; failure != nil {
					told = append(told, *failure)
				}
			}
			if text := fmt.Sprintf("%+v", told); strings.Contains(text, secret[:12]) {
				t.Errorf("the value is told:\n%s", text)
			}
		})
	}
}

func codeOf(f *flow.Failure) string {
	if f == nil {
		return ""
	}
	return f.Code
}

// refusing is a value whose own code puts too much into its error.
type refusing struct{ card }

func (r refusing) MarshalJSON() ([]byte, error) { return nil, fmt.Errorf("no such card: %s", r.Number) }

// tellTales is code that handles the secret carelessly, except in its own errors.
func tellTales(secret string) flow.Registry {
	put := func(value any) flow.Handler {
		return taskFunc(func(*flow.Task) (flow.Result, error) { return flow.Result{Output: value}, nil })
	}
	return flow.Registry{
		"large":  put(strings.Repeat(secret, 100)),
		"number": put(json.Number("n" + secret)),
		"refuse": put(refusing{card{secret}}),
		"key": taskFunc(func(task *flow.Task) (flow.Result, error) {
			return flow.Result{}, flow.Permanent(task.Set("k", json.Number("n"+secret)))
		}),
		"panic": taskFunc(func(*flow.Task) (flow.Result, error) { panic(card{secret}) }),
		"hang": flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
			<-ctx.Done()
			return flow.Result{Output: secret}, ctx.Err()
		}),
		"typed": flow.Func(func(context.Context, struct{ N string }) (int, error) { return 1, nil }),
	}
}

func get[T any](task *flow.Task, key string) (flow.Result, error) {
	var v T
	_, err := task.Get(context.Background(), key, &v)
	return flow.Result{}, err
}
