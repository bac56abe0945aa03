package flowcdk

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// access is the content of one policy statement.
type access struct {
	sid       string
	actions   []string
	resources []*string
}

// workerAccess allows exactly the worker's requests. A transaction needs the
// actions of its parts, and none of its own.
func (f *Flow) workerAccess(p Props, logs awslogs.LogGroup) []access {
	accesses := []access{
		{"Receive", []string{
			"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility", "sqs:SendMessage",
		}, []*string{f.Queue.QueueArn()}},
		{"Store", []string{"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}, []*string{
			f.Tables.Context.TableArn(), f.Tables.Status.TableArn(), f.Tables.Coordination.TableArn(),
		}},
		logAccess(logs),
	}
	if functions := p.invocable(f.Construct); len(functions) > 0 {
		accesses = append(accesses, access{"Invoke", []string{"lambda:InvokeFunction"}, functions})
	}
	return accesses
}

// reconcilerAccess allows exactly the reconciler's requests: it reads two indexes
// and the tasks of a run, marks or ends the run, writes timers, and sends. It
// deletes its locks and the timers that it has sent.
func (f *Flow) reconcilerAccess(logs awslogs.LogGroup) []access {
	return []access{
		{"Send", []string{"sqs:SendMessage", "sqs:GetQueueAttributes"}, []*string{f.Queue.QueueArn()}},
		{"Read", []string{"dynamodb:BatchGetItem"}, []*string{f.Tables.Context.TableArn(), f.Tables.Status.TableArn()}},
		{"Search", []string{"dynamodb:Query"}, []*string{
			f.Tables.Context.TableArn(),
			indexARN(f.Tables.Status.TableArn(), tables.ActiveIndex),
			indexARN(f.Tables.Coordination.TableArn(), tables.DueIndex),
		}},
		{"End", []string{"dynamodb:UpdateItem"}, []*string{f.Tables.Context.TableArn(), f.Tables.Status.TableArn()}},
		{"Keep", []string{"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}, []*string{f.Tables.Coordination.TableArn()}},
		logAccess(logs),
	}
}

func logAccess(logs awslogs.LogGroup) access {
	return access{"Log", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, []*string{logs.LogGroupArn()}}
}

func indexARN(table *string, index string) *string {
	return awscdk.Fn_Join(new("/index/"), &[]*string{table, &index})
}

// newRole makes a service's role, with a policy that is part of it, so that
// resources that refer to the role find it complete.
func newRole(scope constructs.Construct, id, service, description string, grants []access) awsiam.Role {
	statements := make([]awsiam.PolicyStatement, len(grants))
	for i, a := range grants {
		statements[i] = awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: &a.sid, Actions: pointers(a.actions), Resources: &a.resources,
		})
	}
	options := &awsiam.ServicePrincipalOpts{}
	if service == schedulerService { // which acts for many accounts, and names the one
		options.Conditions = &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}}
	}
	return awsiam.NewRole(scope, &id, &awsiam.RoleProps{
		AssumedBy:   awsiam.NewServicePrincipal(&service, options),
		Description: &description,
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"Access": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	})
}
