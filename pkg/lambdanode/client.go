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
)

// NewClient makes a client that sends an invocation again, twice at most within
// two seconds, only where it is certain that the function was not invoked: no
// connection came about, or Lambda throttled the request. It waits for an
// answer as long as its context lets it. An HTTPClient of cfg that is not the
// SDK's own is used as it is.
func NewClient(cfg aws.Config) *lambda.Client {
	return lambda.NewFromConfig(cfg, func(o *lambda.Options) {
		o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
			s.MaxAttempts, s.MaxBackoff = 3, time.Second
			s.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(notInvoked)}
		})
		if client, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
			o.HTTPClient = client.WithReadTimeout(0).WithTransportOptions(func(t *http.Transport) {
				// A connection that was kept while Lambda froze the sandbox is mostly
				// dead, and of a request on it nobody knows whether it arrived.
				t.DisableKeepAlives = true
			})
		}
	})
}

// notInvoked reports whether an error proves that the function was not invoked.
func notInvoked(err error) aws.Ternary {
	network, ok := errors.AsType[*net.OpError](err)
	return aws.BoolTernary(ok && network.Op == "dial" || statusOf(err) == http.StatusTooManyRequests)
}
