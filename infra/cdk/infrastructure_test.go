package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
)

const kindPolicy = "AWS::SQS::QueuePolicy"

// furnished returns props that use everything that a company has, and the stack for
// it. The stack has a region, as those of a network have.
func furnished(t *testing.T) (awscdk.Stack, flowcdk.Props) {
	t.Helper()
	return furnishedIn(t, newApp(t, nil))
}

func furnishedIn(t *testing.T, app awscdk.App) (awscdk.Stack, flowcdk.Props) {
	t.Helper()
	stack := awscdk.NewStack(app, new("flowcraft-dev"), nil)
	vpc := awsec2.Vpc_FromVpcAttributes(stack, new("Vpc"), &awsec2.VpcAttributes{
		VpcId: new("vpc-0123456789abcdef0"), AvailabilityZones: &[]*string{new("eu-west-1a"), new("eu-west-1b")},
		PrivateSubnetIds: &[]*string{new("subnet-0123456789abcdef1"), new("subnet-0123456789abcdef2")},
	})
	s := settingsOf(t, map[string]any{"intake": true, "schedules": "off", "reconcilerMemory": 512, "reservedConcurrency": 20,
		"senders": []any{"210987654321", "arn:aws:iam::345678901234:role/shop"}})
	s.Blueprints[0].Metadata = []byte(`{"schedule":{"expression":"rate(1 day)"}}`)
	s.Vpc, s.SecurityGroups = vpc, []awsec2.ISecurityGroup{awsec2.SecurityGroup_FromSecurityGroupId(stack, new("Group"), new("sg-0123456789abcdef0"), nil)}
	s.EncryptionKey = awskms.NewKey(stack, new("Key"), &awskms.KeyProps{EnableKeyRotation: new(true)})
	s.Environment = map[string]string{"SHOP_URL": "https://shop.example.com"}
	s.Alias = &flowcdk.Alias{Provisioned: 3, Canary: awscodedeploy.LambdaDeploymentConfig_CANARY_10PERCENT_15MINUTES()}
	return stack, s.Props
}

