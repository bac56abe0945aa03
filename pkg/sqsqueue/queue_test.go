package sqsqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// fakeSQS records the requests and answers them by answer and change; nil accepts
// all.
type fakeSQS struct {
	requests []*sqs.SendMessageBatchInput
	answer   func(request int, e types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry // nil: accepted
	fail     func(request int) error

	changes []*sqs.ChangeMessageVisibilityBatchInput
	change  func(request int) ([]types.BatchResultErrorEntry, error)

	attributes func(in *sqs.GetQueueAttributesInput) (map[string]string, error)

	deletes []*sqs.DeleteMessageBatchInput
	remove  func(request int) ([]types.BatchResultErrorEntry, error)

	waits []time.Duration
}

func (f *fakeSQS) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	f.requests = append(f.requests, in)
	if f.fail != nil {
		if err := f.fail(len(f.requests)); err != nil {
			return nil, err
		}
	}
	out := &sqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		var failed *types.BatchResultErrorEntry
		if f.answer != nil {
			failed = f.answer(len(f.requests), e)
		}
		switch {
		case failed == nil:
			out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: e.Id})
		case aws.ToString(failed.Code) != "": // without a code the answer leaves it out
			failed.Id = e.Id
			out.Failed = append(out.Failed, *failed)
		}
	}
	return out, nil
}

func (f *fakeSQS) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	f.changes = append(f.changes, in)
	if f.change == nil {
		return &sqs.ChangeMessageVisibilityBatchOutput{}, nil
	}
	failed, err := f.change(len(f.changes))
	if err != nil {
		return nil, err
	}
	return &sqs.ChangeMessageVisibilityBatchOutput{
		Failed:     failed,
		Successful: make([]types.ChangeMessageVisibilityBatchResultEntry, len(in.Entries)-len(failed)),
	}, nil
}

func (f *fakeSQS) DeleteMessageBatch(_ context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	f.deletes = append(f.deletes, in)
	if f.remove == nil {
		return &sqs.DeleteMessageBatchOutput{Successful: make([]types.DeleteMessageBatchResultEntry, len(in.Entries))}, nil
	}
	failed, err := f.remove(len(f.deletes))
	if err != nil {
		return nil, err
	}
	return &sqs.DeleteMessageBatchOutput{
		Failed:     failed,
		Successful: make([]types.DeleteMessageBatchResultEntry, len(in.Entries)-len(failed)),
	}, nil
}

func (f *fakeSQS) GetQueueAttributes(_ context.Context, in *sqs.GetQueueAttributesInput, _ ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	attributes, err := f.attributes(in)
	if err != nil {
		return nil, err
	}
	return &sqs.GetQueueAttributesOutput{Attributes: attributes}, nil
}

func (f *fakeSQS) queue() *sqsqueue.Queue {
	return sqsqueue.New(f, "queue-url", sqsqueue.Config{
		Jitter: func() float64 { return 0 },
		Wait: func(ctx context.Context, d time.Duration) error {
			f.waits = append(f.waits, d)
			return context.Cause(ctx)
		},
	})
}

// bodies returns those of one request, in order.
func bodies(in *sqs.SendMessageBatchInput) []string {
	var all []string
	for _, e := range in.Entries {
		all = append(all, *e.MessageBody)
	}
	return all
}

func numbered(n int) []flow.Outgoing {
	messages := make([]flow.Outgoing, n)
	for i := range messages {
		messages[i].Body = fmt.Sprint("m", i)
	}
	return messages
}

func throttled(types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
	return &types.BatchResultErrorEntry{Code: new("RequestThrottled"), Message: new("slow down")}
}

