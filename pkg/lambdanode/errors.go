package lambdanode

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/signed"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

const (
	codePrefix = "lambda_"
	maxCode    = 100
	// maxMessage is the limit of a function's own message in an error, in bytes.
	maxMessage = 500
)

// isCode reports whether a text has the form of an error's code.
func isCode(text string) bool {
	return text != "" && len(text) <= maxCode && strings.TrimLeft(text, codeCharacters) == ""
}

const codeCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-"

// failed returns the failure of a function, with its own message but without the
// stack.
func failed(kind string, payload []byte) error {
	var answer struct{ ErrorType, ErrorMessage string }
	_ = json.Unmarshal(payload, &answer) // any other payload leaves the fields empty
	if !isCode(answer.ErrorType) {
		answer.ErrorType = kind
	}
	message := strings.ToValidUTF8(answer.ErrorMessage[:min(len(answer.ErrorMessage), maxMessage)], "")
	return flow.WithCode(fmt.Errorf("the function failed: %s", cmp.Or(message, answer.ErrorType)), codePrefix+answer.ErrorType)
}

// refusal is an answer of Lambda that is no outcome of the function.
type refusal struct {
	status        int
	code, message string
	retryAfter    time.Duration
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

// readRefusal reads an answer with a status other than 200.
func readRefusal(answer *signed.Answer) *refusal {
	var body struct {
		Code, Message string
		Type          string `json:"__type"`
	}
	_ = json.Unmarshal(answer.Body, &body) // any other body leaves the fields empty
	code := cmp.Or(answer.Header.Get("X-Amzn-ErrorType"), body.Code, body.Type)
	code, _, _ = strings.Cut(code[strings.LastIndexByte(code, '#')+1:], ":")
	if !isCode(code) {
		code = "HTTP" + strconv.Itoa(answer.Status)
	}
	seconds, err := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 10)
	if err != nil || answer.Status != http.StatusTooManyRequests {
		seconds = 0
	}
	return &refusal{answer.Status, code, body.Message, time.Duration(seconds) * time.Second}
}

// refused returns the failure of an invocation that has no outcome of the function.
func refused(err error) error {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return flow.WithCode(err, CodeError)
	}
	failure := flow.WithCode(err, codePrefix+r.code)
	switch {
	case permanent(r.status, r.code):
		return flow.Permanent(failure)
	case r.retryAfter > 0:
		return flow.RetryAfter(failure, r.retryAfter)
	}
	return failure
}

// permanent reports whether only a person can fix a refusal: a missing function, a
// missing permission, an input that is too large.
func permanent(status int, code string) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	case http.StatusConflict: // the function is being created or changed
		return false
	}
	return status/100 == 4 && code != "ExpiredTokenException" // the next attempt has a new token
}
