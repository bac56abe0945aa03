package deadletters_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/deadletters"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// queues is a dead-letter queue and its work queue.
type queues struct {
	letters  []types.Message
	hidden   map[string]bool // by receipt handle
	sent     []string        // body and flow-id
	returned []string
	refused  string // the body that is not accepted

	attributes map[string]types.MessageAttributeValue // of the last message that was sent

	sendErr, deleteErr error
	bounce             bool // every letter that is sent comes back at once
}

func (q *queues) post(ids ...string) {
	for _, id := range ids {
		q.letters = append(q.letters, types.Message{MessageId: &id, ReceiptHandle: new(fmt.Sprint(id, len(q.letters))), Body: new("body of " + id)})
	}
}

func (q *queues) ReceiveMessage(_ context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	out := &sqs.ReceiveMessageOutput{}
	for _, m := range q.letters {
		if len(out.Messages) < int(in.MaxNumberOfMessages) && !q.hidden[*m.ReceiptHandle] {
			q.hidden[*m.ReceiptHandle] = true
			out.Messages = append(out.Messages, m)
		}
	}
	return out, nil
}

func (q *queues) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	if q.sendErr != nil {
		return nil, q.sendErr
	}
	out := &sqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		if *e.MessageBody == q.refused {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: new("InvalidMessageContents")})
			continue
		}
		out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: e.Id})
		q.attributes = e.MessageAttributes
		id := aws.ToString(e.MessageAttributes["flow-id"].StringValue)
		q.sent = append(q.sent, *e.MessageBody+" as "+id)
		if q.bounce {
			q.letters = append(q.letters, types.Message{MessageId: new(fmt.Sprint("new", len(q.letters))), ReceiptHandle: new(fmt.Sprint("back", len(q.letters))), Body: e.MessageBody, MessageAttributes: e.MessageAttributes})
		}
	}
	return out, nil
}

func (q *queues) Delete(_ context.Context, handles ...string) error {
	if q.deleteErr != nil {
		return q.deleteErr
	}
	q.letters = slices.DeleteFunc(q.letters, func(m types.Message) bool { return slices.Contains(handles, *m.ReceiptHandle) })
	return nil
}

func (q *queues) Return(_ context.Context, returns ...sqsqueue.Return) error {
	for _, r := range returns {
		delete(q.hidden, r.ReceiptHandle)
		q.returned = append(q.returned, r.ReceiptHandle)
	}
	return nil
}

func (q *queues) redrive(t *testing.T) (deadletters.Stats, error) {
	t.Helper()
	r := deadletters.Redrive{Client: q, Queue: "work", URL: "dead", DeadLetters: q, Now: time.Now,
		Each: func(deadletters.Letter) error { return nil }, Failed: func(deadletters.Letter, string) {}}
	return r.Run(t.Context())
}

func setup() *queues { return &queues{hidden: map[string]bool{}} }

// A letter is sent before it is deleted. If it cannot be deleted, it is sent once more,
// with the same id.
func TestLetterIsSentTwiceUnderOneID(t *testing.T) {
	t.Parallel()
	q := setup()
	q.post("a")
	q.deleteErr = errors.New("down")
	if _, err := q.redrive(t); err == nil {
		t.Error("no error, want the one of the delete")
	}
	q.deleteErr = nil
	clear(q.hidden) // its visibility timeout has ended
	stats, err := q.redrive(t)
	if diff := cmp.Diff(deadletters.Stats{Letters: 1, Redriven: 1}, stats); err != nil || diff != "" {
		t.Errorf("%v, stats (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"body of a as a", "body of a as a"}, q.sent); diff != "" || len(q.letters) > 0 {
		t.Errorf("%d letters are left, sent (-want +got):\n%s", len(q.letters), diff)
	}
}

// Nothing that was not accepted is deleted; it is visible again at the end.
func TestLetterThatIsNotAcceptedStays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		breaks func(*queues)
		want   deadletters.Stats
		left   []string
		fails  bool
	}{
		"one of them":    {func(q *queues) { q.refused = "body of b" }, deadletters.Stats{Letters: 3, Redriven: 2, Left: 1}, []string{"b1"}, false},
		"the whole send": {func(q *queues) { q.sendErr = errors.New("down") }, deadletters.Stats{Letters: 3, Left: 3}, []string{"a0", "b1", "c2"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := setup()
			q.post("a", "b", "c")
			test.breaks(q)
			stats, err := q.redrive(t)
			if diff := cmp.Diff(test.want, stats); diff != "" || (err != nil) != test.fails {
				t.Errorf("%v, stats (-want +got):\n%s", err, diff)
			}
			if diff := cmp.Diff(test.left, q.returned); diff != "" || len(q.letters) != len(test.left) {
				t.Errorf("%d letters are left, given back (-want +got):\n%s", len(q.letters), diff)
			}
		})
	}
}