// Every property reaches the resources.
func TestInfrastructure(t *testing.T) {
	stack, props := furnished(t)
	flows, err := flowcdk.New(stack, "Flow", props)
	if err != nil {
		t.Fatal(err)
	}
	tm := read(t, stack)
	key := *stack.GetLogicalId(props.EncryptionKey.Node().DefaultChild().(awscdk.CfnElement))
	keyARN := `{"Fn::GetAtt":["` + key + `","Arn"]}`
	intake, _ := tm.one(kindQueue, "Intake")
	intakeDead, _ := tm.one(kindQueue, "IntakeDeadLetters")
	role, _ := tm.one("AWS::IAM::Role", "WorkerRole")
	for _, want := range []struct{ kind, id, path, value string }{
		{kindFunction, "Worker", "VpcConfig", `{"SecurityGroupIds":["sg-0123456789abcdef0"],"SubnetIds":["subnet-0123456789abcdef1","subnet-0123456789abcdef2"]}`},
		{kindFunction, "Reconciler", "VpcConfig", `{"SecurityGroupIds":["sg-0123456789abcdef0"],"SubnetIds":["subnet-0123456789abcdef1","subnet-0123456789abcdef2"]}`},
		{kindFunction, "Worker", "Environment.Variables.SHOP_URL", `"https://shop.example.com"`},
		{kindFunction, "Reconciler", "Environment.Variables.SHOP_URL", `"https://shop.example.com"`},
		{kindFunction, "Worker", "Environment.Variables.FLOW_INTAKE_ARN", `{"Fn::GetAtt":["` + intake + `","Arn"]}`},
		{kindFunction, "Worker", "Environment.Variables.FLOW_ROLE_ID", `{"Fn::GetAtt":["` + role + `","RoleId"]}`},
		{kindFunction, "Reconciler", "MemorySize", `512`},
		{kindMapping, "IntakeMapping", "EventSourceArn.Fn::GetAtt.0", `"` + intake + `"`},
		{kindMapping, "IntakeMapping", "FunctionResponseTypes", `["ReportBatchItemFailures"]`},
		{"AWS::Lambda::Alias", "Alias", "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions", `3`},
		{"AWS::Lambda::Alias", "Alias", "Name", `"live"`},
		{kindQueue, "Queue", "KmsMasterKeyId", keyARN},
		{kindQueue, "DeadLetters", "KmsMasterKeyId", keyARN},
		{kindQueue, "Intake", "KmsMasterKeyId", keyARN},
		{kindQueue, "Intake", "VisibilityTimeout", `360`},
		{kindQueue, "Intake", "RedrivePolicy", `{"deadLetterTargetArn":{"Fn::GetAtt":["` + intakeDead + `","Arn"]},"maxReceiveCount":5}`},
		{kindQueue, "IntakeDeadLetters", "KmsMasterKeyId", keyARN},
		{kindTable, "Context", "SSESpecification", `{"KMSMasterKeyId":` + keyARN + `,"SSEEnabled":true,"SSEType":"KMS"}`},
		{kindTable, "Status", "SSESpecification.KMSMasterKeyId", keyARN},
		{kindTable, "Coordination", "SSESpecification.KMSMasterKeyId", keyARN},
		{kindLogs, "WorkerLogs", "KmsKeyId", keyARN},
		{kindLogs, "ReconcilerLogs", "KmsKeyId", keyARN},
		{kindSchedule, "Startorder", "State", `"DISABLED"`},
		{kindSchedule, "Tick", "State", `null`},
		{kindAlarm, "IntakeOldestMessageAlarm", "Dimensions.0.Value.Fn::GetAtt.0", `"` + intake + `"`},
	} {
		_, resource := tm.one(want.kind, want.id)
		if got := texted(at(resource, "Properties."+want.path)); got != want.value {
			t.Errorf("%s.%s = %s, want %s", want.id, want.path, got, want.value)
		}
	}
	if flows.Mapping == nil || flows.IntakeMapping == nil || flows.WorkerRole == nil || flows.ReconcilerRole == nil || flows.Tick == nil ||
		flows.Schedules["order"] == nil || flows.Alias == nil || flows.Canary == nil || flows.Intake == nil {
		t.Errorf("not everything is exported: %+v", flows)
	}
	checkCanary(t, tm)
	checkSenders(t, tm, key)
	checkNetwork(t, tm)
	for role, uses := range map[string]string{
		"WorkerRole":     `["kms:Decrypt","kms:DescribeKey","kms:Encrypt","kms:GenerateDataKey","kms:ReEncryptFrom","kms:ReEncryptTo"]`,
		"ReconcilerRole": `["kms:Decrypt","kms:DescribeKey","kms:Encrypt","kms:GenerateDataKey","kms:ReEncryptFrom","kms:ReEncryptTo"]`,
		"StartRole":      `["kms:Decrypt","kms:GenerateDataKey"]`, "TickRole": ``,
	} {
		_, resource := tm.one(kindRole, role)
		if text := texted(resource); !strings.Contains(text, `{"Action":`+uses) || uses == "" && strings.Contains(text, "kms:") {
			t.Errorf("%s may use the key otherwise than %s: %s", role, uses, text)
		}
	}
	for id, want := range map[string][]string{
		"IntakeDeadLettersAlarm":   {"AWS/SQS ApproximateNumberOfMessagesVisible QueueName=IntakeDeadLetters"},
		"IntakeOldestMessageAlarm": {"AWS/SQS ApproximateAgeOfOldestMessage QueueName=Intake"},
		"IntakeMappingAlarm":       {"AWS/Lambda PolledEventCount EventSourceMappingUUID=IntakeMapping", "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=Intake"},
	} {
		if diff := cmp.Diff(want, watched(tm.alarms()[id])); diff != "" {
			t.Errorf("%s watches (-want +got):\n%s", id, diff)
		}
	}
}

