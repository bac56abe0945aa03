// Package sqsqueue sends the engine's messages through Amazon SQS, decodes received
// messages, and decides when a returned message comes back.
package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/describe"
	"github.com/flowcraft-go/flowcraft/internal/pause"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// API is the part of the SDK's client, *[sqs.Client], that the queue uses.
type API interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

// Config has the functions for waits and random numbers; the zero value uses the real
// ones.
type Config struct {
	// Wait returns after d, or with ctx's error if ctx ends first.
	Wait func(ctx context.Context, d time.Duration) error
	// Jitter returns a number in [0,1).
	Jitter func() float64
}

// String returns the fields that are set.
func (c Config) String() string { return describe.Fields(c) }

// Queue is one SQS standard queue. It is safe for concurrent use.
type Queue struct {
	api    API
	url    string
	config Config
}

// String returns the queue's URL.
func (q *Queue) String() string { return "queue " + q.url }

var (
	_ state.Queue   = (*Queue)(nil)
	_ state.Backlog = (*Queue)(nil)
)

// New returns the queue at url.
func New(api API, url string, config Config) *Queue {
	if config.Wait == nil {
		config.Wait = pause.For
	}
	if config.Jitter == nil {
		config.Jitter = rand.Float64
	}
	return &Queue{api: api, url: url, config: config}
}

// Beside returns another queue of the same account and region, by its ARN.
func (q *Queue) Beside(arn string) *Queue {
	other := *q
	other.url = q.url[:strings.LastIndexByte(q.url, '/')+1] + arn[strings.LastIndexByte(arn, ':')+1:]
	return &other
}

// Send implements [state.Queue]. A delay is rounded up to whole seconds. When a
// message cannot be sent at all (longer than 1 MiB, delayed by more than
// [state.MaxDelay]), nothing is sent. A message that SQS refuses as the sender's
// fault does not hold back the others; the error is a [*state.RefusedError] if the
// fault is the message's own. It says how many of how many messages were not
// accepted, and the first reason; it never shows a body.
func (q *Queue) Send(ctx context.Context, messages ...flow.Outgoing) error {
	entries, err := encode(messages)
	if err != nil {
		return fmt.Errorf("send to %s: none of %d messages sent: %w", q.url, len(messages), err)
	}
	accepted := 0
	var first error
	for batch := range batches(entries) {
		n, err := q.sendBatch(ctx, batch)
		accepted += n
		if first == nil {
			first = err
		}
		if _, refused := errors.AsType[*refusedError](err); err != nil && !refused {
			break // throttled or disconnected: further calls would make it worse
		}
	}
	if first != nil {
		return fmt.Errorf("send to %s: %d of %d messages not accepted: %w", q.url, len(messages)-accepted, len(messages), first)
	}
	return nil
}
