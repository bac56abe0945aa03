package flowcdk

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// A message not handled in an outage of 10 days is lost. A message in the
// dead-letter queue has at least 4 days more: its age is still counted from the time
// when it was sent.
const (
	queueRetention = settings.QueueRetention
	deadRetention  = 14 * day
)

const (
	maxQueueName = 80
	queueSuffix  = "-jobs"
)

// newQueues makes the work queue and the dead-letter queue, to which only the work
// queue may move messages. The two name each other, so one of them needs a name
// that is known beforehand.
func newQueues(scope constructs.Construct, p Props) (queue, dead awssqs.Queue) {
	name := new(*awscdk.Names_UniqueResourceName(scope, &awscdk.UniqueResourceNameOptions{
		MaxLength: new(float64(maxQueueName - len(queueSuffix))), Separator: new("-"), AllowedSpecialCharacters: new("-_"),
	}) + queueSuffix)
	source := awssqs.Queue_FromQueueArn(scope, new("Source"), awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service: new("sqs"), Resource: name,
	}))
	dead = awssqs.NewQueue(scope, new("DeadLetters"), &awssqs.QueueProps{
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      new(true),
		RetentionPeriod: seconds(deadRetention),
		RedriveAllowPolicy: &awssqs.RedriveAllowPolicy{
			RedrivePermission: awssqs.RedrivePermission_BY_QUEUE,
			SourceQueues:      &[]awssqs.IQueue{source},
		},
	})
	queue = awssqs.NewQueue(scope, new("Queue"), &awssqs.QueueProps{
		QueueName:         name,
		Encryption:        awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:        new(true),
		RetentionPeriod:   seconds(queueRetention),
		VisibilityTimeout: seconds(p.Visibility),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: new(float64(p.MaxReceives))},
	})
	return queue, dead
}

func seconds(d time.Duration) awscdk.Duration { return awscdk.Duration_Seconds(new(d.Seconds())) }
