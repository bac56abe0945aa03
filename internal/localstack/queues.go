package localstack

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const deadRetention = 14 * 24 * time.Hour

// queue has the URL and the ARN of a queue.
type queue struct{ url, arn string }

// createQueues creates the work queue and its dead-letter queue, to which a message
// goes after maxReceives receives. Repeating it sets their attributes again.
func createQueues(ctx context.Context, client *sqs.Client, c *Config) (work, dead queue, err error) {
	dead, err = createQueue(ctx, client, c.DeadLetterQueue, c.deadLetterAttributes())
	if err != nil {
		return work, dead, err
	}
	work, err = createQueue(ctx, client, c.Queue, c.queueAttributes(dead.arn))
	return work, dead, err
}

// QueueAttributes returns those that the stack sets, for comparisons.
func (c Config) QueueAttributes() (work, dead map[string]string) {
	c = c.withDefaults()
	return c.queueAttributes("dead"), c.deadLetterAttributes()
}

func (c *Config) queueAttributes(deadARN string) map[string]string {
	// Two texts can always be encoded as JSON.
	redrive, _ := json.Marshal(map[string]string{
		"deadLetterTargetArn": deadARN, "maxReceiveCount": strconv.Itoa(c.MaxReceives),
	})
	return map[string]string{
		string(types.QueueAttributeNameVisibilityTimeout): seconds(c.Visibility),
		string(types.QueueAttributeNameRedrivePolicy):     string(redrive),
	}
}

func (c *Config) deadLetterAttributes() map[string]string {
	return map[string]string{string(types.QueueAttributeNameMessageRetentionPeriod): seconds(deadRetention)}
}

func createQueue(ctx context.Context, client *sqs.Client, name string, attributes map[string]string) (queue, error) {
	created, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		return queue{}, fmt.Errorf("create queue %s: %w", name, err)
	}
	url := created.QueueUrl
	// The attributes are set afterwards, since creating an existing queue with other
	// attributes is an error.
	_, err = client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: url, Attributes: attributes})
	if err != nil {
		return queue{}, fmt.Errorf("set the attributes of queue %s: %w", name, err)
	}
	arn := types.QueueAttributeNameQueueArn
	got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: url, AttributeNames: []types.QueueAttributeName{arn},
	})
	if err != nil {
		return queue{}, fmt.Errorf("read the attributes of queue %s: %w", name, err)
	}
	return queue{aws.ToString(url), got.Attributes[string(arn)]}, nil
}

// seconds rounds up, so that a visibility timeout is never shorter than requested.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
