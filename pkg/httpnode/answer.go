package httpnode

import (
	"encoding/json"
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
	Status     int               `json:"status"`
	Headers    map[string]string `json:"headers"`
	Body       any               `json:"body"`
	BodyBase64 []byte            `json:"bodyBase64,omitempty"`
}

func (c *client) read(resp *http.Response) (answer, error) {
	a := answer{Status: resp.StatusCode, Headers: make(map[string]string, len(resp.Header))}
	for name, values := range resp.Header {
		a.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	body, err := readBody(c.turns.Body(resp.Request.Context(), resp.Body), resp.ContentLength, c.maxBody)
	switch {
	case err != nil:
		return a, unanswered(resp.Request, err)
	case len(body) > c.maxBody:
		err := fmt.Errorf("%s: the body of the answer has more than %d bytes, which is the limit (FLOW_MAX_VALUE)", name(resp.Request), c.maxBody)
		return a, flow.Permanent(flow.WithCode(err, flow.CodeValueTooLarge))
	case len(body) == 0:
	case !utf8.Valid(body):
		a.BodyBase64 = body
	case isJSON(resp.Header.Get("Content-Type")) && rawjson.CheckDepthIn("", body, 1) != nil:
		err := rawjson.CheckDepthIn(name(resp.Request)+": the body of the answer", body, 1)
		return a, flow.Permanent(flow.WithCode(err, flow.CodeValueTooLarge))
	case isJSON(resp.Header.Get("Content-Type")) && json.Valid(body):
		a.Body = json.RawMessage(body)
	default:
		a.Body = string(body)
	}
	return a, nil
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}
