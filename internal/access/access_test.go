package access

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRequested(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		target, body string
		want         []string
	}{
		"item":  {"DynamoDB_20120810.UpdateItem", `{"TableName":"t"}`, []string{"dynamodb:UpdateItem t"}},
		"index": {"DynamoDB_20120810.Query", `{"TableName":"t","IndexName":"i"}`, []string{"dynamodb:Query t/i"}},
		"batch": {"DynamoDB_20120810.BatchGetItem", `{"RequestItems":{"t":{},"s":{}}}`, []string{"dynamodb:BatchGetItem s", "dynamodb:BatchGetItem t"}},
		"named": {"AmazonSQS.GetQueueUrl", `{"QueueName":"q"}`, []string{"sqs:GetQueueUrl q"}},
		"queue": {"AmazonSQS.SendMessageBatch", `{"QueueUrl":"http://127.0.0.1:1/000000000000/q"}`, []string{"sqs:SendMessage q"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Requested(test.target, []byte(test.body))
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("error %v, permissions (-want +got):\n%s", err, diff)
			}
		})
	}
	if got, err := Requested("AmazonSQS.PurgeQueue", []byte(`{}`)); err == nil {
		t.Errorf("an operation without a known action needs %v, want an error", got)
	}
}

func TestTablesAreSets(t *testing.T) {
	t.Parallel()
	for name, list := range map[string][]string{"Worker": Worker(), "WorkerCode": WorkerCode(), "Reconciler": Reconciler()} {
		if len(slices.Compact(slices.Clone(list))) != len(list) || !slices.IsSorted(list) {
			t.Errorf("%s is not a sorted set: %v", name, list)
		}
	}
}
