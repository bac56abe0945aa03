package sqsqueue_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func TestVisible(t *testing.T) {
	t.Parallel()
	t.Run("requests_one_attribute", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{attributes: func(in *sqs.GetQueueAttributesInput) (map[string]string, error) {
			want := []types.QueueAttributeName{"ApproximateNumberOfMessages"}
			if diff := cmp.Diff(want, in.AttributeNames); diff != "" || *in.QueueUrl != "queue-url" {
				t.Errorf("queue %s, attributes (-want +got):\n%s", *in.QueueUrl, diff)
			}
			return map[string]string{"ApproximateNumberOfMessages": "17"}, nil
		}}
		if got, err := f.queue().Visible(t.Context()); got != 17 || err != nil {
			t.Errorf("Visible = %d, %v, want 17", got, err)
		}
	})
	t.Run("an_error_names_the_queue", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{attributes: func(*sqs.GetQueueAttributesInput) (map[string]string, error) { return nil, errCut }}
		if _, err := f.queue().Visible(t.Context()); !errors.Is(err, errCut) || !strings.Contains(err.Error(), "queue-url") {
			t.Errorf("Visible = %v, want the cut connection, with the queue", err)
		}
	})
	t.Run("an_answer_without_the_count_is_an_error", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{attributes: func(*sqs.GetQueueAttributesInput) (map[string]string, error) { return nil, nil }}
		if got, err := f.queue().Visible(t.Context()); err == nil {
			t.Errorf("Visible = %d, nil, want an error", got)
		}
	})
	t.Run("counts_neither_delayed_messages_nor_those_in_flight", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, serverstest.SQS(t))
		want := func(count int, when string) {
			t.Helper()
			if got, err := l.Visible(t.Context()); got != count || err != nil {
				t.Errorf("%s: Visible = %d, %v, want %d", when, got, err, count)
			}
		}
		want(0, "empty")
		if err := l.Send(t.Context(), flow.Outgoing{Body: "a"}, flow.Outgoing{Body: "b"}, flow.Outgoing{Body: "later", Delay: time.Minute}); err != nil {
			t.Fatal(err)
		}
		want(2, "after the messages were sent")
		in := &sqs.ReceiveMessageInput{QueueUrl: l.url, MaxNumberOfMessages: 1, VisibilityTimeout: 60}
		if out, err := l.client.ReceiveMessage(t.Context(), in); err != nil || len(out.Messages) != 1 {
			t.Fatal(out, err)
		}
		want(1, "while one is in flight")
	})
}
