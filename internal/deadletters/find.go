package deadletters

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Find returns the URL of the dead-letter queue that a queue's redrive policy names.
func Find(ctx context.Context, client *sqs.Client, queue string) (string, error) {
	const name = types.QueueAttributeNameRedrivePolicy
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: []types.QueueAttributeName{name}})
	if err != nil {
		return "", fmt.Errorf("read the redrive policy of %s: %w", queue, err)
	}
	var policy struct {
		DeadLetterTargetARN string `json:"deadLetterTargetArn"`
	}
	text := out.Attributes[string(name)]
	if text == "" {
		return "", &NoPolicyError{queue}
	}
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		return "", fmt.Errorf("read the redrive policy of %s: %w", queue, err)
	}
	parts := strings.Split(policy.DeadLetterTargetARN, ":") // arn:aws:sqs:region:account:name
	if len(parts) != 6 {
		return "", fmt.Errorf("the redrive policy of %s names %q, which is no queue's ARN", queue, policy.DeadLetterTargetARN)
	}
	found, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &parts[5], QueueOwnerAWSAccountId: &parts[4]})
	if err != nil {
		return "", fmt.Errorf("find the queue %s: %w", parts[5], err)
	}
	return aws.ToString(found.QueueUrl), nil
}

// NoPolicyError says that a queue has no dead letters.
type NoPolicyError struct{ Queue string }

func (e *NoPolicyError) Error() string {
	return fmt.Sprintf("the queue %s has no redrive policy", e.Queue)
}
