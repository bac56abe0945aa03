package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Client sends the messages that start and steer runs, and reads runs. A body
// that no worker would accept is a [*flow.RejectError], and is not sent. A
// Client is safe for concurrent use.
type Client struct {
	sender    flow.Sender
	directory state.Directory
	newID     func() string
}

// New returns a client that sends through sender and reads from directory. A
// client that only sends needs no directory, nil.
func New(sender flow.Sender, directory state.Directory) *Client {
	return &Client{sender: sender, directory: directory, newID: rand.Text}
}

var errNoDirectory = errors.New("this client only sends: give client.New a directory to read runs")

func (c *Client) send(ctx context.Context, body flow.MessageBody) error {
	if err := body.Check(); err != nil {
		return err
	}
	text, err := body.Encode()
	if err != nil {
		return err
	}
	if err := c.sender.Send(ctx, flow.Outgoing{Body: text, Tenant: body.Tenant}); err != nil {
		return fmt.Errorf("send %s message of run %s: %w", body.Kind(), body.RunID, err)
	}
	return nil
}
