package flowaws

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// The limits of a request to DynamoDB or SQS. A connection on which nothing arrives any
// more, as after a frozen sandbox or a broken network, then costs seconds instead of
// the invocation.
const (
	connectTimeout     = time.Second     // for the connection, and for its TLS handshake
	answerTimeout      = 2 * time.Second // from the end of a request to its answer's header
	largeAnswerTimeout = 5 * time.Second // the same for a request of more than largeRequest bytes
	largeRequest       = 64 << 10
	idleTimeout        = 2 * time.Second // between two bytes of an answer
	writeBuffer        = 16 << 10        // most requests leave in one piece

	// A poll is answered when there are messages, or after up to 20 s.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
	pollTimeout = 20*time.Second + answerTimeout
	pollTarget  = "AmazonSQS.ReceiveMessage"

	attempts   = 3 // by the SDK; pkg/dynamo goes on where they are used up
	maxBackoff = time.Second
)

// patientClient gives large requests, and polls of a queue, more time for their answer.
// Each is made when it is used: many workers never need all.
type patientClient struct{ quick, large, poll func() aws.HTTPClient }

// Do implements [aws.HTTPClient].
func (c *patientClient) Do(r *http.Request) (*http.Response, error) {
	switch {
	case r.Header.Get("X-Amz-Target") == pollTarget:
		return c.poll().Do(r)
	case r.ContentLength > largeRequest:
		return c.large().Do(r)
	}
	return c.quick().Do(r)
}

// bounded returns cfg with the limits, unless it has an HTTP client or a retryer that is
// not the SDK's own.
func bounded(cfg aws.Config, idle int) aws.Config {
	cfg = cfg.Copy()
	if own, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok || cfg.HTTPClient == nil {
		if own == nil {
			own = awshttp.NewBuildableClient()
		}
		client := func(answer time.Duration) func() aws.HTTPClient {
			return sync.OnceValue(func() aws.HTTPClient { return limited(own, answer, idle) })
		}
		cfg.HTTPClient = &watchedClient{&patientClient{client(answerTimeout), client(largeAnswerTimeout), client(pollTimeout)}, idleTimeout}
	}
	if cfg.Retryer == nil {
		most := cmp.Or(cfg.RetryMaxAttempts, attempts)
		cfg.Retryer = func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = most, maxBackoff })
		}
	}
	return cfg
}

func limited(client *awshttp.BuildableClient, answer time.Duration, idle int) aws.HTTPClient {
	client = client.
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout, t.ResponseHeaderTimeout = connectTimeout, answer
			t.MaxIdleConnsPerHost, t.WriteBufferSize = idle, writeBuffer
		})
	if client.GetTimeout() > 0 {
		return client.Freeze()
	}
	return &transportClient{client.GetTransport()}
}

// transportClient sends each request to the one server that it names. Redirections and
// cookies, for which [http.Client] prepares every request, are nothing that a service of AWS
// answers with.
type transportClient struct{ transport *http.Transport }

// Do implements [aws.HTTPClient]. Its error is that of an [http.Client].
func (c *transportClient) Do(r *http.Request) (*http.Response, error) {
	response, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, &url.Error{Op: r.Method, URL: r.URL.Redacted(), Err: err}
	}
	return response, nil
}