func TestSend(t *testing.T) {
	t.Parallel()

	t.Run("no_messages_send_no_request", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{}
		if err := f.queue().Send(t.Context()); err != nil || len(f.requests) != 0 {
			t.Errorf("Send() = %v with %d requests, want none", err, len(f.requests))
		}
	})

	t.Run("is_sent_in_tens_in_order", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{}
		if err := f.queue().Send(t.Context(), numbered(25)...); err != nil {
			t.Fatal(err)
		}
		var sizes []int
		var all []string
		for _, r := range f.requests {
			sizes = append(sizes, len(r.Entries))
			all = append(all, bodies(r)...)
			ids := map[string]bool{}
			for _, e := range r.Entries {
				ids[*e.Id] = true
			}
			if len(ids) != len(r.Entries) || *r.QueueUrl != "queue-url" {
				t.Errorf("%d entries have %d ids, to %q", len(r.Entries), len(ids), *r.QueueUrl)
			}
		}
		if diff := cmp.Diff([]int{10, 10, 5}, sizes); diff != "" {
			t.Errorf("sizes (-want +got):\n%s", diff)
		}
		for i, body := range all {
			if want := fmt.Sprint("m", i); body != want {
				t.Fatalf("message %d is %q", i, body)
			}
		}
	})

	t.Run("a_request_stays_within_1_MiB_with_its_attributes", func(t *testing.T) {
		t.Parallel()
		half := strings.Repeat("x", 1<<19)
		f := &fakeSQS{}
		// Two halves fill a request exactly; an attribute of 1+6+1 bytes is too much.
		err := f.queue().Send(t.Context(), flow.Outgoing{Body: half}, flow.Outgoing{Body: half},
			flow.Outgoing{Body: half}, flow.Outgoing{Body: half[8:], Attributes: map[string]string{"a": "b"}},
			flow.Outgoing{Body: half}, flow.Outgoing{Body: half[7:], Attributes: map[string]string{"a": "b"}})
		if err != nil {
			t.Fatal(err)
		}
		var sizes []int
		for _, r := range f.requests {
			sizes = append(sizes, len(r.Entries))
		}
		if diff := cmp.Diff([]int{2, 2, 1, 1}, sizes); diff != "" {
			t.Errorf("entries per request (-want +got):\n%s", diff)
		}
	})

	t.Run("every_field_reaches_its_entry", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{}
		err := f.queue().Send(t.Context(),
			flow.Outgoing{Body: "full", Delay: time.Second + 1, Tenant: "acme", Attributes: map[string]string{"flow-id": "first", "x": "y"}},
			flow.Outgoing{Body: "longest", Delay: state.MaxDelay},
			flow.Outgoing{Body: "plain"})
		if err != nil {
			t.Fatal(err)
		}
		want := []types.SendMessageBatchRequestEntry{
			{Id: new("0"), MessageBody: new("full"), DelaySeconds: 2, MessageGroupId: new("acme"),
				MessageAttributes: map[string]types.MessageAttributeValue{
					"flow-id": {DataType: new("String"), StringValue: new("first")},
					"x":       {DataType: new("String"), StringValue: new("y")},
				}},
			{Id: new("1"), MessageBody: new("longest"), DelaySeconds: 900},
			{Id: new("2"), MessageBody: new("plain")},
		}
		if diff := cmp.Diff(want, f.requests[0].Entries, ignoreSDK); diff != "" {
			t.Errorf("entries (-want +got):\n%s", diff)
		}
	})

	for name, bad := range map[string]flow.Outgoing{
		"too_long_a_body":  {Body: strings.Repeat("x", 1<<20+1)},
		"too_long_a_delay": {Body: "m", Delay: state.MaxDelay + 1},
		"a_negative_delay": {Body: "m", Delay: -1},
	} {
		t.Run(name+"_sends_nothing", func(t *testing.T) {
			t.Parallel()
			f := &fakeSQS{}
			err := f.queue().Send(t.Context(), append(numbered(2), bad)...)
			if err == nil || !strings.Contains(err.Error(), "none of 3 messages sent: message 3") || len(f.requests) != 0 {
				t.Errorf("Send() = %v with %d requests", err, len(f.requests))
			}
		})
	}
}

