package httpnode

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// judge turns the status into a result with its action, or into a failure.
func (c *client) judge(resp *http.Response, actions actions) (action string, err error) {
	status := resp.StatusCode
	if action, ok := actions.of(status); ok || status/100 == 2 {
		return action, nil
	}
	err = fmt.Errorf("%s: %d %s", name(resp.Request), status, http.StatusText(status))
	err = flow.WithCode(err, "http_"+strconv.Itoa(status))
	switch {
	case status != http.StatusRequestTimeout && status != http.StatusTooManyRequests && status < 500:
		err = flow.Permanent(err)
	default:
		if after := c.retryAfter(resp.Header.Get("Retry-After")); after > 0 {
			err = flow.RetryAfter(err, after)
		}
	}
	return "", err
}

// maxRetryAfter is the limit of the wait that a server can demand.
const maxRetryAfter = 15 * time.Minute

// retryAfter parses seconds or a date, and returns 0 for anything else.
func (c *client) retryAfter(text string) (after time.Duration) {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		after = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(text); err == nil {
		after = date.Sub(c.now())
	}
	return min(after, maxRetryAfter)
}

// answer is the node's output.
type answer struct {
	Status     int            `json:"status"`
	Headers    map[string]any `json:"headers"` // texts, and the list of set-cookie
	Body       any            `json:"body"`
	BodyBase64 []byte         `json:"bodyBase64,omitempty"`
}

// read reads an answer; its body is decoded if its type is JSON, unless asText is set.
func (c *client) read(resp *http.Response, asText bool) (answer, error) {
	a := answer{Status: resp.StatusCode, Headers: headersOf(resp)}
	body, err := readBody(c.turns.Body(resp.Request.Context(), resp.Body), resp.ContentLength, c.maxBody)
	switch {
	case err != nil:
		return a, unanswered(resp.Request, err)
	case len(body) > c.maxBody:
		err := fmt.Errorf("%s: the body of the answer has more than %d bytes, which is the limit (FLOW_MAX_VALUE)", name(resp.Request), c.maxBody)
		return a, flow.Permanent(flow.WithCode(err, flow.CodeValueTooLarge))
	case len(body) == 0:
	case !asText && isJSON(resp.Header.Get("Content-Type")):
		a.Body, err = decode(resp.Request, rawjson.TrimMark(body))
	case !utf8.Valid(body):
		a.BodyBase64 = body
	default:
		a.Body = string(body)
	}
	return a, err
}

// headersOf returns an answer's headers: several values of one are joined, but for
// cookies, in which a comma may stand.
func headersOf(resp *http.Response) map[string]any {
	headers := make(map[string]any, len(resp.Header))
	for name, values := range resp.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
		if name == "Set-Cookie" {
			headers["set-cookie"] = values
		}
	}
	return headers
}

// decode returns a body that is said to be JSON, and nil for an empty one. The error
// quotes nothing of it; the attempt can be repeated, since such bodies often come from a
// proxy, or are cut off.
func decode(req *http.Request, body []byte) (any, error) {
	if len(body) == 0 {
		return nil, nil
	}
	if err := rawjson.CheckDepthIn(name(req)+": the body of the answer", body, 1); err != nil {
		return nil, flow.Permanent(flow.WithCode(err, flow.CodeValueTooLarge))
	}
	fault := ""
	var value json.RawMessage
	if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, &value)); ok {
		fault = fmt.Sprintf("the fault is at byte %d", syntax.Offset)
	}
	if !utf8.Valid(body) {
		fault = "it is not UTF-8"
	}
	if fault != "" {
		return nil, flow.WithCode(fmt.Errorf("%s: the body of the answer is not valid JSON, as its type says: %s", name(req), fault), CodeBody)
	}
	return value, nil
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}