// A new version of the worker is taken back when one of these alarms rings.
func checkCanary(t *testing.T, tm template) {
	t.Helper()
	aliasID, alias := tm.one("AWS::Lambda::Alias", "Alias")
	for _, id := range []string{"Mapping", "IntakeMapping"} {
		_, mapping := tm.one(kindMapping, id)
		if function := texted(at(mapping, "Properties.FunctionName")); !strings.Contains(function, `"`+aliasID+`"`) {
			t.Errorf("%s invokes %s, want the alias", id, function)
		}
	}
	group, canary := tm.one("AWS::CodeDeploy::DeploymentGroup", "Canary")
	if got := at(alias, "UpdatePolicy.CodeDeployLambdaAliasUpdate.DeploymentGroupName.Ref"); got != group {
		t.Errorf("the alias is shifted by %v, want %s", got, group)
	}
	var names []string
	for _, alarm := range list(at(canary, "Properties.AlarmConfiguration.Alarms")) {
		id, _ := at(alarm, "Name.Ref").(string)
		names = append(names, strings.TrimPrefix(id[:len(id)-8], "Flow"))
	}
	want := []string{"WorkerDownAlarm", "WorkerErrorsAlarm", "MessagesReturnedAlarm", "DeadLettersAlarm", "RunsFailedAlarm"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("alarms that end a canary (-want +got):\n%s", diff)
	}
	if got := texted(at(canary, "Properties.AutoRollbackConfiguration")); !strings.Contains(got, `"DEPLOYMENT_STOP_ON_ALARM"`) {
		t.Errorf("an alarm does not roll back: %s", got)
	}
	for id, resource := range tm.Resources {
		if resource["Type"] == "AWS::Lambda::Version" && resource["DeletionPolicy"] != "Retain" {
			t.Errorf("version %s is %v: the alias could not return to it", id, resource["DeletionPolicy"])
		}
	}
}

// Other accounts may send to the intake queue alone, and use the key for that.
func checkSenders(t *testing.T, tm template, key string) {
	t.Helper()
	principals := `{"AWS":["arn:aws:iam::345678901234:role/shop",{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::210987654321:root"]]}]}`
	allowed := map[string]bool{}
	for id, resource := range tm.Resources {
		if text := texted(resource); resource["Type"] == kindPolicy && strings.Contains(text, "345678901234") {
			allowed[id[:len(id)-8]] = strings.Contains(text, `"Action":"sqs:SendMessage","Effect":"Allow","Principal":`+principals)
		}
	}
	if diff := cmp.Diff(map[string]bool{"FlowIntakePolicy": true}, allowed); diff != "" {
		t.Errorf("queues that other accounts send to (-want +got):\n%s", diff)
	}
	policy := texted(at(tm.Resources[key], "Properties.KeyPolicy"))
	for _, want := range []string{
		`"Action":["kms:Decrypt","kms:GenerateDataKey"],"Condition":{"StringEquals":{"kms:ViaService":{"Fn::Join":["",["sqs.",{"Ref":"AWS::Region"},".amazonaws.com"]]}}},"Effect":"Allow","Principal":` + principals,
		`"Principal":{"Service":{"Fn::Join":["",["logs.",{"Ref":"AWS::Region"},".amazonaws.com"]]}}`,
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("the key's policy is %s\nwant in it %s", policy, want)
		}
	}
}

// The roles let Lambda connect the functions to the network, but not their code.
func checkNetwork(t *testing.T, tm template) {
	t.Helper()
	for _, id := range []string{"WorkerRole", "ReconcilerRole"} {
		_, role := tm.one(kindRole, id)
		effects := map[string]any{}
		for _, s := range list(at(role, "Properties.Policies.0.PolicyDocument.Statement")) {
			if strings.Contains(texted(at(s, "Action")), "ec2:CreateNetworkInterface") {
				effects[fmt.Sprint(at(s, "Effect"))] = at(s, "Condition")
			}
		}
		denied := texted(effects["Deny"])
		if _, allowed := effects["Allow"]; !allowed || effects["Allow"] != nil || !strings.Contains(denied, "lambda:SourceFunctionArn") {
			t.Errorf("%s connects %v", id, effects)
		}
	}
}