func TestSendFailed(t *testing.T) {
	t.Parallel()

	t.Run("failed_entries_are_sent_again_alone", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{answer: func(request int, e types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
			if failed := *e.MessageBody == "m1" || *e.MessageBody == "m3"; failed && request < 3 {
				return throttled(e)
			}
			return nil
		}}
		if err := f.queue().Send(t.Context(), numbered(4)...); err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, r := range f.requests {
			got = append(got, bodies(r))
		}
		if diff := cmp.Diff([][]string{{"m0", "m1", "m2", "m3"}, {"m1", "m3"}, {"m1", "m3"}}, got); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{50 * time.Millisecond, 100 * time.Millisecond}, f.waits); diff != "" {
			t.Errorf("waits (-want +got):\n%s", diff)
		}
	})

	t.Run("an_entry_the_answer_leaves_out_is_sent_again", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{answer: func(request int, e types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
			if *e.MessageBody == "m1" && request == 1 {
				return &types.BatchResultErrorEntry{}
			}
			return nil
		}}
		if err := f.queue().Send(t.Context(), numbered(2)...); err != nil {
			t.Fatal(err)
		}
		if len(f.requests) != 2 || *f.requests[1].Entries[0].MessageBody != "m1" {
			t.Errorf("got %d requests, want a second one for m1", len(f.requests))
		}
	})

	t.Run("gives_up_after_four_attempts_and_does_not_send_the_rest", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{answer: func(_ int, e types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
			if *e.MessageBody == "m11" {
				return throttled(e)
			}
			return nil
		}}
		err := f.queue().Send(t.Context(), numbered(30)...)
		want := "send to queue-url: 11 of 30 messages not accepted: SQS did not take 1 in 4 attempts: RequestThrottled: slow down"
		if err == nil || err.Error() != want {
			t.Errorf("Send() = %v\nwant     %s", err, want)
		}
		if len(f.requests) != 5 {
			t.Errorf("got %d requests, want 1 for the first batch and 4 for the second", len(f.requests))
		}
	})

	t.Run("sender_faults_are_not_repeated_and_do_not_hold_back_others", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{answer: func(_ int, e types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
			if *e.MessageBody == "m3" || *e.MessageBody == "m4" {
				return &types.BatchResultErrorEntry{Code: new("InvalidMessageContents"), SenderFault: true}
			}
			return nil
		}}
		err := f.queue().Send(t.Context(), numbered(15)...)
		want := "send to queue-url: 2 of 15 messages not accepted: refused for good: InvalidMessageContents"
		if !isRefused(err) || err.Error() != want {
			t.Errorf("Send() = %v\nwant     %s", err, want)
		}
		if len(f.requests) != 2 || len(f.waits) != 0 {
			t.Errorf("got %d requests and %d waits, want one request a batch", len(f.requests), len(f.waits))
		}
	})

	t.Run("only_faults_of_a_message_itself_are_refused_permanently", func(t *testing.T) {
		t.Parallel()
		entry := func(code string) *fakeSQS {
			return &fakeSQS{answer: func(int, types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
				return &types.BatchResultErrorEntry{Code: &code, SenderFault: true}
			}}
		}
		request := func(err error) *fakeSQS { return &fakeSQS{fail: func(int) error { return err }} }
		for name, test := range map[string]struct {
			sqs  *fakeSQS
			want bool
		}{
			"an entry's characters":          {entry("InvalidMessageContents"), true},
			"an entry's attribute":           {entry("InvalidParameterValue"), true},
			"an entry's permission":          {entry("AccessDenied"), false},
			"an entry's key":                 {entry("KmsAccessDenied"), false},
			"an entry's unknown fault":       {entry("SomethingNew"), false},
			"the request's characters":       {request(&types.InvalidMessageContents{}), true},
			"the request's key":              {request(&types.KmsAccessDenied{}), false},
			"the request's queue is missing": {request(&types.QueueDoesNotExist{}), false},
		} {
			err := test.sqs.queue().Send(t.Context(), numbered(3)...)
			if err == nil || isRefused(err) != test.want {
				t.Errorf("%s: Send() = %v, refused for good: %v, want %v", name, err, !test.want, test.want)
			}
			if len(test.sqs.requests) != 1 {
				t.Errorf("%s: %d requests, want one", name, len(test.sqs.requests))
			}
		}
		long := flow.Outgoing{Body: strings.Repeat("x", 1<<20+1)}
		if err := (&fakeSQS{}).queue().Send(t.Context(), long); !isRefused(err) {
			t.Errorf("a message of more than 1 MiB: Send() = %v, want it refused for good", err)
		}
	})

	t.Run("a_failed_request_stops_the_rest", func(t *testing.T) {
		t.Parallel()
		cut := errors.New("connection reset")
		f := &fakeSQS{fail: func(request int) error {
			if request == 2 {
				return cut
			}
			return nil
		}}
		err := f.queue().Send(t.Context(), numbered(30)...)
		if !errors.Is(err, cut) || !strings.Contains(err.Error(), "20 of 30 messages not accepted") {
			t.Errorf("Send() = %v", err)
		}
		if len(f.requests) != 2 {
			t.Errorf("got %d requests, want 2", len(f.requests))
		}
	})

	t.Run("an_ended_context_ends_the_wait", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{answer: func(_ int, e types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry { return throttled(e) }}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := f.queue().Send(ctx, numbered(1)...)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "RequestThrottled") || len(f.requests) != 1 {
			t.Errorf("Send() = %v after %d requests", err, len(f.requests))
		}
	})

	t.Run("the_default_wait_ends_with_the_context", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{}
		ctx, cancel := context.WithCancel(t.Context())
		f.answer = func(_ int, e types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
			cancel()
			return throttled(e)
		}
		err := sqsqueue.New(f, "queue-url", sqsqueue.Config{}).Send(ctx, numbered(1)...)
		if !errors.Is(err, context.Canceled) || len(f.requests) != 1 {
			t.Errorf("Send() = %v after %d requests", err, len(f.requests))
		}
	})
}

