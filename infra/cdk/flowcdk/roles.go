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
	sid        string
	actions    []string
	resources  []*string
	conditions map[string]any
	denied     bool
}

// workerAccess allows exactly the worker's requests.
func (f *Flow) workerAccess(p Props) []access {
	queues := []*string{f.Queue.QueueArn()}
	if f.Intake != nil {
		queues = append(queues, f.Intake.QueueArn())
	}
	all := []access{
		{sid: "Receive", actions: []string{
			"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility", "sqs:SendMessage",
		}, resources: queues},
		{sid: "Store", actions: []string{"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}, resources: []*string{
			f.Tables.Context.TableArn(), f.Tables.Status.TableArn(), f.Tables.Coordination.TableArn(),
		}},
		logAccess(f.WorkerLogs),
	}
	return append(all, f.commonAccess(p)...)
}

// reconcilerAccess allows exactly the reconciler's requests: it reads two indexes
// and the tasks of a run, marks or ends the run, writes timers, and sends. It
// deletes its locks and the timers that it has sent.
func (f *Flow) reconcilerAccess(p Props) []access {
	all := []access{
		{sid: "Send", actions: []string{"sqs:SendMessage", "sqs:GetQueueAttributes"}, resources: []*string{f.Queue.QueueArn()}},
		{sid: "Read", actions: []string{"dynamodb:BatchGetItem"}, resources: []*string{f.Tables.Context.TableArn(), f.Tables.Status.TableArn()}},
		{sid: "Search", actions: []string{"dynamodb:Query"}, resources: []*string{
			f.Tables.Context.TableArn(),
			indexARN(f.Tables.Status.TableArn(), tables.ActiveIndex),
			indexARN(f.Tables.Coordination.TableArn(), tables.DueIndex),
		}},
		{sid: "End", actions: []string{"dynamodb:UpdateItem"}, resources: []*string{f.Tables.Context.TableArn(), f.Tables.Status.TableArn()}},
		{sid: "Keep", actions: []string{"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}, resources: []*string{f.Tables.Coordination.TableArn()}},
		logAccess(f.ReconcilerLogs),
	}
	return append(all, f.commonAccess(p)...)
}

// commonAccess is that of both functions to keys of one's own, and to a network.
func (f *Flow) commonAccess(p Props) (all []access) {
	if keys := f.keys(); len(keys) > 0 {
		all = append(all, access{sid: "Key", actions: keyOfWriter, resources: keys})
	}
	if p.Vpc == nil {
		return all
	}
	// Lambda itself connects a function to its network, by the function's role. The
	// function's code may not: its requests name the function as their source.
	connect := []string{
		"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
		"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
	}
	own := awscdk.Stack_Of(f.Construct).FormatArn(&awscdk.ArnComponents{
		Service: new("lambda"), Resource: new("function"), ResourceName: new("*"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
	return append(all,
		access{sid: "Connect", actions: connect, resources: []*string{new("*")}},
		access{sid: "CodeDoesNotConnect", actions: connect, resources: []*string{new("*")}, denied: true,
			conditions: map[string]any{"ArnLike": map[string]any{"lambda:SourceFunctionArn": own}}})
}

func logAccess(logs awslogs.ILogGroup) access {
	return access{sid: "Log", actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, resources: []*string{logs.LogGroupArn()}}
}

func indexARN(table *string, index string) *string {
	return awscdk.Fn_Join(new("/index/"), &[]*string{table, &index})
}

// statement returns the policy statement.
func (a access) statement() awsiam.PolicyStatement {
	props := &awsiam.PolicyStatementProps{Actions: pointers(a.actions), Resources: &a.resources}
	if a.sid != "" {
		props.Sid = &a.sid
	}
	if a.conditions != nil {
		props.Conditions = &a.conditions
	}
	if a.denied {
		props.Effect = awsiam.Effect_DENY
	}
	return awsiam.NewPolicyStatement(props)
}

// newRole makes a service's role, with policies that are part of it, so that
// resources that refer to the role find it complete.
func newRole(scope constructs.Construct, id, service, description string, grants []access, further ...awsiam.IManagedPolicy) awsiam.Role {
	statements := make([]awsiam.PolicyStatement, len(grants))
	for i, a := range grants {
		statements[i] = a.statement()
	}
	options := &awsiam.ServicePrincipalOpts{}
	if service == schedulerService { // which acts for many accounts, and names the one
		options.Conditions = &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}}
	}
	props := &awsiam.RoleProps{
		AssumedBy:   awsiam.NewServicePrincipal(&service, options),
		Description: &description,
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"Access": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	}
	if len(further) > 0 {
		props.ManagedPolicies = &further
	}
	return awsiam.NewRole(scope, &id, props)
}
