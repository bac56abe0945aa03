package main

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// The person on call has only these texts: each names the fault, the affected part,
// and the next step.
func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.strand("begun", time.Minute, true)
	nobody := "http://127.0.0.1:1"
	for name, test := range map[string]struct {
		env  map[string]string
		args string
		code int
		want []string // in the message
	}{
		"no command":                     {nil, "", exitUsage, []string{"cancel", "see flowctl --help"}},
		"an unknown flag":                {nil, "start order --inptu 1", exitUsage, []string{`did you mean "--input"`, "see flowctl start --help"}},
		"no run":                         {nil, "inspect", exitUsage, []string{"<run>", "see flowctl inspect --help"}},
		"no queue":                       {map[string]string{"FLOW_QUEUE_URL": ""}, "start order", exitUsage, []string{"FLOW_QUEUE_URL", "--queue-url"}},
		"no queue to look at":            {map[string]string{"FLOW_QUEUE_URL": ""}, "reconcile", exitUsage, []string{"FLOW_QUEUE_URL", "--queue-url"}},
		"no queue to send to":            {map[string]string{"FLOW_QUEUE_URL": ""}, "dlq redrive", exitUsage, []string{"FLOW_QUEUE_URL", "--queue-url"}},
		"no dead letters":                {nil, "dlq redrive", exitUsage, []string{"no redrive policy", "--dlq-url"}},
		"no letters at most":             {nil, "dlq redrive --max=-1", exitUsage, []string{"--max is -1"}},
		"no table":                       {map[string]string{"FLOW_STATUS_TABLE": ""}, "inspect r", exitUsage, []string{"FLOW_STATUS_TABLE"}},
		"no region":                      {map[string]string{"AWS_REGION": ""}, "inspect r", exitUsage, []string{"AWS_REGION", "--region"}},
		"no credentials":                 {map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_EC2_METADATA_DISABLED": "true"}, "inspect r", exitFailed, []string{"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY"}},
		"a run id out of form":           {nil, "start order --run-id a/b", exitUsage, []string{"runId is not of the form"}},
		"a traceparent that is none":     {nil, "start order --traceparent 00-1", exitUsage, []string{"--traceparent is none"}},
		"a name of control characters":   {nil, "start order --by a\x1bb", exitUsage, []string{"by must have no control characters"}},
		"a cancel of an odd run":         {nil, "cancel a/b", exitUsage, []string{"runId is not of the form"}},
		"a cancel without a queue":       {map[string]string{"FLOW_QUEUE_URL": ""}, "cancel r", exitUsage, []string{"FLOW_QUEUE_URL", "--queue-url"}},
		"an unknown run":                 {nil, "inspect nobody", exitUnknown, []string{"run nobody", "no worker has begun it", "retention", "other tables than status"}},
		"an unknown run without values":  {nil, "inspect nobody --no-values", exitUnknown, []string{"run nobody", "no worker has begun it"}},
		"another table":                  {map[string]string{"FLOW_STATUS_TABLE": "nowhere"}, "inspect r", exitFailed, []string{"run r", "is the stack deployed"}},
		"another queue":                  {map[string]string{"FLOW_QUEUE_URL": d.Names.QueueURL + "x"}, "start order --run-id r", exitFailed, []string{"run r", d.Names.QueueURL + "x", "is the stack deployed", "--run-id r"}},
		"no server to read":              {map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": nobody}, "inspect r", exitFailed, []string{"run r", nobody, "is flowctl dev running", "AWS_ENDPOINT_URL_DYNAMODB"}},
		"no server to send to":           {map[string]string{"AWS_ENDPOINT_URL_SQS": nobody, "FLOW_QUEUE_URL": nobody + "/q"}, "start order --run-id r", exitFailed, []string{"it may have been sent nevertheless", "--run-id r", "is flowctl dev running"}},
		"a run that no worker begins":    {nil, "start order --run-id r --wait --timeout 1s", exitFailed, []string{"no worker has begun run r", "1s have passed", "the blueprint"}},
		"a run of another blueprint":     {nil, "start order --run-id begun --wait --timeout 3s", exitFailed, []string{"run begun is not the one", `a run of the blueprint "one"`, "the start had no effect"}},
		"a run that no worker continues": {nil, "start one --run-id begun --wait --timeout 3s", exitFailed, []string{"run begun has not ended", "3s have passed", "flowctl inspect begun"}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := d.flowctl(test.env, strings.Fields(test.args)...)
			if code != test.code || stdout != "" {
				t.Errorf("exit code %d, stdout %q, want %d and nothing", code, stdout, test.code)
			}
			for _, want := range test.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("stderr has no %q:\n%s", want, stderr)
				}
			}
		})
	}
}

// Without the tables the command could not wait for the run: it does not start it.
func TestStart_that_cannot_wait_sends_nothing(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	_, stderr, code := d.flowctl(map[string]string{"FLOW_STATUS_TABLE": ""}, "start", "order", "--wait")
	if code != exitUsage || !strings.Contains(stderr, "FLOW_STATUS_TABLE") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	got, err := d.SQS.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &d.Names.QueueURL})
	if err != nil || len(got.Messages) > 0 {
		t.Errorf("messages %v, %v, want none", got, err)
	}
}

// Where a run stands is told without its result, its blueprint and its error's message.
func TestInspect_without_values(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.strand("begun", time.Minute, false) // its blueprint cannot be read
	stdout, stderr, code := d.flowctl(nil, "inspect", "begun", "--no-values")
	if code != 0 || !strings.HasPrefix(stdout, "run begun of one: running\nNODE ") || strings.Contains(stdout, "result") {
		t.Errorf("exit code %d, stdout %q, stderr %s", code, stdout, stderr)
	}
}

// Start and cancel send messages that state a name.
func TestStated(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for _, args := range [][]string{{"start", "order", "--run-id", "r", "--by", "Ada"}, {"cancel", "r", "--reason", "late", "--by", "Bob"}} {
		stdout, stderr, code := d.flowctl(nil, args...)
		if code != 0 || strings.Join(strings.Fields(stdout), "") != `{"runId":"r"}` {
			t.Errorf("%s: exit code %d, stdout %q, stderr %s", args[0], code, stdout, stderr)
		}
	}
	want := map[string]bool{
		`{"type":"start","runId":"r","blueprintId":"order","by":"Ada"}`: true,
		`{"type":"cancel","runId":"r","reason":"late","by":"Bob"}`:      true,
	}
	for len(want) > 0 {
		got, err := d.SQS.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &d.Names.QueueURL, WaitTimeSeconds: 5})
		if err != nil || len(got.Messages) == 0 || !want[*got.Messages[0].Body] {
			t.Fatalf("received %v, %v; want %v", got, err, want)
		}
		delete(want, *got.Messages[0].Body)
	}
}
