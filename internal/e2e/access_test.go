package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/access"
)

// needed returns the permissions that a function has needed so far.
func (d *dev) needed(function string) []string {
	d.Helper()
	resources := strings.NewReplacer(d.ContextTable, "Context", d.StatusTable, "Status", d.CoordinationTable, "Coordination", "flow-jobs", "Queue")
	set := map[string]bool{}
	for _, l := range readLines[struct{ Function, Permission, Error string }](d, "access") {
		if l.Error != "" {
			d.Errorf("%s: %s", l.Function, l.Error)
		} else if l.Function == function {
			set[resources.Replace(l.Permission)] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// allowed checks, after every test, that the functions have needed only permissions
// that their roles have.
func (d *dev) allowed() {
	d.Helper()
	for function, allowed := range map[string][]string{"worker": access.WorkerCode(), "reconciler": access.Reconciler()} {
		for _, permission := range d.needed(function) {
			if !slices.Contains(allowed, permission) {
				d.Errorf("the %s needs %s, which its role does not allow", function, permission)
			}
		}
	}
}

// Each permission of the functions' roles is needed: by ordinary runs, and by runs
// whose messages are lost, whose retry is due far in the future, or whose end was not
// recorded although all their nodes are done.
func TestAccessIsNeeded(t *testing.T) {
	t.Parallel()
	d := watched(t, "--sandboxes", "1")
	open := run{"open-1", "bulk", 7}
	d.send(open.body())
	d.ended(open)
	d.reopen(open)
	far, lost := run{"far-1", "far", 7}, run{"lost-1", "later", 7}
	d.send(far.body(), lost.body())
	d.purge(types.QueueAttributeNameApproximateNumberOfMessagesDelayed, 1)
	ordinary := some(8, "ordinary", "fan", "first", "choice", "notes")
	d.send(append(bodies(ordinary), "garbage")...)
	d.ended(append(ordinary, lost, open)...)
	d.sentAgain(run{"again-1", "chain", 7}, run{"beside-1", "chain", 7})
	for function, allowed := range map[string][]string{"worker": access.WorkerCode(), "reconciler": access.Reconciler()} {
		d.eventually(func() string { return cmp.Diff(allowed, d.needed(function)) })
	}
}

// reopen restores a run to its state before it ended, a while ago.
func (d *dev) reopen(r run) {
	d.Helper()
	if _, err := d.db.UpdateItem(d.Context(), &dynamodb.UpdateItemInput{
		TableName:                &d.StatusTable,
		Key:                      map[string]dbtypes.AttributeValue{"runId": &dbtypes.AttributeValueMemberS{Value: r.id}},
		UpdateExpression:         new("SET #s = :r, active = :a REMOVE finishedAt, #result, resultRef"),
		ExpressionAttributeNames: map[string]string{"#s": "status", "#result": "result"},
		ExpressionAttributeValues: map[string]dbtypes.AttributeValue{
			":r": &dbtypes.AttributeValueMemberS{Value: "running"}, ":a": &dbtypes.AttributeValueMemberS{Value: "0"},
		},
	}); err != nil {
		d.Fatal(err)
	}
}

// sentAgain delivers a run's start, on its last permitted receive, in a batch with
// another start, while the only sandbox is busy.
func (d *dev) sentAgain(often, beside run) {
	d.Helper()
	busy := run{"busy-1", "slow", 7}
	d.send(busy.body())
	d.await("the busy run", func(l line) bool { return l.text("msg") == "run started" && l.text("run_id") == busy.id })
	d.send(often.body())
	for range 3 {
		out, err := d.queue.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: &d.QueueURL, WaitTimeSeconds: 1})
		if err != nil || len(out.Messages) != 1 {
			d.Fatalf("%v, %v", out, err)
		}
		if _, err := d.queue.ChangeMessageVisibility(d.Context(), &sqs.ChangeMessageVisibilityInput{
			QueueUrl: &d.QueueURL, ReceiptHandle: out.Messages[0].ReceiptHandle,
		}); err != nil {
			d.Fatal(err)
		}
	}
	d.send(beside.body())
	d.ended(often, beside)
}
