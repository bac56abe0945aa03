package servers_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
)

func TestDynamoDB(t *testing.T) {
	t.Parallel()
	s := serverstest.DynamoDB(t)
	client := dynamodb.NewFromConfig(servers.AWSConfig(s.Endpoint))
	tables, err := client.ListTables(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables.TableNames) != 0 {
		t.Errorf("tables = %v, want none", tables.TableNames)
	}
}

func newQueue(t *testing.T, s *servers.Server) (*sqs.Client, string) {
	t.Helper()
	client := sqs.NewFromConfig(servers.AWSConfig(s.Endpoint))
	queue, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("jobs")})
	if err != nil {
		t.Fatal(err)
	}
	return client, *queue.QueueUrl
}

func TestSQS(t *testing.T) {
	t.Parallel()
	s := serverstest.SQS(t)
	_, url := newQueue(t, s)
	if !strings.HasPrefix(url, s.Endpoint) {
		t.Errorf("queue URL = %s, want it below %s", url, s.Endpoint)
	}
}

// The characters are those of SQS's documentation.
func TestSQSAcceptsTheCharactersOfAmazonSQS(t *testing.T) {
	t.Parallel()
	client, url := newQueue(t, serverstest.SQS(t))
	for body, valid := range map[string]bool{
		"tab\tline\n": true, "é €": true, "\ue000\ufffd": true, "🚚 ship": true, "\U0010ffff": true, "\x01": false, "\ufffe": false,
	} {
		_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
		if (err == nil) != valid {
			t.Errorf("SendMessage of %+q = %v, want it taken: %t", body, err, valid)
		}
		out, err := client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{
			QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{{Id: new("1"), MessageBody: &body}},
		})
		if err != nil || (len(out.Successful) == 1) != valid {
			t.Errorf("SendMessageBatch of %+q = %v, want it taken: %t", body, err, valid)
		}
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*servers.Server{"dynamodb": serverstest.DynamoDB(t), "sqs": serverstest.SQS(t)} {
		s.Stop()
		if err := syscall.Kill(s.PID, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s: signal to the stopped server = %v, want no such process", name, err)
		}
		s.Stop()
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, dynamoErr := servers.DynamoDB(t.Context(), dir)
	_, sqsErr := servers.SQS(t.Context(), dir)
	for flag, err := range map[string]error{"--dynamodb-endpoint": dynamoErr, "--sqs-endpoint": sqsErr} {
		missing, ok := errors.AsType[*servers.MissingError](err)
		if !ok {
			t.Errorf("error = %v, want a MissingError", err)
			continue
		}
		if missing.Dir != dir || missing.Flag != flag {
			t.Errorf("missing = %+v, want %s in %s", missing, flag, dir)
		}
		for _, want := range []string{missing.Install, flag, dir} {
			if want == "" || !strings.Contains(err.Error(), want) {
				t.Errorf("error = %q, want it to say %q", err, want)
			}
		}
	}
}
