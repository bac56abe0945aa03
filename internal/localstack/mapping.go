package localstack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	longPoll     = 20 // seconds, the longest that SQS allows
	maxAnswer    = 10 // messages in one answer of SQS, or in one request
	maxPollPause = 5 * time.Second
	pollSpare    = 10 * time.Second // within which a poll that has ended is answered
)

// invoker handles a batch; [Function] implements it.
type invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Mapping is an SQS event source mapping with ReportBatchItemFailures.
type Mapping struct {
	Client      *sqs.Client
	QueueURL    string
	QueueARN    string
	Function    invoker
	Batch       int           // messages in one invocation at most
	Window      time.Duration // for which a batch of more than one answer is awaited
	Concurrency int           // invocations at once
	Logger      *slog.Logger
}

// Run takes batches from the queue until ctx ends, and then waits for the running
// invocations. It receives only messages that it can invoke the function with at
// once. Handled messages are deleted; the others stay invisible until the queue's
// visibility timeout ends, or the one that the function has set.
func (m *Mapping) Run(ctx context.Context) {
	var invocations sync.WaitGroup
	defer invocations.Wait()
	slots := make(chan struct{}, m.Concurrency)
	pause := time.Duration(0)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		messages, err := m.receive(ctx)
		if len(messages) == 0 {
			<-slots
			if pause = m.pauseAfter(ctx, err, pause); ctx.Err() != nil {
				return
			}
			continue
		}
		pause = 0
		invocations.Go(func() {
			defer func() { <-slots }()
			m.handle(context.WithoutCancel(ctx), messages)
		})
	}
}

// receive waits for messages. A batch larger than an answer of SQS is collected until it
// is full, or its window ends. Messages once received are returned in any case.
func (m *Mapping) receive(ctx context.Context) ([]types.Message, error) {
	messages, err := m.receiveSome(ctx, m.Batch, longPoll)
	ends, size := time.Now().Add(m.Window), sizeOf(messages)
	for len(messages) > 0 && len(messages) < m.Batch && size < maxPayload && ctx.Err() == nil {
		left := time.Until(ends)
		if left <= 0 {
			break
		}
		more, err := m.receiveSome(ctx, m.Batch-len(messages), min(int32(left/time.Second), longPoll))
		if err != nil {
			break // the next poll meets it too
		}
		messages, size = append(messages, more...), size+sizeOf(more)
	}
	return messages, err
}

// maxPayload ends a batch: a few more messages fit into the 6 MB of an invocation.
const maxPayload = 3 << 20

func sizeOf(messages []types.Message) (bytes int) {
	for _, message := range messages {
		bytes += len(aws.ToString(message.Body))
	}
	return bytes
}

func (m *Mapping) receiveSome(ctx context.Context, most int, wait int32) ([]types.Message, error) {
	polling, cancel := context.WithTimeout(ctx, time.Duration(wait)*time.Second+pollSpare)
	defer cancel()
	out, err := m.Client.ReceiveMessage(polling, &sqs.ReceiveMessageInput{
		QueueUrl:                    &m.QueueURL,
		MaxNumberOfMessages:         int32(min(most, maxAnswer)),
		WaitTimeSeconds:             wait,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// pauseAfter waits, longer after each further error, and returns the wait.
func (m *Mapping) pauseAfter(ctx context.Context, err error, last time.Duration) time.Duration {
	if err == nil || ctx.Err() != nil {
		return 0
	}
	next := min(max(2*last, 100*time.Millisecond), maxPollPause)
	m.Logger.ErrorContext(ctx, "receive messages", "queue", m.QueueURL, "error", err.Error())
	select {
	case <-time.After(next):
	case <-ctx.Done():
	}
	return next
}

func (m *Mapping) handle(ctx context.Context, messages []types.Message) {
	done, err := m.invoke(ctx, messages)
	if err != nil {
		m.Logger.ErrorContext(ctx, "batch failed", "messages", len(messages), "error", err.Error())
		return
	}
	if err := m.remove(ctx, done); err != nil {
		m.Logger.ErrorContext(ctx, "delete messages", "queue", m.QueueURL, "error", err.Error())
	}
}

// invoke returns the messages that the function has handled: none after an error, as
// in Lambda.
func (m *Mapping) invoke(ctx context.Context, messages []types.Message) ([]types.Message, error) {
	payload, err := encodeEvent(messages, m.QueueARN)
	if err != nil {
		return nil, err
	}
	response, err := m.Function.Invoke(ctx, payload)
	if err != nil {
		return nil, err
	}
	return handled(messages, response)
}

// handled returns the messages that the response does not name as failed. By Lambda's
// rules an empty or null response, or one without failures, names none; a malformed
// one, or one that names an unknown message, fails all. A failure names an id: of two
// copies of a message in one batch it keeps both.
func handled(messages []types.Message, response []byte) ([]types.Message, error) {
	failed, err := failures(response)
	if err != nil {
		return nil, fmt.Errorf("response %s: %w", excerpt(response), err)
	}
	var done []types.Message
	unknown := maps.Clone(failed)
	for _, message := range messages {
		id := aws.ToString(message.MessageId)
		if !failed[id] {
			done = append(done, message)
		}
		delete(unknown, id)
	}
	for id := range unknown {
		return nil, fmt.Errorf("response %s: no message %q in the batch", excerpt(response), id)
	}
	return done, nil
}

func failures(response []byte) (map[string]bool, error) {
	if len(bytes.TrimSpace(response)) == 0 {
		return nil, nil
	}
	// These are maps, because decoding into a struct ignores the case of names.
	var body map[string]json.RawMessage
	if err := json.Unmarshal(response, &body); err != nil {
		return nil, err
	}
	var items []map[string]*string
	if raw, ok := body["batchItemFailures"]; ok {
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, err
		}
	}
	failed := make(map[string]bool, len(items))
	for _, item := range items {
		id := aws.ToString(item["itemIdentifier"])
		if id == "" {
			return nil, errors.New("a failure without itemIdentifier")
		}
		failed[id] = true
	}
	return failed, nil
}

// excerpt returns the beginning of a response.
func excerpt(response []byte) string {
	const limit = 200
	if len(response) > limit {
		return string(response[:limit]) + "…"
	}
	return string(response)
}

// remove deletes messages, as many in one request as SQS allows.
func (m *Mapping) remove(ctx context.Context, messages []types.Message) error {
	var errs []error
	for some := range slices.Chunk(messages, maxAnswer) {
		errs = append(errs, m.removeSome(ctx, some))
	}
	return errors.Join(errs...)
}

func (m *Mapping) removeSome(ctx context.Context, messages []types.Message) error {
	entries := make([]types.DeleteMessageBatchRequestEntry, len(messages))
	for i, message := range messages {
		entries[i] = types.DeleteMessageBatchRequestEntry{Id: new(strconv.Itoa(i)), ReceiptHandle: message.ReceiptHandle}
	}
	out, err := m.Client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &m.QueueURL, Entries: entries})
	if err != nil {
		return err
	}
	var errs []error
	for _, failed := range out.Failed {
		errs = append(errs, fmt.Errorf("message %s: %s: %s", aws.ToString(failed.Id), aws.ToString(failed.Code), aws.ToString(failed.Message)))
	}
	return errors.Join(errs...)
}
