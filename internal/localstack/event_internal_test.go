package localstack

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

func TestEncodeEvent(t *testing.T) {
	t.Parallel()
	got, err := encodeEvent([]types.Message{{
		MessageId: new("id-1"), ReceiptHandle: new("handle-1"), Body: new(`{"runId":"r"}`), MD5OfBody: new("md5"),
		MD5OfMessageAttributes: new("md5a"),
		Attributes:             map[string]string{"ApproximateReceiveCount": "2", "SentTimestamp": "5", "MessageGroupId": "tenant"},
		MessageAttributes: map[string]types.MessageAttributeValue{
			"flow-id": {DataType: new("String"), StringValue: new("id-0")},
			"bytes":   {DataType: new("Binary"), BinaryValue: []byte{1, 2}},
		},
	}, {MessageId: new("id-2")}}, "arn:aws:sqs:eu-west-1:000000000000:jobs")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Records": [{
		"messageId": "id-1", "receiptHandle": "handle-1", "body": "{\"runId\":\"r\"}",
		"md5OfBody": "md5", "md5OfMessageAttributes": "md5a",
		"attributes": {"ApproximateReceiveCount": "2", "SentTimestamp": "5", "MessageGroupId": "tenant"},
		"messageAttributes": {
			"flow-id": {"stringValue": "id-0", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
			"bytes": {"binaryValue": "AQI=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}},
		"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:jobs", "awsRegion": "eu-west-1"
	}, {
		"messageId": "id-2", "receiptHandle": "", "body": "", "md5OfBody": "", "md5OfMessageAttributes": "",
		"attributes": {}, "messageAttributes": {},
		"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:jobs", "awsRegion": "eu-west-1"
	}]}`
	if diff := cmp.Diff(decode(t, want), decode(t, string(got))); diff != "" {
		t.Errorf("event (-want +got)\n%s", diff)
	}
	if _, err := encodeEvent(nil, "jobs"); err == nil {
		t.Error("no error for a queue without an ARN")
	}
}

func decode(t *testing.T, encoded string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(encoded), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
