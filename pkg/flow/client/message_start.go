package client

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// StartOption is an option of [Client.Start].
type StartOption func(*flow.MessageBody)

// WithRunID sets the run's id, which makes the start idempotent: of several starts
// with one id the first wins.
func WithRunID(id string) StartOption { return func(b *flow.MessageBody) { b.RunID = id } }

// WithTenant puts all messages of the run into the tenant's group of a fair queue.
func WithTenant(tenant string) StartOption { return func(b *flow.MessageBody) { b.Tenant = tenant } }

// Start sends the message that starts a run and returns the run's id. The run exists
// after a worker has handled the message. A nil input means no input. Repeating a
// Start with the same run id has no effect: [Client.Confirm] tells whether the run under
// the id is the one that was asked for. The run keeps the traceparent of ctx, if that
// has one: see package trace.
func (c *Client) Start(ctx context.Context, blueprintID string, input any, options ...StartOption) (string, error) {
	body := flow.MessageBody{Type: flow.TypeStart, BlueprintID: blueprintID}
	if input != nil {
		encoded, err := rawjson.Encode(input)
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
