package localstack

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// silentOnce never answers its first request.
type silentOnce struct{ requests int }

func (s *silentOnce) Do(req *http.Request) (*http.Response, error) {
	if s.requests++; s.requests == 1 {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	body := `{"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":"b","MD5OfBody":"92eb5ffee6ae2fec3ad71c777531578f"}]}`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// A poll that is not answered does not hold the mapping: it is given up, and the next one
// receives.
func TestSilentPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &Mapping{Batch: 1, QueueURL: "http://127.0.0.1/queue", Client: sqs.New(sqs.Options{
			Region: "local", BaseEndpoint: aws.String("http://127.0.0.1"), HTTPClient: &silentOnce{}, Retryer: aws.NopRetryer{},
			Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		})}
		began := time.Now()
		if messages, err := m.receive(t.Context()); len(messages) > 0 || err == nil || time.Since(began) != 30*time.Second {
			t.Errorf("after %s the first poll has %d messages, and the error %v", time.Since(began), len(messages), err)
		}
		if messages, err := m.receive(t.Context()); len(messages) != 1 || err != nil {
			t.Errorf("the second poll has %d messages, and the error %v", len(messages), err)
		}
	})
}
