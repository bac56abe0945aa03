package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// Client sends the messages that start and cancel runs, and reads runs. A body that
// no worker would accept is refused with a [*flow.RejectError], and is not sent. A
// Client is safe for concurrent use.
type Client struct {
	sender    state.Sender
	directory state.Directory
	newID     func() string
	by        string
}

// String returns a description of the client's abilities.
func (c *Client) String() string {
	switch {
	case c.sender == nil && c.directory == nil:
		return "a client of nothing"
	case c.sender == nil:
		return "a client that only reads runs"
	case c.directory == nil:
		return "a client that only sends"
	}
	return "a client that sends, and reads runs"
}

// New returns a client that sends through sender and reads from directory. The
// directory may be nil for a client that only sends, the sender for one that only
// reads.
func New(sender state.Sender, directory state.Directory) *Client {
	return &Client{sender: sender, directory: directory, newID: rand.Text}
}

// By returns a client whose messages state a name: that of the person or the system that
// starts or cancels. A run keeps it beside the sender that the queue knows, and nobody
// proves it. It has at most 128 bytes, and no control characters.
func (c *Client) By(name string) *Client {
	named := *c
	named.by = name
	return &named
}

var (
	errNoSender    = errors.New("this client only reads: to start and to cancel runs it needs a sender, such as a queue")
	errNoDirectory = errors.New("this client only sends: to read runs it needs a directory, such as a store")
)

func (c *Client) send(ctx context.Context, body flow.MessageBody) error {
	body.By = c.by
	if err := body.Check(); err != nil {
		return err
	}
	text, err := body.Encode()
	if err != nil {
		return err
	}
	if c.sender == nil {
		return errNoSender
	}
	message := flow.Outgoing{Body: text, Tenant: body.Tenant}
	if traceparent := trace.From(ctx); traceparent != "" && body.Kind() == flow.TypeStart {
		message.Attributes = map[string]string{trace.Key: traceparent}
	}
	if err := c.sender.Send(ctx, message); err != nil {
		return fmt.Errorf("send %s message of run %s: %w", body.Kind(), body.RunID, err)
	}
	return nil
}
