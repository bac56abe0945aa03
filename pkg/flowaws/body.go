package flowaws

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// watchedClient gives a request up whose answer stalls: the transport bounds the time to
// the header, and this the time between two bytes of the body. However long a body is,
// it may take its time while bytes arrive.
type watchedClient struct {
	client aws.HTTPClient
	idle   time.Duration
}

// Do implements [aws.HTTPClient].
func (c *watchedClient) Do(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	response, err := c.client.Do(r.WithContext(ctx))
	if err != nil || response.Body == nil {
		cancel()
		return response, err
	}
	response.Body = &watchedBody{body: response.Body, idle: c.idle, cancel: cancel}
	return response, nil
}

// watchedBody ends a read to which nothing arrives, by the end of its request.
type watchedBody struct {
	body    io.ReadCloser
	idle    time.Duration
	cancel  context.CancelFunc
	stalled atomic.Bool
}

// Read implements [io.Reader].
func (b *watchedBody) Read(p []byte) (int, error) {
	timer := time.AfterFunc(b.idle, func() {
		b.stalled.Store(true)
		b.cancel()
	})
	n, err := b.body.Read(p)
	timer.Stop()
	if err != nil && err != io.EOF && b.stalled.Load() {
		err = &stallError{b.idle}
	}
	return n, err
}

// Close implements [io.Closer].
func (b *watchedBody) Close() error {
	defer b.cancel()
	return b.body.Close()
}

// stallError says that a body has stalled. It counts as a timeout of the connection, so
// that the request is repeated.
type stallError struct{ idle time.Duration }

func (e *stallError) Error() string {
	return fmt.Sprintf("the answer has stalled: no byte for %s", e.idle)
}

// Timeout makes it an error that the SDK repeats the request after.
func (e *stallError) Timeout() bool { return true }

// Temporary implements [net.Error].
func (e *stallError) Temporary() bool { return true }
