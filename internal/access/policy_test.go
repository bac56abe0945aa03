package access

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRefused(t *testing.T) {
	t.Parallel()
	policy := []Statement{
		{Actions: []string{"sqs:SendMessage"}, Resources: []string{"intake"}},
		{Actions: []string{"dynamodb:Query"}, Resources: []string{"t"}, Attributes: []string{"id", "state"}, Select: "SPECIFIC_ATTRIBUTES"},
		{Actions: []string{"dynamodb:BatchGetItem"}, Resources: []string{"s"}, Attributes: []string{"id", "state"}, Select: "SPECIFIC_ATTRIBUTES"},
		{Actions: []string{"dynamodb:Query"}, Resources: []string{"t/i"}},
	}
	const (
		query = "DynamoDB_20120810.Query"
		batch = "DynamoDB_20120810.BatchGetItem"
	)
	for name, test := range map[string]struct {
		target, body string
		want         []string
	}{
		"allowed":            {"AmazonSQS.SendMessage", `{"QueueUrl":"http://h/1/intake"}`, nil},
		"another queue":      {"AmazonSQS.SendMessage", `{"QueueUrl":"http://h/1/jobs"}`, []string{"sqs:SendMessage jobs"}},
		"another action":     {"AmazonSQS.ReceiveMessage", `{"QueueUrl":"http://h/1/intake"}`, []string{"sqs:ReceiveMessage intake"}},
		"named attributes":   {query, `{"TableName":"t","KeyConditionExpression":"#0 = :0 AND begins_with(id, :1)","ProjectionExpression":"#0, #1","ExpressionAttributeNames":{"#0":"id","#1":"state"}}`, nil},
		"another attribute":  {query, `{"TableName":"t","KeyConditionExpression":"id = :0","ProjectionExpression":"id, #1","ExpressionAttributeNames":{"#1":"output"}}`, []string{"dynamodb:Query t"}},
		"a condition on one": {query, `{"TableName":"t","KeyConditionExpression":"id = :0","FilterExpression":"output = :1","ProjectionExpression":"id"}`, []string{"dynamodb:Query t"}},
		"all attributes":     {query, `{"TableName":"t","KeyConditionExpression":"id = :0"}`, []string{"dynamodb:Query t"}},
		"a count":            {query, `{"TableName":"t","KeyConditionExpression":"id = :0","Select":"COUNT"}`, []string{"dynamodb:Query t"}},
		"an index":           {query, `{"TableName":"t","IndexName":"i","KeyConditionExpression":"output = :0"}`, nil},
		"items":              {batch, `{"RequestItems":{"s":{"Keys":[{"id":{"S":"1"}}],"ProjectionExpression":"#0","ExpressionAttributeNames":{"#0":"state"}}}}`, nil},
		"whole items":        {batch, `{"RequestItems":{"s":{"Keys":[{"id":{"S":"1"}}]}}}`, []string{"dynamodb:BatchGetItem s"}},
		"items of two":       {batch, `{"RequestItems":{"s":{"Keys":[{"id":{"S":"1"}}],"ProjectionExpression":"id"},"t":{"Keys":[{"id":{"S":"1"}}],"ProjectionExpression":"id"}}}`, []string{"dynamodb:BatchGetItem t"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Refused(policy, test.target, []byte(test.body))
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("error %v, refused (-want +got):\n%s", err, diff)
			}
		})
	}
}
