package flowcdk

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
)

// LogGroups are existing log groups of the functions.
type LogGroups struct {
	Worker     awslogs.ILogGroup // nil: one is made
	Reconciler awslogs.ILogGroup // nil: one is made
}

// newLogs makes a log group that stays with Retain, except when the creation of its
// stack fails.
func newLogs(scope constructs.Construct, id string, p Props) awslogs.ILogGroup {
	removal := awscdk.RemovalPolicy_DESTROY
	if p.Retain {
		removal = awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
	}
	return awslogs.NewLogGroup(scope, &id, &awslogs.LogGroupProps{
		Retention: retentionDays[p.LogRetention], RemovalPolicy: removal, EncryptionKey: p.EncryptionKey,
	})
}

// newLogGroups makes the log groups that are not given.
func (f *Flow) newLogGroups(p Props) {
	f.WorkerLogs, f.ReconcilerLogs = p.LogGroups.Worker, p.LogGroups.Reconciler
	if f.WorkerLogs != nil && f.ReconcilerLogs != nil {
		return
	}
	allowLogs(f.Construct, p)
	if f.WorkerLogs == nil {
		f.WorkerLogs = newLogs(f.Construct, "WorkerLogs", p)
	}
	if f.ReconcilerLogs == nil {
		f.ReconcilerLogs = newLogs(f.Construct, "ReconcilerLogs", p)
	}
}

// allowLogs lets CloudWatch Logs use the key, for log groups of this account.
func allowLogs(scope constructs.Construct, p Props) {
	if p.EncryptionKey == nil {
		return
	}
	stack := awscdk.Stack_Of(scope)
	groups := stack.FormatArn(&awscdk.ArnComponents{
		Service: new("logs"), Resource: new("log-group"), ResourceName: new("*"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
	allowInKey(scope, p.EncryptionKey, &awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(new(fmt.Sprintf("logs.%s.amazonaws.com", *stack.Region())), nil)},
		Actions:    pointers([]string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"}),
		Resources:  &[]*string{new("*")},
		Conditions: &map[string]any{"ArnLike": map[string]any{"kms:EncryptionContext:aws:logs:arn": groups}},
	}, "CloudWatch Logs, for the functions' log groups")
}
