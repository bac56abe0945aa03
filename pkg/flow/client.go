package flow

import (
	"context"
	"crypto/rand"
	"fmt"
)

// Client sends the messages that start and steer runs. It needs only the
// queue: to start a run is to send a message. What can never be a valid message
// is a [*RejectError], and is not sent. It is safe for concurrent use.
type Client struct {
	queue Queue
	newID func() string
}

// NewClient returns a client that sends to queue.
func NewClient(queue Queue) *Client { return &Client{queue: queue, newID: rand.Text} }

// StartOption changes one start.
type StartOption func(*Body)

// WithRunID names the run, which makes the start idempotent: of several starts
// under one id the first wins.
func WithRunID(id string) StartOption { return func(b *Body) { b.RunID = id } }

// WithTenant puts all messages of the run into the tenant's group of an SQS fair queue.
func WithTenant(tenant string) StartOption { return func(b *Body) { b.Tenant = tenant } }

// Start sends the message that starts a run and returns the run's id. The run
// exists once a worker has handled the message. A nil input is none. Repeating
// a Start with the same run id starts nothing more.
func (c *Client) Start(ctx context.Context, blueprintID string, input any, options ...StartOption) (string, error) {
	body := Body{Type: TypeStart, BlueprintID: blueprintID}
	if input != nil {
		encoded, err := encodeValue(input)
		if err != nil {
			return "", fmt.Errorf("encode the input of a %s run: %w", blueprintID, err)
		}
		body.Input = encoded
	}
	for _, option := range options {
		option(&body)
	}
	if body.RunID == "" {
		body.RunID = c.newID()
	}
	return body.RunID, c.send(ctx, body)
}

// Resume lets a waiting node go on with result. Resuming twice changes nothing.
func (c *Client) Resume(ctx context.Context, runID, nodeID string, result Result) error {
	body := Body{Type: TypeResume, RunID: runID, NodeID: nodeID, Action: result.Action}
	if result.Output != nil {
		output, err := encodeValue(result.Output)
		if err != nil {
			return fmt.Errorf("encode the output for node %s of run %s: %w", nodeID, runID, err)
		}
		body.Output = output
	}
	return c.send(ctx, body)
}

// Cancel ends a running run. Cancelling twice, or a run that has ended, changes nothing.
func (c *Client) Cancel(ctx context.Context, runID, reason string) error {
	return c.send(ctx, Body{Type: TypeCancel, RunID: runID, Reason: reason})
}

// Redrive opens a failed run again. Repeating it while it runs changes nothing.
func (c *Client) Redrive(ctx context.Context, runID string) error {
	return c.send(ctx, Body{Type: TypeRedrive, RunID: runID})
}

func (c *Client) send(ctx context.Context, body Body) error {
	if err := body.check(); err != nil {
		return err
	}
	text, err := body.Encode()
	if err != nil {
		return err
	}
	if err := c.queue.Send(ctx, Outgoing{Body: text, Tenant: body.Tenant}); err != nil {
		return fmt.Errorf("send %s message of run %s: %w", body.kind(), body.RunID, err)
	}
	return nil
}