// A letter that is rejected again at once does not keep the command going round.
func TestLetterThatIsBackStays(t *testing.T) {
	t.Parallel()
	q := setup()
	q.bounce = true
	q.post("a", "b")
	stats, err := q.redrive(t)
	if diff := cmp.Diff(deadletters.Stats{Letters: 2, Redriven: 2, Left: 2}, stats); err != nil || diff != "" {
		t.Errorf("%v, stats (-want +got):\n%s", err, diff)
	}
	if len(q.sent) != 2 || len(q.letters) != 2 {
		t.Errorf("sent %q, %d letters are left, want each once", q.sent, len(q.letters))
	}
}

// hurried shows the letters that it has hidden again after some receives.
type hurried struct {
	*queues
	receives int
	waits    []int32
}

func (h *hurried) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, options ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	h.waits = append(h.waits, in.WaitTimeSeconds)
	if h.receives++; h.receives%8 == 0 {
		clear(h.hidden)
	}
	if h.receives > 100 {
		return nil, errors.New("it does not end")
	}
	return h.queues.ReceiveMessage(ctx, in, options...)
}

// Letters that stay are listed once, also when they become visible before the end.
func TestLettersThatStayEndThePass(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		letters int
		dry     bool
		broken  func(*queues)
		want    deadletters.Stats
	}{
		"a dry run":              {75, true, func(*queues) {}, deadletters.Stats{Letters: 75}},
		"letters not accepted":   {60, false, func(q *queues) { q.refused = "body of l0" }, deadletters.Stats{Letters: 60, Redriven: 59, Left: 1}},
		"letters that come back": {2, false, func(q *queues) { q.bounce = true }, deadletters.Stats{Letters: 2, Redriven: 2, Left: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &hurried{queues: setup()}
			for i := range test.letters {
				h.post(fmt.Sprint("l", i))
			}
			test.broken(h.queues)
			listed := map[string]int{}
			r := deadletters.Redrive{Client: h, Queue: "work", URL: "dead", DeadLetters: h, Now: time.Now, DryRun: test.dry,
				Each: func(l deadletters.Letter) error { listed[l.ID]++; return nil }, Failed: func(deadletters.Letter, string) {}}
			stats, err := r.Run(t.Context())
			if diff := cmp.Diff(test.want, stats); err != nil || diff != "" {
				t.Errorf("%v, stats (-want +got):\n%s", err, diff)
			}
			for id, n := range listed {
				if n != 1 {
					t.Errorf("%s is listed %d times", id, n)
				}
			}
			if slices.Contains(h.waits, 0) {
				t.Error("a receive does not wait, and may miss letters")
			}
		})
	}
}

// A dead letter may have killed workers.
func TestLetterIsSuspect(t *testing.T) {
	t.Parallel()
	q := setup()
	q.post("a")
	q.letters[0].MessageAttributes = map[string]types.MessageAttributeValue{}
	for name, value := range map[string]string{state.AttributeID: "first", state.AttributeReturns: "3"} {
		q.letters[0].MessageAttributes[name] = types.MessageAttributeValue{DataType: new("String"), StringValue: &value}
	}
	if _, err := q.redrive(t); err != nil {
		t.Fatal(err)
	}
	attributes := map[string]string{}
	for name, value := range q.attributes {
		attributes[name] = *value.StringValue
	}
	if m := (state.Message{Receives: 1, Attributes: attributes}); !m.Rescued() || m.OriginalID() != "first" {
		t.Errorf("sent again with %v, want as a suspect message, under its first id", attributes)
	}
}
