package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// send sends message bodies in batches, unchanged, and returns the messages' ids.
func (d *dev) send(bodies ...string) (ids []string) {
	d.Helper()
	for len(bodies) > 0 {
		var entries []types.SendMessageBatchRequestEntry
		size := 0
		for len(bodies) > 0 && len(entries) < 10 && (size+len(bodies[0]) <= 1<<20 || size == 0) {
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: new(fmt.Sprint(len(entries))), MessageBody: new(bodies[0])})
			size += len(bodies[0])
			bodies = bodies[1:]
		}
		out, err := d.queue.SendMessageBatch(d.Context(), &sqs.SendMessageBatchInput{QueueUrl: &d.QueueURL, Entries: entries})
		if err != nil {
			d.Fatal(err)
		}
		if len(out.Failed) > 0 {
			d.Fatalf("%d messages were not taken: %s", len(out.Failed), *out.Failed[0].Message)
		}
		for _, s := range out.Successful {
			ids = append(ids, *s.MessageId)
		}
	}
	return ids
}

// dead removes all messages from the dead-letter queue and returns them.
func (d *dev) dead() (messages []types.Message) {
	d.Helper()
	for {
		out, err := d.queue.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &d.DLQURL, MaxNumberOfMessages: 10, VisibilityTimeout: 600, MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			d.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return messages
		}
		messages = append(messages, out.Messages...)
	}
}

// ended waits until all these runs have ended.
func (d *dev) ended(runs ...run) {
	d.Helper()
	d.eventually(func() string {
		statuses := d.statuses()
		var open []string
		for _, r := range runs {
			if !statuses[r.id].Terminal() {
				open = append(open, r.id+" "+string(statuses[r.id]))
			}
		}
		if len(open) == 0 {
			return ""
		}
		return "these runs have not ended: " + strings.Join(open, ", ")
	})
}

// flowctl runs a command against the stack, with nothing else in its environment.
func (d *dev) flowctl(args ...string) (stdout []byte, code int) {
	d.Helper()
	cmd := exec.CommandContext(d.Context(), flowctl, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.Env = append(d.environ(), d.env...)
	stdout, err := cmd.Output()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		d.Fatal(err)
	}
	d.said = stderr.String()
	if stderr.Len() > 0 {
		d.Logf("flowctl %s: %s", strings.Join(args, " "), &stderr)
	}
	return stdout, cmd.ProcessState.ExitCode()
}

// environ says how to reach the stack.
func (d *dev) environ() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.dir,
		"AWS_REGION=" + d.Region, "AWS_ACCESS_KEY_ID=" + d.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + d.SecretAccessKey,
		"AWS_ENDPOINT_URL_SQS=" + d.SQSEndpoint, "AWS_ENDPOINT_URL_DYNAMODB=" + d.DynamoDBEndpoint, "FLOW_QUEUE_URL=" + d.QueueURL,
		"FLOW_CONTEXT_TABLE=" + d.ContextTable, "FLOW_STATUS_TABLE=" + d.StatusTable, "FLOW_COORDINATION_TABLE=" + d.CoordinationTable,
	}
}

// report returns the report that "flowctl inspect --json" prints for a run. Several
// checks read that of a run that has ended: they share one process.
func (d *dev) report(runID string) (report *flow.Report) {
	d.Helper()
	if known := d.reports[runID]; known != nil {
		return known
	}
	out, code := d.flowctl("inspect", runID, "--json")
	if code != 0 {
		d.Fatalf("exit code of inspect %s = %d, want 0: %s", runID, code, out)
	}
	d.decode(out, &report)
	if report.Status.Terminal() {
		d.reports[runID] = report
	}
	return report
}

func (d *dev) decode(data []byte, into any) {
	d.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		d.Fatalf("decode %s: %v", data, err)
	}
}

// depth returns the number of messages in a queue, visible or not.
func (d *dev) depth(url string) (n int) {
	d.Helper()
	names := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
	out, err := d.queue.GetQueueAttributes(d.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: names})
	if err != nil {
		d.Fatal(err)
	}
	for _, name := range names {
		count, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			d.Fatal(err)
		}
		n += count
	}
	return n
}
