package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// sendAttempts is the maximum number of requests for the entries of one batch that
// SQS answers as failed; the SDK itself retries whole requests.
const sendAttempts = 4

const sendDelay = 100 * time.Millisecond

// refusedError says that SQS refuses entries as the sender's fault: sending them
// again now would fail too.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// contentFaults are SQS's codes for faults of a message itself, which is never
// accepted. Other faults of the sender, such as a missing permission, can be fixed.
var contentFaults = map[string]bool{
	"InvalidMessageContents": true, "InvalidParameterValue": true, "InvalidAttributeValue": true, "InvalidAttributeName": true,
}

func refusal(code, reason string) *refusedError {
	if contentFaults[code] {
		return &refusedError{&state.RefusedError{Reason: reason}}
	}
	return &refusedError{errors.New("refused: " + reason)}
}

// sendBatch sends the entries, repeats those that SQS did not accept, and returns the
// number of accepted entries.
func (q *Queue) sendBatch(ctx context.Context, batch []types.SendMessageBatchRequestEntry) (int, error) {
	accepted := 0
	var refused *refusedError
	for attempt := 1; ; attempt++ {
		out, err := q.api.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: batch})
		if fault, ok := errors.AsType[smithy.APIError](err); ok && contentFaults[fault.ErrorCode()] {
			return accepted, refusal(fault.ErrorCode(), err.Error())
		}
		if err != nil {
			return accepted, err
		}
		left := unaccepted(batch, out.Successful)
		accepted += len(batch) - len(left)
		left, refused = withoutRefused(left, out.Failed, refused)
		switch {
		case len(left) == 0 && refused == nil:
			return accepted, nil
		case len(left) == 0:
			return accepted, refused
		case attempt == sendAttempts:
			return accepted, fmt.Errorf("SQS did not take %d in %d attempts: %s", len(left), attempt, reason(out.Failed))
		}
		if err := q.config.Wait(ctx, resendDelay(attempt, q.config.Jitter())); err != nil {
			return accepted, fmt.Errorf("%s; waiting to send again: %w", reason(out.Failed), err)
		}
		batch = left
	}
}

// eachOnce tries all items once, batch by batch, and returns the number of successes.
func eachOnce[T any](items []T, try func(batch []T) (succeeded int, failed []types.BatchResultErrorEntry, err error)) (succeeded int, err error) {
	var errs []error
	for batch := range slices.Chunk(items, batchLength) {
		n, failed, err := try(batch)
		if err == nil && len(failed) > 0 {
			err = errors.New(reason(failed))
		}
		succeeded += n
		errs = append(errs, err)
	}
	return succeeded, errors.Join(errs...)
}

// unaccepted returns the entries that the answer does not name as accepted. An entry
// that it does not name at all is not accepted.
func unaccepted(batch []types.SendMessageBatchRequestEntry, successful []types.SendMessageBatchResultEntry) []types.SendMessageBatchRequestEntry {
	return slices.DeleteFunc(slices.Clone(batch), func(e types.SendMessageBatchRequestEntry) bool {
		return slices.ContainsFunc(successful, func(s types.SendMessageBatchResultEntry) bool {
			return aws.ToString(s.Id) == *e.Id
		})
	})
}

// withoutRefused removes the entries that would be refused again, and adds them to
// refused.
func withoutRefused(left []types.SendMessageBatchRequestEntry, failed []types.BatchResultErrorEntry, refused *refusedError) ([]types.SendMessageBatchRequestEntry, *refusedError) {
	return slices.DeleteFunc(left, func(e types.SendMessageBatchRequestEntry) bool {
		i := slices.IndexFunc(failed, func(f types.BatchResultErrorEntry) bool {
			return aws.ToString(f.Id) == *e.Id && f.SenderFault
		})
		if i < 0 {
			return false
		}
		if refused == nil {
			refused = refusal(aws.ToString(failed[i].Code), reason(failed[i:]))
		}
		return true
	}), refused
}

// reason returns the first entry's reason, in SQS's words.
func reason(failed []types.BatchResultErrorEntry) string {
	if len(failed) == 0 {
		return "no reason given"
	}
	if message := aws.ToString(failed[0].Message); message != "" {
		return aws.ToString(failed[0].Code) + ": " + message
	}
	return aws.ToString(failed[0].Code)
}

// resendDelay returns a random delay from the upper half of 100 ms, 200 ms, 400 ms.
func resendDelay(attempt int, jitter float64) time.Duration {
	return backoff.Jittered(backoff.Exponential(sendDelay, attempt, time.Minute), jitter)
}
