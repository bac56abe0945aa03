package flowcdk

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
)

var (
	accountPattern = regexp.MustCompile(`^\d{12}$`)
	senderPattern  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)$`)
)

// maxSenders is the number of principals that a queue's policy may have.
const maxSenders = 50

func checkSenders(senders []string) (errs []error) {
	for _, sender := range senders {
		if !accountPattern.MatchString(sender) && !senderPattern.MatchString(sender) && !isToken(sender) {
			errs = append(errs, fmt.Errorf("sender %q: must be an account's number, or the ARN of a role or a user", sender))
		}
	}
	if len(senders) > maxSenders {
		errs = append(errs, fmt.Errorf("senders: %d are more than a queue's policy may have, which is %d: let an account's number stand for its roles", len(senders), maxSenders))
	}
	return errs
}

// entrance is the queue for the senders of starts.
func (s *State) entrance() awssqs.IQueue {
	if s.Intake != nil {
		return s.Intake
	}
	return s.Queue
}

// entranceDeadLetters gets the messages to the entrance that can never be handled.
func (s *State) entranceDeadLetters() awssqs.IQueue {
	if s.Intake != nil {
		return s.IntakeDeadLetters
	}
	return s.DeadLetters
}

// allowSenders lets other accounts send: by the policy of the queue, and of the key.
func (s *State) allowSenders(p Props) {
	if len(p.Senders) == 0 {
		return
	}
	principals := make([]awsiam.IPrincipal, len(p.Senders))
	for i, sender := range p.Senders {
		principals[i] = awsiam.NewArnPrincipal(&sender)
		if accountPattern.MatchString(sender) {
			principals[i] = awsiam.NewAccountPrincipal(sender)
		}
	}
	if s.Intake == nil {
		warn(s.Scope, "sendersControlAllRuns", "the senders of other accounts may change all runs, not only start some: set intake (of a construct: Intake)")
	}
	added := s.entrance().AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: new("Senders"), Principals: &principals, Actions: &[]*string{new("sqs:SendMessage")}, Resources: &[]*string{s.entrance().QueueArn()},
	}))
	if !*added.StatementAdded {
		warn(s.Scope, "sendersNotInQueuePolicy", "the queue is an existing one: let its policy allow sqs:SendMessage to the senders")
	}
	if s.EncryptionKey == nil {
		return
	}
	stack := awscdk.Stack_Of(s.Scope)
	allowInKey(s.Scope, s.EncryptionKey, &awsiam.PolicyStatementProps{
		Principals: &principals, Actions: pointers(keyOfSender), Resources: &[]*string{new("*")},
		Conditions: &map[string]any{"StringEquals": map[string]any{"kms:ViaService": fmt.Sprintf("sqs.%s.amazonaws.com", *stack.Region())}},
	}, "the senders")
}

// allowInKey adds a statement to a key's policy. That of an imported key cannot be
// changed here.
func allowInKey(scope constructs.Construct, key awskms.IKey, statement *awsiam.PolicyStatementProps, users string) {
	if added := key.AddToResourcePolicy(awsiam.NewPolicyStatement(statement), new(true)); !*added.StatementAdded {
		warn(scope, "keyPolicyOfOthers", "the encryption key is imported: let its policy allow its use to "+users)
	}
}

// warn adds a warning that the deployment prints.
func warn(scope constructs.Construct, id, text string) {
	awscdk.Annotations_Of(scope).AddWarningV2(new("flowcraft:"+id), &text)
}
