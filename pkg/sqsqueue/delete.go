package sqsqueue

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Delete deletes received messages. It tries every one once; deleting a message twice
// is not an error.
func (q *Queue) Delete(ctx context.Context, receiptHandles ...string) error {
	deleted, err := eachOnce(receiptHandles, func(batch []string) (int, []types.BatchResultErrorEntry, error) {
		entries := make([]types.DeleteMessageBatchRequestEntry, len(batch))
		for i, handle := range batch {
			entries[i] = types.DeleteMessageBatchRequestEntry{Id: new(strconv.Itoa(i)), ReceiptHandle: &handle}
		}
		out, err := q.api.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.url, Entries: entries})
		if err != nil {
			return 0, nil, err
		}
		return len(out.Successful), out.Failed, nil
	})
	if err != nil {
		return fmt.Errorf("delete messages of %s: %d of %d are left: %w", q.url, len(receiptHandles)-deleted, len(receiptHandles), err)
	}
	return nil
}