// The functions stand in another stack than queues and tables, which keep the
// logical ids that they have in one stack.
func TestTwoStacks(t *testing.T) {
	app := newApp(t, nil)
	data, functions := awscdk.NewStack(app, new("flowcraft-data"), nil), awscdk.NewStack(app, new("flowcraft-functions"), nil)
	props := settingsOf(t, map[string]any{"intake": true}).Props
	state, err := flowcdk.NewState(data, "Flow", props)
	if err != nil {
		t.Fatal(err)
	}
	props.State = state
	other := props
	other.Timeout, other.Intake, other.Tables = 50e9, false, state.Tables
	wantFaults(t, other.Validate(), "state: it was made with another visibility, max receives or intake", "queue, tables: they are those of State")
	if _, err := flowcdk.New(functions, "Flow", props); err != nil {
		t.Fatal(err)
	}
	if _, err := flowcdk.NewState(data, "Other", props); err == nil {
		t.Error("a State was made of another")
	}
	single := synthesize(t, map[string]any{"intake": true})
	made := read(t, data)
	for id, resource := range made.Resources {
		if single.Resources[id]["Type"] != resource["Type"] {
			t.Errorf("%s %s has another id in one stack", resource["Type"], id)
		}
	}
	both := read(t, functions)
	for id, resource := range single.Resources {
		_, inData := made.Resources[id]
		_, inFunctions := both.Resources[id]
		stateful := resource["Type"] == kindQueue || resource["Type"] == kindTable || resource["Type"] == kindPolicy
		if inData != stateful || inFunctions == stateful {
			t.Errorf("%v %s: in the stack of the state %v, in that of the functions %v", resource["Type"], id, inData, inFunctions)
		}
	}
}

// Existing tables, queues, log groups and keys are used, not made; a warning says
// which of their policies cannot be changed.
func TestExistingResources(t *testing.T) {
	app := newApp(t, nil)
	stack := awscdk.NewStack(app, new("flowcraft-dev"), nil)
	props := settingsOf(t, map[string]any{"senders": "210987654321"}).Props
	table := func(id string) awsdynamodb.ITable {
		return awsdynamodb.Table_FromTableName(stack, &id, new("restored-"+id))
	}
	queue := func(id string) awssqs.IQueue {
		return awssqs.Queue_FromQueueArn(stack, &id, new("arn:aws:sqs:eu-west-1:123456789012:"+id))
	}
	props.Tables = flowcdk.Tables{Context: table("context"), Status: table("status"), Coordination: table("coordination")}
	props.Queue, props.DeadLetters = queue("jobs"), queue("dead")
	props.LogGroups = flowcdk.LogGroups{Worker: awslogs.LogGroup_FromLogGroupName(stack, new("Logs"), new("of-the-company"))}
	props.EncryptionKey = awskms.Key_FromKeyArn(stack, new("Key"), new("arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"))
	if _, err := flowcdk.New(stack, "Flow", props); err != nil {
		t.Fatal(err)
	}
	tm := read(t, stack)
	kinds := map[string]int{}
	for _, kind := range tm.types() {
		kinds[kind]++
	}
	if kinds[kindTable] != 0 || kinds[kindQueue] != 0 || kinds[kindLogs] != 1 {
		t.Errorf("resources %v, want no table, no queue, one log group", kinds)
	}
	_, role := tm.one(kindRole, "WorkerRole")
	_, worker := tm.one(kindFunction, "Worker")
	for text, in := range map[string]any{
		"restored-coordination": role, "arn:aws:sqs:eu-west-1:123456789012:jobs": role, ":log-group:of-the-company": role, "key/11111111-2222-3333-4444-555555555555": role,
		`"FLOW_STATUS_TABLE":"restored-status"`: worker, `"LogGroup":"of-the-company"`: worker,
	} {
		if !strings.Contains(texted(in), text) {
			t.Errorf("%s is not in %s", text, texted(in))
		}
	}
	said := texted(*assertions.Annotations_FromStack(stack).FindWarning(new("*"), assertions.Match_AnyValue()))
	for _, want := range []string{"let its policy allow sqs:SendMessage to the senders", "let its policy allow its use to the senders", "allow its use to CloudWatch Logs", "may change all runs"} {
		if !strings.Contains(said, want) {
			t.Errorf("warnings %s\nwant %q", said, want)
		}
	}
}

