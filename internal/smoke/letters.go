package smoke

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

// garbage sends a message that can never be a run's. It must be rejected with a
// reason, and end in the dead-letter queue, from where it is removed.
func (t *test) garbage(ctx context.Context) (string, error) {
	id, err := t.send(ctx, "garbage of smoke test "+t.id)
	if err != nil {
		return "", err
	}
	var reason string
	err = t.until(ctx, func() (bool, error) {
		lines, err := t.Logs.Lines(ctx, KeyMessage, id)
		for _, line := range lines {
			if line.Msg == lambdaflow.MessageRejected {
				reason = line.Reason
			}
		}
		return reason != "", err
	}, func() string {
		return fmt.Sprintf("there is no line %q for the garbage with message id %s in the worker's log", lambdaflow.MessageRejected, id)
	})
	if err == nil {
		err = t.awaitLetter(ctx, id)
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("message %s was rejected (%s), and is removed from the dead-letter queue", id, reason), nil
}

// awaitLetter waits until a message is in the dead-letter queue, and removes it.
func (t *test) awaitLetter(ctx context.Context, id string) error {
	return t.until(ctx, func() (bool, error) {
		n, err := t.removeLetters(ctx, func(m types.Message) bool { return *m.MessageId == id })
		return n > 0, err
	}, func() string {
		return fmt.Sprintf("message %s has not arrived in the dead-letter queue %s: look for it there, and remove it", id, t.DeadLetterQueueURL)
	})
}

const (
	hidden     = 30  // seconds that other letters stay invisible during the search for ours
	maxLetters = 200 // that are invisible at once
)

// removeLetters removes our dead letters. The others are visible again when it
// returns. It may miss some if there are very many.
func (t *test) removeLetters(ctx context.Context, ours func(types.Message) bool) (removed int, err error) {
	ctx = context.WithoutCancel(ctx) // hidden messages are made visible again
	var others []types.Message
	defer func() { t.show(ctx, others) }()
	for removed == 0 && len(others) < maxLetters {
		letters, err := t.Stack.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &t.DeadLetterQueueURL, MaxNumberOfMessages: 10, VisibilityTimeout: hidden,
		})
		if err != nil {
			return removed, fmt.Errorf("receive from %s: %w", t.DeadLetterQueueURL, err)
		}
		if len(letters.Messages) == 0 {
			return removed, nil
		}
		for _, m := range letters.Messages {
			if !ours(m) {
				others = append(others, m)
				continue
			}
			if _, err := t.Stack.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &t.DeadLetterQueueURL, ReceiptHandle: m.ReceiptHandle}); err != nil {
				return removed, fmt.Errorf("delete message %s from %s: %w", *m.MessageId, t.DeadLetterQueueURL, err)
			}
			removed++
		}
	}
	return removed, nil
}

func (t *test) show(ctx context.Context, letters []types.Message) {
	for _, m := range letters {
		// If this fails, the letter becomes visible by itself.
		_, _ = t.Stack.SQS.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
			QueueUrl: &t.DeadLetterQueueURL, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0,
		})
	}
}
