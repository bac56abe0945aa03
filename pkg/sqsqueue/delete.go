package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Delete deletes received messages. It tries every one once; deleting a message
// again is no error.
func (q *Queue) Delete(ctx context.Context, receiptHandles ...string) error {
	deleted := 0
	var errs []error
	for batch := range slices.Chunk(receiptHandles, batchLength) {
		entries := make([]types.DeleteMessageBatchRequestEntry, len(batch))
		for i, handle := range batch {
			entries[i] = types.DeleteMessageBatchRequestEntry{Id: new(strconv.Itoa(i)), ReceiptHandle: &handle}
		}
		out, err := q.api.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.url, Entries: entries})
		if err == nil && len(out.Failed) > 0 {
			err = errors.New(reason(out.Failed))
		}
		if out != nil {
			deleted += len(out.Successful)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("delete messages of %s: %d of %d are left: %w", q.url, len(receiptHandles)-deleted, len(receiptHandles), err)
	}
	return nil
}
