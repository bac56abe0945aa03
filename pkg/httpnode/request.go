package httpnode

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

const (
	agent          = "flowcraft-go"
	idempotencyKey = "Idempotency-Key"
)

// request returns the node's request for a task, and notes the secrets in it. Its
// errors quote no values: they may be secrets.
func (n *node) request(ctx context.Context, task *flow.Task, secrets *secrets) (*http.Request, error) {
	target, err := n.target.of(task)
	if err != nil {
		return nil, err
	}
	body, contentType, err := n.payload.of(ctx, task, secrets)
	if err != nil {
		return nil, err
	}
	req := (&http.Request{Method: n.method, URL: target, Host: target.Host, Header: http.Header{"User-Agent": {agent}}}).WithContext(ctx)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if _, own := n.headers[idempotencyKey]; !own && !safe(n.method) {
		req.Header.Set(idempotencyKey, visible(task.Key))
	}
	if traceparent := trace.From(ctx); traceparent != "" {
		req.Header.Set(trace.Key, traceparent)
	}
	if err := n.setHeaders(ctx, req.Header, task, secrets); err != nil {
		return nil, err
	}
	if err := n.credentials.set(req, task, secrets); err != nil {
		return nil, err
	}
	setBody(req, body)
	return req, nil
}

// setHeaders sets the node's own headers, which override the defaults; null removes
// one.
func (n *node) setHeaders(ctx context.Context, to http.Header, task *flow.Task, secrets *secrets) error {
	for name, value := range n.headers {
		text, ok, err := value.text(ctx, "header "+name, task, secrets)
		switch {
		case err != nil:
			return err
		case hasControl(text):
			return wrong(fmt.Errorf("the value of header %s must be a string, a number, a boolean or null, and have no control characters", name))
		case !ok:
			to.Del(name)
		default:
			to.Set(name, text)
		}
	}
	return nil
}

// setBody sets the request's body, which can be read again for a redirect.
func setBody(req *http.Request, body []byte) {
	req.Body, req.ContentLength = nil, int64(len(body))
	if len(body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
}

// safe reports whether a method changes nothing on the server.
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// visible returns a key in a form that a header can carry, the same for the same key.
func visible(key string) string {
	var text strings.Builder
	for _, b := range []byte(key) {
		if b > ' ' && b < 0x7f {
			text.WriteByte(b)
		} else {
			fmt.Fprintf(&text, "%%%02X", b)
		}
	}
	return text.String()
}

// wrong returns the error of a value that stays wrong in every further attempt.
func wrong(err error) error { return flow.Permanent(flow.WithCode(err, flow.CodeExpression)) }
