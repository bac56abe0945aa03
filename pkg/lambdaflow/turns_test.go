package lambdaflow_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

// sent keeps the messages of a batch that are sent meanwhile.
type sent struct {
	mu       sync.Mutex
	messages []flow.Outgoing
}

func (s *sent) Send(ctx context.Context, messages ...flow.Outgoing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, messages...)
	return ctx.Err()
}

// slow is a worker's handler of a node that takes its time.
func slow(t *testing.T, s *sent, takes time.Duration) *lambdaflow.WorkerHandler {
	t.Helper()
	blueprint, err := flow.ParseBlueprint([]byte(`{"id":"b","nodes":[{"id":"a","uses":"code"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	code := flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) {
		time.Sleep(takes)
		return flow.Result{}, nil
	})
	worker, err := engine.New(memory.NewStore(), s, flow.Registry{"code": code}, engine.Config{Blueprints: []*flow.Blueprint{blueprint}})
	if err != nil {
		t.Fatal(err)
	}
	return lambdaflow.NewWorkerHandler(worker, setup(t, func(*bundle) {}), lambdaflow.Config{})
}

// invoke handles the records in an invocation of a minute, and returns those that the
// queue holds afterwards.
func (s *sent) invoke(t *testing.T, h *lambdaflow.WorkerHandler, records []events.SQSMessage) (left []events.SQSMessage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	response, err := h.Handle(ctx, events.SQSEvent{Records: records})
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{}
	for _, f := range response.BatchItemFailures {
		failed[f.ItemIdentifier] = true
	}
	for _, r := range records {
		if failed[r.MessageId] {
			var receives int
			if _, err := fmt.Sscan(r.Attributes["ApproximateReceiveCount"], &receives); err != nil {
				t.Fatal(err)
			}
			r.Attributes = map[string]string{"ApproximateReceiveCount": fmt.Sprint(receives + 1)}
			left = append(left, r)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, m := range s.messages {
		r := record(fmt.Sprint(records[0].MessageId, "-", i), 1)
		r.Body, r.MessageAttributes = m.Body, map[string]events.SQSMessageAttribute{}
		for name, value := range m.Attributes {
			r.MessageAttributes[name] = events.SQSMessageAttribute{StringValue: &value, DataType: "String"}
		}
		left = append(left, r)
	}
	s.messages = nil
	return left
}

// A message that waited for its turn has killed no worker: its turn comes beside others.
// Before it becomes a dead letter it is sent again, once in a few invocations.
func TestLargeBatchStaysParallel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sent{}
		h := slow(t, s, 18*time.Second)
		var left []events.SQSMessage
		for i := range 1000 {
			r := record(fmt.Sprint("m", i), 1)
			r.Body = `{"type":"start","blueprintId":"b"}`
			left = append(left, r)
		}
		for invocation := 1; len(left) > 0; invocation++ {
			before := len(left)
			if left[0].Attributes["ApproximateReceiveCount"] == "4" {
				if left = s.invoke(t, h, left); len(left) != before {
					t.Fatalf("invocation %d has sent %d of %d again", invocation, len(left), before)
				}
				continue
			}
			left = s.invoke(t, h, left)
			if done := before - len(left); done < min(before, 96) {
				t.Fatalf("invocation %d has done %d of %d, want 32 at a time, three times", invocation, done, before)
			}
		}
	})
}
