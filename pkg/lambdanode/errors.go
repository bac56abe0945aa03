package lambdanode

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

const (
	codePrefix = "lambda_"
	maxCode    = 100
	// maxMessage is the limit of a function's own message in an error, in bytes.
	maxMessage = 500
)

var codePattern = regexp.MustCompile(`^[A-Za-z0-9_.:-]+$`)

// failed returns the failure of a function, with its own message but without the
// stack.
func failed(kind string, payload []byte) error {
	var answer struct{ ErrorType, ErrorMessage string }
	_ = json.Unmarshal(payload, &answer) // any other payload leaves the fields empty
	if !codePattern.MatchString(answer.ErrorType) || len(answer.ErrorType) > maxCode {
		answer.ErrorType = kind
	}
	message := strings.ToValidUTF8(answer.ErrorMessage[:min(len(answer.ErrorMessage), maxMessage)], "")
	return flow.WithCode(fmt.Errorf("the function failed: %s", cmp.Or(message, answer.ErrorType)), codePrefix+answer.ErrorType)
}

// refused returns the failure of an invocation that has no outcome of the function.
func refused(err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return flow.WithCode(err, CodeError)
	}
	refusal := flow.WithCode(fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage()), codePrefix+api.ErrorCode())
	switch {
	case permanent(statusOf(err), api.ErrorCode()):
		return flow.Permanent(refusal)
	case retryAfter(err) > 0:
		return flow.RetryAfter(refusal, retryAfter(err))
	}
	return refusal
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

func statusOf(err error) int {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

func retryAfter(err error) time.Duration {
	throttled, ok := errors.AsType[*types.TooManyRequestsException](err)
	if !ok || throttled.RetryAfterSeconds == nil {
		return 0
	}
	seconds, err := strconv.ParseUint(*throttled.RetryAfterSeconds, 10, 10)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
