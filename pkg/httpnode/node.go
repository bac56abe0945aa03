package httpnode

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/turns"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Name is the node's name in the registries of the worker and the command line.
const Name = "http"

// Config has the optional settings of the node.
type Config struct {
	// AllowPrivate lists the networks outside the public internet that may be
	// requested; none by default.
	AllowPrivate []netip.Prefix
	// MaxBody limits the body of an answer, in bytes; 0 means 5 MB.
	MaxBody int
	// Now returns the time, for a Retry-After that is a date; nil means the real
	// time.
	Now func() time.Time
}

// Codes of failed attempts beside http_STATUS.
const (
	CodeError    = "http_error"    // there is no answer: retried
	CodeBody     = "http_body"     // the answer is said to be JSON, and is not: retried
	CodeRefused  = "http_refused"  // an address that is not on the public internet: permanent
	CodeRedirect = "http_redirect" // too many redirects, or one that is not followed: permanent
)

// New returns the node's entry for a registry.
func New(config Config) flow.Handler {
	if config.Now == nil {
		config.Now = time.Now
	}
	c := &client{
		transport: newTransport(guard(config.AllowPrivate)),
		turns:     turns.New(2),
		maxBody:   cmp.Or(config.MaxBody, 5_000_000),
		now:       config.Now,
	}
	return flow.FromParams(func(p *flow.Params) flow.Handler {
		n := readParams(p)
		return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
			return c.run(ctx, n, task)
		})
	})
}

// client is shared by all nodes of a process.
type client struct {
	transport http.RoundTripper
	turns     turns.Turns // of large answers
	maxBody   int
	now       func() time.Time
}

// run requests the node's URL, and judges the answer. An answer 401 to a secret that
// has a new value since is requested once more with that.
func (c *client) run(ctx context.Context, n node, task *flow.Task) (flow.Result, error) {
	var used secrets
	resp, err := c.send(ctx, n, task, &used)
	if err != nil {
		return flow.Result{}, err
	}
	if resp.StatusCode == http.StatusUnauthorized && used.changed(ctx) {
		_ = resp.Body.Close() // not read
		if resp, err = c.send(ctx, n, task, &used); err != nil {
			return flow.Result{}, err
		}
	}
	defer resp.Body.Close() // only read from
	action, err := c.judge(resp, n.actions)
	if err != nil {
		return flow.Result{}, err
	}
	output, err := c.read(resp, n.asText)
	return flow.Result{Output: output, Action: action}, err
}

func (c *client) send(ctx context.Context, n node, task *flow.Task, used *secrets) (*http.Response, error) {
	req, err := n.request(ctx, task, used)
	if err != nil {
		return nil, err
	}
	return c.follow(req, n.actions)
}
