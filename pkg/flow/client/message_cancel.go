package client

import (
	"context"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Cancel ends a running run. Cancelling a run again, or after its end, changes
// nothing.
func (c *Client) Cancel(ctx context.Context, runID, reason string) error {
	return c.send(ctx, flow.MessageBody{Type: flow.TypeCancel, RunID: runID, Reason: reason})
}
