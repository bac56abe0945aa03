package httpnode

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

const (
	agent          = "flowcraft-go"
	idempotencyKey = "Idempotency-Key"
)

// request returns the node's request for a task, and notes the secrets in it. Its
// errors quote no values: they may be secrets.
func (n *node) request(ctx context.Context, task *flow.Task, secrets *secrets) (*http.Request, error) {
	target, err := n.target(task)
	if err != nil {
		return nil, err
	}
	body, contentType, err := n.payload(task)
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
	if err := n.setHeaders(ctx, req.Header, task, secrets); err != nil {
		return nil, err
	}
	setBody(req, body)
	return req, nil
}

func (n *node) target(task *flow.Task) (*url.URL, error) {
	text, err := n.url.EvalText(task)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(text)
	if err != nil {
		return nil, wrong(errors.New("the value of params.url is not a URL")) // err quotes it
	}
	if err := checkURL(target); err != nil {
		return nil, wrong(fmt.Errorf("the value of params.url: %w", err))
	}
	return target, nil
}

// checkURL checks the rules for every URL that is requested.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return errors.New("it must begin with http:// or https:// and a host")
	case u.User != nil:
		return errors.New("it has a user name in it: send credentials in a header")
	}
	return nil
}

// payload returns the body: a text unchanged, anything else as JSON, and none for
// null.
func (n *node) payload(task *flow.Task) (body []byte, contentType string, err error) {
	if n.body == nil {
		return nil, "", nil
	}
	value, err := n.body.Eval(task)
	if err != nil || string(value) == "null" {
		return nil, "", err
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return []byte(text), "text/plain; charset=utf-8", nil
	}
	return value, "application/json", nil
}

// setHeaders sets the node's own headers, which override the defaults; null removes
// one.
func (n *node) setHeaders(ctx context.Context, to http.Header, task *flow.Task, secrets *secrets) error {
	for name, value := range n.headers {
		text, ok, err := value.text(ctx, "header "+name, task, secrets)
		switch {
		case err != nil:
			return err
		case strings.ContainsFunc(text, control):
			return wrong(fmt.Errorf("the value of header %s must be a string, a number, a boolean or null, and have no control characters", name))
		case !ok:
			to.Del(name)
		default:
			to.Set(name, text)
		}
	}
	return nil
}

func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

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
