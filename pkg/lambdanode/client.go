package lambdanode

import (
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/flowcraft-go/flowcraft/internal/turns"
)

// NewClient returns a client that repeats an invocation, at most twice within two
// seconds, only if it is certain that the function was not invoked: the connection
// failed, or Lambda throttled the request. It waits for an answer until its context
// ends. An HTTPClient of cfg that is not the SDK's own is used unchanged.
func NewClient(cfg aws.Config) *lambda.Client {
	return lambda.NewFromConfig(cfg, func(o *lambda.Options) {
		o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
			s.MaxAttempts, s.MaxBackoff = 3, time.Second
			s.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(notInvoked)}
		})
		if client, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
			o.HTTPClient = client.WithReadTimeout(0).WithTransportOptions(func(t *http.Transport) {
				// A connection that was kept while Lambda froze the sandbox is
				// usually dead, and a request on it may have arrived or not.
				t.DisableKeepAlives = true
			})
			o.HTTPClient = &inTurns{o.HTTPClient, turns.New(2)}
		}
	})
}

// inTurns reads large answers in turns: each takes twice its size until it is read.
type inTurns struct {
	lambda.HTTPClient
	turns turns.Turns
}

// Do implements [lambda.HTTPClient].
func (c *inTurns) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.HTTPClient.Do(req)
	if err == nil && resp.Body != nil {
		resp.Body = c.turns.Body(req.Context(), resp.Body)
	}
	return resp, err
}

// notInvoked reports whether an error proves that the function was not invoked.
func notInvoked(err error) aws.Ternary {
	network, ok := errors.AsType[*net.OpError](err)
	return aws.BoolTernary(ok && network.Op == "dial" || statusOf(err) == http.StatusTooManyRequests)
}
