package sqsqueue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// MaxVisibility is the longest time for which a received message stays invisible. SQS
// counts its 12 hours from the receive, up to 15 minutes (the longest Lambda
// invocation) ago.
const MaxVisibility = 12*time.Hour - 15*time.Minute

// Return says when a received message comes back.
type Return struct {
	ReceiptHandle string
	After         time.Duration // rounded up to whole seconds; at most MaxVisibility is used
}

// Return makes each received message come back at its time, instead of after the
// queue's visibility timeout. It tries every one once: a message whose change is not
// accepted comes back after the timeout, so an error needs no repetition.
func (q *Queue) Return(ctx context.Context, returns ...Return) error {
	changed, err := eachOnce(returns, func(batch []Return) (int, []types.BatchResultErrorEntry, error) {
		out, err := q.api.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
			QueueUrl: &q.url, Entries: returnEntries(batch),
		})
		if err != nil {
			return 0, nil, err
		}
		return len(out.Successful), out.Failed, nil
	})
	if err != nil {
		return fmt.Errorf("return messages to %s: %d of %d keep the visibility timeout: %w", q.url, len(returns)-changed, len(returns), err)
	}
	return nil
}

func returnEntries(batch []Return) []types.ChangeMessageVisibilityBatchRequestEntry {
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(batch))
	for i, r := range batch {
		entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
			Id:                new(strconv.Itoa(i)),
			ReceiptHandle:     &r.ReceiptHandle,
			VisibilityTimeout: seconds(min(max(r.After, 0), MaxVisibility)),
		}
	}
	return entries
}
