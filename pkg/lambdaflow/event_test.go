package lambdaflow_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

// counter counts what its functions are asked to do.
type counter struct{ n int }

func (c *counter) Handle(context.Context, state.Message) error { c.n++; return nil }

func (c *counter) Tick(context.Context) (engine.Stats, error) { c.n++; return engine.Stats{}, nil }

// An invocation with another event than those of a queue fails: it would seem to succeed,
// and do nothing.
func TestWorkerRefusesOtherEvents(t *testing.T) {
	t.Parallel()
	for event, says := range map[string]string{
		`{}`:   "no SQS event",
		`null`: "no SQS event",
		`{"type":"start","blueprintId":"order","input":{}}`: "flowctl start",
		`{"Records":[]}`: "no SQS event",
		`{"Records":[{"eventSource":"aws:s3","s3":{}}]}`:                               `records of "aws:s3"`,
		`{"Records":[{"messageId":"m","eventSource":"aws:sqs","body":"{}"}]}`:          "",
		`{"Records":[{"messageId":"m","body":"{}"}]}`:                                  "", // of tests
		`{"Records":[{"eventSource":"aws:\u001b[2J` + strings.Repeat("x", 99) + `"}]}`: `aws:\x1b[2Jxx`,
		`{"detail-type":"Scheduled Event","source":"aws.events","detail":{}}`:          "no SQS event",
	} {
		c := &counter{}
		w := lambdaflow.NewWorkerHandler(c, keeps{}, lambdaflow.Config{})
		var decoded events.SQSEvent
		if err := json.Unmarshal([]byte(event), &decoded); err != nil {
			t.Fatal(err)
		}
		_, err := w.Handle(t.Context(), decoded)
		if says == "" {
			if err != nil || c.n != 1 {
				t.Errorf("%s: %v, %d messages handled", event, err, c.n)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), says) || c.n != 0 {
			t.Errorf("%s: %v and %d messages handled, want an error that says %s", event, err, c.n, says)
		}
	}
}

// The reconciler ticks for a schedule's event and by hand, and not for another's event.
func TestReconcilerRefusesOtherEvents(t *testing.T) {
	t.Parallel()
	for event, says := range map[string]string{
		``: "", `{}`: "", `null`: "", `"now"`: "", `[1]`: "", `{"tick":1}`: "",
		`{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`: "",
		`{"Records":[{"eventSource":"aws:sqs"}]}`:                                           "belongs to the worker",
		`{"type":"start","blueprintId":"b"}`:                                                "work queue",
		`{"blueprintId":"b","input":1}`:                                                     "work queue",
		`{"requestContext":{}}`:                                                             "API Gateway",
		`{"detail-type":"Order Placed","source":"shop","detail":{}}`:                        `"Order Placed" of EventBridge`,
	} {
		c := &counter{}
		_, err := lambdaflow.NewReconcilerHandler(c, nil).Handle(t.Context(), json.RawMessage(event))
		if says == "" && (err != nil || c.n != 1) {
			t.Errorf("%s: %v and %d ticks, want one", event, err, c.n)
		}
		if says != "" && (err == nil || !strings.Contains(err.Error(), says) || c.n != 0) {
			t.Errorf("%s: %v and %d ticks, want an error that says %s", event, err, c.n, says)
		}
	}
}