func TestReturn(t *testing.T) {
	t.Parallel()

	t.Run("is_sent_in_tens_in_whole_seconds", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{}
		returns := make([]sqsqueue.Return, 11)
		for i := range returns {
			returns[i] = sqsqueue.Return{ReceiptHandle: fmt.Sprint("r", i), After: time.Minute}
		}
		returns[0].After, returns[1].After, returns[2].After, returns[3].After = 0, -time.Second, time.Millisecond, 13*time.Hour
		if err := f.queue().Return(t.Context(), returns...); err != nil {
			t.Fatal(err)
		}
		if len(f.changes) != 2 || len(f.changes[0].Entries) != 10 || len(f.changes[1].Entries) != 1 {
			t.Fatalf("got %d requests, want one of 10 and one of 1", len(f.changes))
		}
		want := []types.ChangeMessageVisibilityBatchRequestEntry{
			{Id: new("0"), ReceiptHandle: new("r0"), VisibilityTimeout: 0},
			{Id: new("1"), ReceiptHandle: new("r1"), VisibilityTimeout: 0},
			{Id: new("2"), ReceiptHandle: new("r2"), VisibilityTimeout: 1},
			{Id: new("3"), ReceiptHandle: new("r3"), VisibilityTimeout: 42_300},
			{Id: new("4"), ReceiptHandle: new("r4"), VisibilityTimeout: 60},
		}
		if diff := cmp.Diff(want, f.changes[0].Entries[:5], ignoreSDK); diff != "" {
			t.Errorf("entries (-want +got):\n%s", diff)
		}
		if *f.changes[1].Entries[0].ReceiptHandle != "r10" || *f.changes[1].QueueUrl != "queue-url" {
			t.Errorf("second request: %+v", f.changes[1])
		}
	})

	t.Run("a_fault_in_one_request_does_not_stop_the_next", func(t *testing.T) {
		t.Parallel()
		cut := errors.New("connection reset")
		f := &fakeSQS{change: func(request int) ([]types.BatchResultErrorEntry, error) {
			if request == 1 {
				return nil, cut
			}
			return []types.BatchResultErrorEntry{{Id: new("0"), Code: new("ReceiptHandleIsInvalid")}}, nil
		}}
		err := f.queue().Return(t.Context(), make([]sqsqueue.Return, 13)...)
		if !errors.Is(err, cut) || !strings.Contains(err.Error(), "11 of 13") || !strings.Contains(err.Error(), "ReceiptHandleIsInvalid") {
			t.Errorf("Return() = %v", err)
		}
		if len(f.changes) != 2 {
			t.Errorf("got %d requests, want 2", len(f.changes))
		}
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	handles := make([]string, 25)
	for i := range handles {
		handles[i] = fmt.Sprint("handle-", i)
	}
	t.Run("in_batches_of_ten", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{}
		if err := f.queue().Delete(t.Context(), handles...); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, in := range f.deletes {
			ids := map[string]bool{}
			for _, e := range in.Entries {
				got = append(got, *e.ReceiptHandle)
				ids[*e.Id] = true
			}
			if len(ids) != len(in.Entries) || len(ids) > 10 || *in.QueueUrl != "queue-url" {
				t.Errorf("request = %v, want up to ten entries with ids of their own", in.Entries)
			}
		}
		if diff := cmp.Diff(handles, got); diff != "" {
			t.Errorf("deleted (-want +got):\n%s", diff)
		}
	})
	t.Run("continues_after_a_failure", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQS{remove: func(request int) ([]types.BatchResultErrorEntry, error) {
			switch request {
			case 1:
				return nil, errors.New("cut off")
			case 2:
				return []types.BatchResultErrorEntry{{Id: new("3"), Code: new("ReceiptHandleIsInvalid")}}, nil
			}
			return nil, nil
		}}
		err := f.queue().Delete(t.Context(), handles...)
		if err == nil || len(f.deletes) != 3 {
			t.Fatalf("error = %v after %d requests, want one after 3", err, len(f.deletes))
		}
		for _, want := range []string{"queue-url", "11 of 25 are left", "cut off", "ReceiptHandleIsInvalid"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error = %q, want it to say %q", err, want)
			}
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		receives int
		jitter   float64
		want     time.Duration
	}{
		{-1, 0, time.Second / 2}, {0, 0, time.Second / 2}, {1, 0, time.Second}, {3, 0, 4 * time.Second}, {6, 0, 32 * time.Second},
		{7, 0, time.Minute}, {1 << 40, 0, time.Minute},
		{3, 0.5, 6 * time.Second}, {9, 0.5, 90 * time.Second},
	} {
		if got := sqsqueue.Backoff(test.receives, test.jitter); got != test.want {
			t.Errorf("Backoff(%d, %v) = %v, want %v", test.receives, test.jitter, got, test.want)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	attributes := map[string]string{"flow-id": "first"}
	for name, test := range map[string]struct {
		count string
		want  int
	}{
		"first": {"1", 1}, "third": {"3", 3}, "none": {"", 1}, "garbage": {"x", 1}, "zero": {"0", 1}, "negative": {"-4", 1},
	} {
		got := sqsqueue.Decode("id", "body", map[string]string{"ApproximateReceiveCount": test.count}, attributes)
		want := state.Message{ID: "id", Body: "body", Receives: test.want, Attributes: attributes}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// ignoreSDK leaves out the markers that the SDK's types embed.
var ignoreSDK = cmp.Options{
	cmpopts.IgnoreUnexported(types.SendMessageBatchRequestEntry{}, types.MessageAttributeValue{},
		types.ChangeMessageVisibilityBatchRequestEntry{}),
}

func BenchmarkSend(b *testing.B) {
	f := accepting{}
	q := sqsqueue.New(f, "queue-url", sqsqueue.Config{})
	messages := numbered(100)
	for i := range messages {
		messages[i].Tenant = "acme"
		messages[i].Attributes = map[string]string{state.AttributeID: "8f6c1a"}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := q.Send(b.Context(), messages...); err != nil {
			b.Fatal(err)
		}
	}
}

// accepting accepts everything, at the lowest cost for the benchmark.
type accepting struct{ sqsqueue.API }

func (accepting) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	out := &sqs.SendMessageBatchOutput{Successful: make([]types.SendMessageBatchResultEntry, len(in.Entries))}
	for i, e := range in.Entries {
		out.Successful[i].Id = e.Id
	}
	return out, nil
}

func isRefused(err error) bool {
	_, refused := errors.AsType[*state.RefusedError](err)
	return refused
}
