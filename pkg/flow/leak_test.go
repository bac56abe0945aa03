package flow_test

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
)

// Values are never logged above debug, nor kept in errors, which are: a value
// that does not decode is named by its place, its kind and the type it had.
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
		"not the object":     {`"` + secret + `"`, "it is a JSON string, not flow_test.card"},
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
				w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"decode","inputs":"key"}]}`, flow.Registry{"decode": code}, func(c *flow.Config) {
					c.Logger = slog.New(slog.NewTextHandler(&log, nil))
				})
				w.create(func(r *flow.Run) { r.Input = json.RawMessage(`{"key":` + test.input + `}`) })
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
		_, err := flow.ParseBody(`{"runId":"r","hops":` + secret + `` + secret + `}`)
		if reject, ok := errors.AsType[*flow.RejectError](err); !ok || strings.Contains(reject.Reason, secret) {
			t.Errorf("ParseBody = %v, want a rejection without the value", err)
		}
	})
}

func get[T any](task *flow.Task, key string) (flow.Result, error) {
	var v T
	_, err := task.Get(context.Background(), key, &v)
	return flow.Result{}, err
}