// The stages run the same files, and differ in settings only: what was tested is what
// is promoted.
func TestStagesHaveTheSameAssets(t *testing.T) {
	dev, prod := synthesize(t, nil), synthesize(t, map[string]any{"stage": "prod"})
	for _, id := range []string{"Worker", "Reconciler"} {
		_, tested := dev.one(kindFunction, id)
		_, promoted := prod.one(kindFunction, id)
		if a, b := texted(at(tested, "Properties.Code")), texted(at(promoted, "Properties.Code")); a != b || !strings.Contains(a, "S3Key") {
			t.Errorf("%s has the code %s in dev, %s in prod", id, a, b)
		}
	}
}

// The context of a company's bootstrap reaches all roles and the stack.
func TestBootstrapOfACompany(t *testing.T) {
	app := newApp(t, map[string]any{
		"@aws-cdk/core:bootstrapQualifier": "flows", "@aws-cdk/core:permissionsBoundary": map[string]any{"name": "developers"},
	})
	s := settingsOf(t, nil)
	s.Blueprints[0].Metadata = []byte(`{"schedule":{"expression":"rate(1 day)"}}`)
	stack, err := newStack(app, s)
	if err != nil {
		t.Fatal(err)
	}
	roles := 0
	for id, resource := range read(t, stack).Resources {
		if resource["Type"] != kindRole {
			continue
		}
		roles++
		if boundary := texted(at(resource, "Properties.PermissionsBoundary")); !strings.Contains(boundary, ":policy/developers") {
			t.Errorf("%s has the boundary %s", id, boundary)
		}
	}
	if bucket := *stack.Synthesizer().BootstrapQualifier(); roles != 4 || bucket != "flows" {
		t.Errorf("%d roles, bootstrap %q", roles, bucket)
	}
}

// The app of the repository has the alias as settings.
func TestCanaryOfAStage(t *testing.T) {
	tm := synthesize(t, map[string]any{"canary": "LambdaCanary10Percent15Minutes", "provisioned": 2, "intake": true})
	_, alias := tm.one("AWS::Lambda::Alias", "Alias")
	_, canary := tm.one("AWS::CodeDeploy::DeploymentGroup", "Canary")
	kept, config := at(alias, "Properties.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions"), at(canary, "Properties.DeploymentConfigName")
	if kept != 2.0 || config != "CodeDeployDefault.LambdaCanary10Percent15Minutes" {
		t.Errorf("%v sandboxes are kept, and %v shifts", kept, config)
	}
	checkCanary(t, tm)
	intake, _ := tm.one(kindQueue, "Intake")
	if start := texted(tm.Outputs["StartCommand"]["Value"]); tm.Outputs["IntakeUrl"] == nil || !strings.Contains(start, `{"Ref":"`+intake+`"}`) {
		t.Errorf("a run is started by %s, want a message to the intake", start)
	}
}

// A stage does without what it does not need.
func TestSwitches(t *testing.T) {
	tm := synthesize(t, map[string]any{"dashboard": "off", "alarms": "off"})
	for _, kind := range tm.types() {
		if kind == kindAlarm || kind == "AWS::CloudWatch::Dashboard" {
			t.Errorf("there is a %s", kind)
		}
	}
	if tm.Outputs["DashboardName"] != nil || tm.Outputs["QueueUrl"] == nil {
		t.Errorf("outputs %v", tm.Outputs)
	}
}
