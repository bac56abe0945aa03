package flowcdk

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
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

const maxQueueName = 80

// pair has the ids of a queue and its dead-letter queue, and the end of the queue's
// name. A changed id or name replaces the queue.
type pair struct{ queue, dead, source, suffix string }

var (
	workQueues   = pair{"Queue", "DeadLetters", "Source", "-jobs"}
	intakeQueues = pair{"Intake", "IntakeDeadLetters", "IntakeSource", "-intake"}
)

// newQueues makes a queue and its dead-letter queue, to which only the queue may move
// messages. The two name each other, so one of them needs a name that is known
// beforehand. Neither is retained: the name of one that stays could not be used again.
func newQueues(scope constructs.Construct, ids pair, p Props) (queue, dead awssqs.IQueue) {
	name := new(*awscdk.Names_UniqueResourceName(scope, &awscdk.UniqueResourceNameOptions{
		MaxLength: new(float64(maxQueueName - len(ids.suffix))), Separator: new("-"), AllowedSpecialCharacters: new("-_"),
	}) + ids.suffix)
	source := awssqs.Queue_FromQueueArn(scope, &ids.source, awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service: new("sqs"), Resource: name,
	}))
	dead = awssqs.NewQueue(scope, &ids.dead, &awssqs.QueueProps{
		Encryption:          encryption(p.EncryptionKey),
		EncryptionMasterKey: p.EncryptionKey,
		EnforceSSL:          new(true),
		RetentionPeriod:     seconds(deadRetention),
		RedriveAllowPolicy: &awssqs.RedriveAllowPolicy{
			RedrivePermission: awssqs.RedrivePermission_BY_QUEUE,
			SourceQueues:      &[]awssqs.IQueue{source},
		},
	})
	queue = awssqs.NewQueue(scope, &ids.queue, &awssqs.QueueProps{
		QueueName:           name,
		Encryption:          encryption(p.EncryptionKey),
		EncryptionMasterKey: p.EncryptionKey,
		EnforceSSL:          new(true),
		RetentionPeriod:     seconds(queueRetention),
		VisibilityTimeout:   seconds(p.Visibility),
		DeadLetterQueue:     &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: new(float64(p.MaxReceives))},
	})
	return queue, dead
}

func encryption(key awskms.IKey) awssqs.QueueEncryption {
	if key == nil {
		return awssqs.QueueEncryption_SQS_MANAGED
	}
	return awssqs.QueueEncryption_KMS
}

func seconds(d time.Duration) awscdk.Duration { return awscdk.Duration_Seconds(new(d.Seconds())) }
