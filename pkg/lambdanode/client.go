package lambdanode

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/flowcraft-go/flowcraft/internal/pause"
	"github.com/flowcraft-go/flowcraft/internal/signed"
	"github.com/flowcraft-go/flowcraft/internal/turns"
)

// Client invokes functions. It repeats an invocation, at most twice within two
// seconds, only if it is certain that the function was not invoked: the connection
// failed, or Lambda throttled the request. It waits for an answer until its context
// ends.
type Client struct{ connect func() *signed.Client }

// NewClient returns a client with the configuration of an account. An HTTPClient of
// cfg that is not the SDK's own is used unchanged. It connects when it is used.
func NewClient(cfg aws.Config) *Client {
	return &Client{sync.OnceValue(func() *signed.Client { return connect(cfg) })}
}

func connect(cfg aws.Config) *signed.Client {
	client, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	switch {
	case cfg.HTTPClient == nil:
		client = awshttp.NewBuildableClient()
	case !ok:
		return signed.NewClient(cfg, signed.Lambda, time.Now)
	}
	cfg.HTTPClient = &inTurns{client.WithReadTimeout(0).WithTransportOptions(func(t *http.Transport) {
		// A connection that was kept while Lambda froze the sandbox is
		// usually dead, and a request on it may have arrived or not.
		t.DisableKeepAlives = true
	}), turns.New(2)}
	return signed.NewClient(cfg, signed.Lambda, time.Now)
}

// String returns the name of the service.
func (c *Client) String() string { return "a client of Lambda" }

const (
	attempts   = 3 // of a request that was certainly not served
	maxBackoff = time.Second
	maxAnswer  = MaxPayload + 1<<20 // with the quotes of an error
)

// invoke returns the outcome of a function, and else an error.
func (c *Client) invoke(ctx context.Context, post signed.Post) (*signed.Answer, error) {
	for attempt := 1; ; attempt++ {
		answer, err := c.once(ctx, post)
		switch {
		case err == nil || !notInvoked(err):
			return answer, err
		case attempt == attempts:
			return nil, fmt.Errorf("after %d attempts: %w", attempts, err)
		}
		if pause.For(ctx, time.Duration(rand.Float64()*float64(maxBackoff))) != nil {
			return nil, err
		}
	}
}

func (c *Client) once(ctx context.Context, post signed.Post) (*signed.Answer, error) {
	answer, err := c.connect().Send(ctx, post, maxAnswer)
	if err == nil && answer.Status/100 != 2 {
		return nil, readRefusal(answer)
	}
	return answer, err
}

// inTurns reads large answers in turns: each takes twice its size until it is read.
type inTurns struct {
	aws.HTTPClient
	turns turns.Turns
}

// Do implements [aws.HTTPClient].
func (c *inTurns) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.HTTPClient.Do(req)
	if err == nil && resp.Body != nil {
		resp.Body = c.turns.Body(req.Context(), resp.Body)
	}
	return resp, err
}

// notInvoked reports whether an error proves that the function was not invoked.
func notInvoked(err error) bool {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status == http.StatusTooManyRequests
	}
	network, ok := errors.AsType[*net.OpError](err)
	return ok && network.Op == "dial"
}
