package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

// cardNumber is part of every letter's payload.
const cardNumber = "4111111111111111"

// dlq makes a dead-letter queue that the queue's redrive policy names, and returns its
// URL.
func (d *deployment) dlq() string {
	d.Helper()
	created, err := d.SQS.CreateQueue(d.Context(), &sqs.CreateQueueInput{QueueName: new("dead")})
	if err != nil {
		d.Fatal(err)
	}
	got, err := d.SQS.GetQueueAttributes(d.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: created.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	})
	if err != nil {
		d.Fatal(err)
	}
	policy := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"5"}`, got.Attributes["QueueArn"])
	if _, err := d.SQS.SetQueueAttributes(d.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: &d.Names.QueueURL, Attributes: map[string]string{"RedrivePolicy": policy},
	}); err != nil {
		d.Fatal(err)
	}
	return *created.QueueUrl
}

// post sends a letter and returns its id.
func (d *deployment) post(queue, body string, attributes map[string]string) string {
	d.Helper()
	in := &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: &body, MessageAttributes: map[string]types.MessageAttributeValue{}}
	for name, value := range attributes {
		kind, name, _ := strings.Cut(name, ":")
		in.MessageAttributes[name] = types.MessageAttributeValue{DataType: &kind, StringValue: &value}
	}
	out, err := d.SQS.SendMessage(d.Context(), in)
	if err != nil {
		d.Fatal(err)
	}
	return *out.MessageId
}

// letters takes every message of a queue, as body and attributes in one text.
func (d *deployment) letters(queue string) (all []string) {
	d.Helper()
	for {
		out, err := d.SQS.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &queue, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			d.Fatal(err)
		}
		if len(out.Messages) == 0 {
			slices.Sort(all)
			return all
		}
		for _, m := range out.Messages {
			var attributes []string
			for name, value := range m.MessageAttributes {
				attributes = append(attributes, fmt.Sprintf("%s=%s:%s", name, *value.DataType, aws.ToString(value.StringValue)))
			}
			slices.Sort(attributes)
			all = append(all, fmt.Sprint(*m.Body, " ", attributes))
		}
	}
}

func TestDLQRedrive(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	dead := d.dlq()
	start := fmt.Sprintf(`{"type":"start","blueprintId":"order","input":%s}`, cardNumber)
	job := `{"runId":"r7","blueprintId":"order","nodeId":"a","attempt":2}`
	garbage := "no message " + cardNumber
	first := d.post(dead, start, map[string]string{"Number:n": "7", "String:app": "shop"})
	d.post(dead, job, map[string]string{"String:flow-id": "m-1", "String:flow-since": "1", "String:flow-returns": "49999"})
	other := d.post(dead, garbage, nil)

	list := func(stdout string) (ids, kinds []string, last string) {
		lines := strings.Split(stdout, "\n")
		for _, line := range lines[:len(lines)-1] {
			var l struct{ ID, Kind, RunID, Age string }
			if err := json.Unmarshal([]byte(line), &l); err != nil || l.Age == "" {
				t.Errorf("%q: %v, want a letter with its age", line, err)
			}
			ids, kinds = append(ids, l.ID), append(kinds, l.Kind+" "+l.RunID)
		}
		slices.Sort(ids)
		slices.Sort(kinds)
		return ids, kinds, lines[len(lines)-1]
	}
	wantIDs := []string{first, "m-1", other}
	slices.Sort(wantIDs)
	for range 2 { // the first leaves the letters visible
		stdout, stderr, code := d.flowctl(nil, "dlq", "redrive", "--dry-run")
		ids, kinds, last := list(stdout)
		if code != 0 || last != `{"letters":3,"redriven":0,"left":0}` {
			t.Fatalf("exit code %d, last line %s: %s", code, last, stderr)
		}
		if diff := cmp.Diff(wantIDs, ids); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"job r7", "start " + first, "unreadable "}, kinds); diff != "" {
			t.Errorf("kinds and runs (-want +got):\n%s", diff)
		}
		if strings.Contains(stdout+stderr, cardNumber) {
			t.Errorf("a payload is shown:\n%s\n%s", stdout, stderr)
		}
	}
	if sent := d.letters(d.Names.QueueURL); len(sent) > 0 {
		t.Fatalf("the dry runs sent %q", sent)
	}

	stdout, stderr, code := d.flowctl(nil, "dlq", "redrive")
	if ids, _, last := list(stdout); code != 0 || last != `{"letters":3,"redriven":3,"left":0}` || len(ids) != 3 {
		t.Errorf("exit code %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	want := []string{
		job + " [flow-id=String:m-1]",
		garbage + " [flow-id=String:" + other + "]",
		start + " [app=String:shop flow-id=String:" + first + " n=Number:7]",
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, d.letters(d.Names.QueueURL)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if stdout, _, code = d.flowctl(nil, "dlq", "redrive"); code != 0 || stdout != `{"letters":0,"redriven":0,"left":0}` {
		t.Errorf("again: exit code %d, stdout %s, want nothing left", code, stdout)
	}
}

// The queue may be named; more letters than a receive returns are all sent, or as many
// as --max says.
func TestDLQRedrive_of_many(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	dead := d.dlq()
	for i := range 23 {
		d.post(dead, fmt.Sprintf(`{"runId":"r%d","blueprintId":"order","nodeId":"a"}`, i), nil)
	}
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"--max", "12"}, `{"letters":12,"redriven":12,"left":0}`},
		{[]string{"--dlq-url", dead}, `{"letters":11,"redriven":11,"left":0}`},
	} {
		stdout, stderr, code := d.flowctl(nil, append([]string{"dlq", "redrive"}, step.args...)...)
		if lines := strings.Split(stdout, "\n"); code != 0 || lines[len(lines)-1] != step.want {
			t.Errorf("%s: exit code %d, %s, want %s: %s", step.args, code, lines[len(lines)-1], step.want, stderr)
		}
	}
	if sent := d.letters(d.Names.QueueURL); len(sent) != 23 {
		t.Errorf("%d letters were sent, want 23: %q", len(sent), sent)
	}
}

// A letter that the queue does not accept, here because of its size, is left, and told.
func TestDLQRedrive_leaves_a_letter_that_is_refused(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	dead := d.dlq()
	large := strings.Repeat("x", 1<<20-20)
	id := d.post(dead, large, nil)
	d.post(dead, `{"runId":"r","blueprintId":"order","nodeId":"a"}`, nil)
	stdout, stderr, code := d.flowctl(nil, "dlq", "redrive")
	if code != exitFailed || !strings.Contains(stdout, `{"letters":2,"redriven":1,"left":1}`) || !strings.Contains(stderr, "letter "+id) {
		t.Errorf("exit code %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	if left := d.letters(dead); len(left) != 1 || !strings.HasPrefix(left[0], "xxx") {
		t.Errorf("%d letters are left, want the large one", len(left))
	}
}
