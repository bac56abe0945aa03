package flowcdk

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// The uses of a key of one's own that belong to requests to the queues and tables.
var (
	keyOfSender = []string{"kms:Decrypt", "kms:GenerateDataKey"} // SQS reads back the data key that it has made
	keyOfReader = []string{"kms:Decrypt", "kms:DescribeKey"}
	keyOfWriter = []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"}
)

// GrantStart allows grantee to start and cancel runs, and to answer nodes that wait: to
// send to the intake queue. Without [Props.Intake] it is the work queue, and a sender
// to that controls all runs.
func (s *State) GrantStart(grantee awsiam.IGrantable) {
	grant(grantee, access{actions: []string{"sqs:SendMessage"}, resources: []*string{s.entrance().QueueArn()}})
	s.grantKey(grantee, keyOfSender)
}

// GrantRead allows grantee to read runs with their values, as flowctl inspect does, and
// to list the runs of a blueprint, and those that need a person, by the indexes of the
// status table.
func (s *State) GrantRead(grantee awsiam.IGrantable) {
	context, status := s.Tables.Context.TableArn(), s.Tables.Status.TableArn()
	grant(grantee, access{actions: []string{"dynamodb:BatchGetItem"}, resources: []*string{context, status}})
	grant(grantee, access{actions: []string{"dynamodb:Query"}, resources: append(s.lists(), context)})
	s.grantKey(grantee, keyOfReader)
}

// GrantInspect allows grantee to see which runs there are, where they stand, since when
// and with which codes of errors, but no value: no input, output, context key, message
// of an error or blueprint. A request must name exactly the attributes that it wants,
// see tables.InspectedRun.
func (s *State) GrantInspect(grantee awsiam.IGrantable) {
	grant(grantee, access{
		actions: []string{"dynamodb:BatchGetItem"}, resources: []*string{s.Tables.Status.TableArn()},
		conditions: only(tables.InspectedRun()),
	})
	grant(grantee, access{
		actions: []string{"dynamodb:Query"}, resources: []*string{s.Tables.Context.TableArn()},
		conditions: only(tables.InspectedTask()),
	})
	// The indexes have no values: all that is projected may be seen.
	grant(grantee, access{actions: []string{"dynamodb:Query"}, resources: s.lists()})
	s.grantKey(grantee, keyOfReader)
}

// GrantOperate allows grantee all that GrantStart and GrantRead do, and to send to the
// work queue, and to look at, send again and delete dead letters, as flowctl dlq does:
// grantee controls all runs.
func (s *State) GrantOperate(grantee awsiam.IGrantable) {
	s.GrantStart(grantee)
	s.GrantRead(grantee)
	dead := []*string{s.DeadLetters.QueueArn()}
	queues := []*string{s.Queue.QueueArn()}
	if s.Intake != nil {
		dead, queues = append(dead, s.IntakeDeadLetters.QueueArn()), append(queues, s.Intake.QueueArn())
	}
	grant(grantee, access{actions: []string{"sqs:SendMessage", "sqs:GetQueueAttributes"}, resources: queues})
	grant(grantee, access{actions: []string{
		"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
	}, resources: dead})
}

// lists are the indexes of runs.
func (s *State) lists() []*string {
	status := s.Tables.Status.TableArn()
	return []*string{indexARN(status, tables.ListIndex), indexARN(status, tables.AttentionIndex)}
}

// only is the condition that a request reads nothing but some attributes, and names
// them: a request that names none would have no attribute to compare.
func only(attributes []string) map[string]any {
	return map[string]any{
		"ForAllValues:StringEquals": map[string]any{"dynamodb:Attributes": attributes},
		"StringEquals":              map[string]any{"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
	}
}

// grantKey allows grantee a use of the keys.
func (s *State) grantKey(grantee awsiam.IGrantable, actions []string) {
	if keys := s.keys(); len(keys) > 0 {
		grant(grantee, access{actions: actions, resources: keys})
	}
}

// keys are the ARNs of the keys of queues and tables, each once.
func (s *State) keys() (arns []*string) {
	var seen []string
	add := func(arn *string) {
		if arn != nil && !slices.Contains(seen, *arn) {
			seen, arns = append(seen, *arn), append(arns, arn)
		}
	}
	if s.EncryptionKey != nil {
		add(s.EncryptionKey.KeyArn())
	}
	for _, table := range s.Tables.all() {
		if key := table.EncryptionKey(); key != nil {
			add(key.KeyArn())
		}
	}
	for _, queue := range []awssqs.IQueue{s.Queue, s.DeadLetters} {
		if key := queue.EncryptionMasterKey(); key != nil {
			add(key.KeyArn())
		}
	}
	return arns
}

func grant(grantee awsiam.IGrantable, a access) {
	options := &awsiam.GrantOnPrincipalOptions{Grantee: grantee, Actions: pointers(a.actions), ResourceArns: &a.resources}
	if a.conditions != nil {
		conditions := map[string]*map[string]any{}
		for operator, keys := range a.conditions {
			of := keys.(map[string]any)
			conditions[operator] = &of
		}
		options.Conditions = &conditions
	}
	awsiam.Grant_AddToPrincipal(options)
}
