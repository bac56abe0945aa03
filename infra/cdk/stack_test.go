package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

const (
	kindQueue    = "AWS::SQS::Queue"
	kindTable    = "AWS::DynamoDB::Table"
	kindFunction = "AWS::Lambda::Function"
	kindMapping  = "AWS::Lambda::EventSourceMapping"
	kindInvoke   = "AWS::Lambda::EventInvokeConfig"
	kindLogs     = "AWS::Logs::LogGroup"
	kindSchedule = "AWS::Scheduler::Schedule"
	kindRole     = "AWS::IAM::Role"
	kindAlarm    = "AWS::CloudWatch::Alarm"
)

// Every important setting, and the consequence of its absence.
func TestSettings(t *testing.T) {
	tm := synthesize(t, nil)
	for _, want := range []struct{ kind, id, path, value, why string }{
		{kindQueue, "Queue", "VisibilityTimeout", `360`, "6 × the worker's timeout, or messages come back while they are handled"},
		{kindQueue, "Queue", "RedrivePolicy.maxReceiveCount", `5`, "throttles count as receives: a good message needs several"},
		{kindQueue, "Queue", "SqsManagedSseEnabled", `true`, "inputs of runs are in the messages"},
		{kindQueue, "Queue", "MessageRetentionPeriod", `864000`, "less than the dead-letter queue's, where the age goes on counting"},
		{kindQueue, "Queue", "FifoQueue", `null`, "FIFO would bound the throughput and bring no guarantee"},
		{kindQueue, "DeadLetters", "MessageRetentionPeriod", `1209600`, "14 days to look at a dead letter"},
		{kindQueue, "DeadLetters", "SqsManagedSseEnabled", `true`, "inputs of runs are in the messages"},
		{kindQueue, "DeadLetters", "RedriveAllowPolicy.redrivePermission", `"byQueue"`, "other queues' dead letters do not belong here"},
		{kindFunction, "Worker", "RecursiveLoop", `"Allow"`, "Lambda cuts the chain worker, queue, worker after about 16"},
		{kindFunction, "Worker", "Runtime", `"provided.al2023"`, "the binary is the runtime"},
		{kindFunction, "Worker", "Architectures", `["arm64"]`, "the binary's architecture; a fifth cheaper"},
		{kindFunction, "Worker", "Timeout", `60`, "FLOW_TIMEOUT tells the engine the same"},
		{kindFunction, "Worker", "MemorySize", `256`, ""},
		{kindFunction, "Worker", "ReservedConcurrentExecutions", `null`, "it is taken from everybody in the account: only when asked for"},
		{kindFunction, "Worker", "LoggingConfig.LogFormat", `"JSON"`, "filters on run_id need JSON"},
		{kindFunction, "Worker", "LoggingConfig.ApplicationLogLevel", `"INFO"`, "Lambda drops lines below it, at any LOG_LEVEL"},
		{kindFunction, "Reconciler", "RecursiveLoop", `null`, "it is in no loop"},
		{kindFunction, "Reconciler", "Runtime", `"provided.al2023"`, "the binary is the runtime"},
		{kindFunction, "Reconciler", "Architectures", `["arm64"]`, "the binary's architecture"},
		{kindFunction, "Reconciler", "Timeout", `60`, "its locks last FLOW_TIMEOUT and some seconds"},
		{kindFunction, "Reconciler", "LoggingConfig.LogFormat", `"JSON"`, "filters on run_id need JSON"},
		{kindFunction, "Worker", "Environment.Variables.FLOW_METRICS", `"emf"`, "alarms are on them"},
		{kindFunction, "Worker", "Environment.Variables.FLOW_NAME", `"flowcraft-dev/Flow"`, "keeps the metrics of several deployments apart"},
		{kindFunction, "Reconciler", "Environment.Variables.FLOW_NAME", `"flowcraft-dev/Flow"`, "both functions count the same runs"},
		{kindInvoke, "ReconcilerEventInvokeConfig", "MaximumRetryAttempts", `0`, "the next tick is the repetition"},
		{kindMapping, "Mapping", "FunctionResponseTypes", `["ReportBatchItemFailures"]`, "or one bad message brings its batch back"},
		{kindMapping, "Mapping", "BatchSize", `10`, ""},
		{kindMapping, "Mapping", "MaximumBatchingWindowInSeconds", `0`, "no step waits for a batch to fill"},
		{kindMapping, "Mapping", "ScalingConfig.MaximumConcurrency", `5`, "a start with 100,000 items does not take the account's concurrency"},
		{kindMapping, "Mapping", "MetricsConfig.Metrics", `["EventCount"]`, "or failed batches cannot be seen"},
		{kindLogs, "WorkerLogs", "RetentionInDays", `30`, "the default is for ever"},
		{kindLogs, "ReconcilerLogs", "RetentionInDays", `30`, "the default is for ever"},
		{kindSchedule, "Tick", "ScheduleExpression", `"rate(1 minute)"`, "stalled runs and timers"},
		{kindSchedule, "Tick", "FlexibleTimeWindow.Mode", `"OFF"`, "timers are due to the second"},
		{kindSchedule, "Tick", "State", `null`, "enabled"},
		{kindAlarm, "DeadLettersAlarm", "Threshold", `1`, "one is one too many"},
		{kindAlarm, "DeadLettersAlarm", "DatapointsToAlarm", `1`, "a number that is told late is noticed, too"},
		{kindAlarm, "OldestRunAlarm", "Threshold", `960`, "3 × FLOW_STALLED_AFTER + FLOW_TICK"},
		{kindAlarm, "OldestRunAlarm", "Statistic", `"Maximum"`, "of the ticks"},
		{kindAlarm, "OldestRunAlarm", "Period", `60`, "a tick"},
		{kindAlarm, "CodeMissingAlarm", "EvaluationPeriods", `3`, "a normal deploy rings nothing"},
		{kindAlarm, "CodeMissingAlarm", "Period", `300`, ""},
		{kindAlarm, "MappingAlarm", "EvaluationPeriods", `5`, "longer than all invocations can take"},
		{kindAlarm, "DeadLettersAlarm", "TreatMissingData", `"notBreaching"`, "an idle queue has no data"},
		{kindAlarm, "OldestMessageAlarm", "Threshold", `1800`, "beyond any delay of a retry"},
		{kindAlarm, "WorkerErrorsAlarm", "DatapointsToAlarm", `2`, "one crash is healed by itself"},
		{kindAlarm, "WorkerDownAlarm", "Period", `60`, "a worker that does not start rings within 5 minutes"},
		{kindAlarm, "NoTickAlarm", "TreatMissingData", `"breaching"`, "a function that is not invoked has no data"},
		{kindAlarm, "NoTickAlarm", "ComparisonOperator", `"LessThanThreshold"`, "too few ticks are the fault"},
		{kindAlarm, "NoTickAlarm", "EvaluationPeriods", `3`, "3 × 5 min without a tick"},
		{kindAlarm, "NoTickAlarm", "Metrics.0.Expression", `"FILL(invocations, 0) - FILL(errors, 0)"`, "a tick that fails is none"},
		{kindAlarm, "RescuedAlarm", "Threshold", `1`, "each rescue is a worker that died or a message that was lost"},
		{kindAlarm, "RescuedAlarm", "EvaluationPeriods", `1`, "one is enough"},
		{kindAlarm, "RescuedAlarm", "Period", `300`, ""},
		{kindAlarm, "RescuedAlarm", "Statistic", `"Sum"`, "of all ticks"},
		{kindAlarm, "RescuedAlarm", "TreatMissingData", `"notBreaching"`, "a reconciler that does not tick has an alarm of its own"},
		{kindAlarm, "RunsFailedAlarm", "Threshold", `1`, "a failed run stays failed"},
		{kindAlarm, "RunsFailedAlarm", "EvaluationPeriods", `1`, "one is enough"},
		{kindAlarm, "RunsFailedAlarm", "Period", `300`, ""},
		{kindAlarm, "RunsFailedAlarm", "Statistic", `"Sum"`, "of both functions"},
		{kindAlarm, "RunsFailedAlarm", "ComparisonOperator", `"GreaterThanOrEqualToThreshold"`, ""},
		{kindAlarm, "RunsFailedAlarm", "TreatMissingData", `"notBreaching"`, "no run, no data"},
	} {
		_, resource := tm.one(want.kind, want.id)
		if got := texted(at(resource, "Properties."+want.path)); got != want.value {
			t.Errorf("%s.%s = %s, want %s: %s", want.id, want.path, got, want.value, want.why)
		}
	}
}

// An unexpected resource costs money, or opens a door.
func TestResources(t *testing.T) {
	got := map[string]int{}
	for _, kind := range synthesize(t, nil).types() {
		got[kind]++
	}
	want := map[string]int{
		kindQueue: 2, "AWS::SQS::QueuePolicy": 2, kindTable: 3, kindFunction: 2, kindMapping: 1, kindInvoke: 1, kindLogs: 2,
		kindRole: 3, kindSchedule: 1, kindAlarm: 27, "AWS::CloudWatch::Dashboard": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
}

// A queue refuses requests without TLS, and the dead-letter queue takes messages of
// this queue alone, which CloudFormation cannot check: it is named by its ARN.
func TestQueues(t *testing.T) {
	tm := synthesize(t, nil)
	for _, id := range []string{"Queue", "DeadLetters"} {
		logical, _ := tm.one(kindQueue, id)
		_, policy := tm.one("AWS::SQS::QueuePolicy", id+"Policy")
		want := `{"Statement":[{"Action":"sqs:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":{"AWS":"*"},` +
			`"Resource":{"Fn::GetAtt":["` + logical + `","Arn"]}}],"Version":"2012-10-17"}`
		if got := texted(at(policy, "Properties.PolicyDocument")); got != want {
			t.Errorf("policy of %s = %s, want %s", id, got, want)
		}
	}
	_, queue := tm.one(kindQueue, "Queue")
	dead, deadLetters := tm.one(kindQueue, "DeadLetters")
	name, _ := at(queue, "Properties.QueueName").(string)
	sources := texted(at(deadLetters, "Properties.RedriveAllowPolicy.sourceQueueArns"))
	if !strings.HasPrefix(name, "flowcraft-dev-") || !strings.Contains(sources, `:sqs:",{"Ref":"AWS::Region"},":",{"Ref":"AWS::AccountId"},":`+name+`"`) {
		t.Errorf("the queue's name is %q, but the dead-letter queue allows %s", name, sources)
	}
	if got := texted(at(queue, "Properties.RedrivePolicy.deadLetterTargetArn.Fn::GetAtt.0")); got != `"`+dead+`"` {
		t.Errorf("dead letters go to %s, want %s", got, dead)
	}
}

// A changed logical id replaces the resource, and its data is lost.
func TestLogicalIDsOfResourcesWithData(t *testing.T) {
	tm := synthesize(t, nil)
	for id, kind := range map[string]string{
		"FlowContext0FBAA448": kindTable, "FlowStatus6429D1E5": kindTable, "FlowCoordination140F82C0": kindTable,
		"FlowQueue1B49B1B8": kindQueue, "FlowDeadLettersBBE7B740": kindQueue,
	} {
		if tm.Resources[id]["Type"] != kind {
			t.Errorf("there is no %s %s", kind, id)
		}
	}
}

func TestRetain(t *testing.T) {
	for _, tt := range []struct {
		name    string
		context map[string]any
		want    bool
	}{
		{"dev", nil, false},
		{"prod", map[string]any{"stage": "prod"}, true},
		{"retained", map[string]any{"stage": "test", "retain": true}, true},
	} {
		tm := synthesize(t, tt.context)
		policy := map[bool]string{true: `"Retain"`, false: `"Delete"`}[tt.want]
		for _, id := range []string{"Context", "Status", "Coordination"} {
			_, table := tm.one(kindTable, id)
			if got := at(table, "Properties.DeletionProtectionEnabled"); got != tt.want {
				t.Errorf("%s: deletion protection of %s = %v, want %v", tt.name, id, got, tt.want)
			}
			if at, replace := texted(table["DeletionPolicy"]), texted(table["UpdateReplacePolicy"]); at != policy || replace != policy {
				t.Errorf("%s: %s: deletion %s, replacement %s, want %s", tt.name, id, at, replace, policy)
			}
		}
		_, logs := tm.one(kindLogs, "WorkerLogs")
		// A log group, which is not protected, can go when its stack could not be made.
		logPolicy := map[bool]string{true: `"RetainExceptOnCreate"`, false: `"Delete"`}[tt.want]
		if at, replace := texted(logs["DeletionPolicy"]), texted(logs["UpdateReplacePolicy"]); at != logPolicy || replace != policy {
			t.Errorf("%s: logs: deletion %s, replacement %s, want %s, %s", tt.name, at, replace, logPolicy, policy)
		}
	}
}

// Lambda passes the levels that LOG_LEVEL selects, and always metrics, which are
// INFO.
func TestLogLevels(t *testing.T) {
	for level, want := range map[string]string{"DEBUG": `"DEBUG"`, "ERROR": `"INFO"`} {
		tm := synthesize(t, map[string]any{"logLevel": level})
		for _, id := range []string{"Worker", "Reconciler"} {
			_, function := tm.one(kindFunction, id)
			if got := texted(at(function, "Properties.LoggingConfig.ApplicationLogLevel")); got != want {
				t.Errorf("with LOG_LEVEL %s, Lambda passes %s of %s, want %s", level, got, id, want)
			}
		}
	}
}

// Settings reach the resources, and the functions' environment says the same.
func TestContextIsSeen(t *testing.T) {
	tm := synthesize(t, map[string]any{
		"stage": "load-1", "timeout": "2m", "nodeTimeout": "90s", "reserve": "5s", "stalledAfter": "4m", "tick": "2m", "retention": "30d",
		"visibility": "20m", "maxReceives": 7.0, "batchSize": "100", "batchWindow": "2s", "maxConcurrency": 50.0, "reservedConcurrency": "60",
		"metricsBlueprints": "on", "memory": "1024", "maxStarts": "3", "maxHops": "500", "maxValue": "1MB", "maxInput": "20MB", "parallel": "16", "strands": "8", "spread": "100ms", "rescueLimit": "10", "logLevel": "WARN", "logRetention": "7d",
		"oldestMessage": "1h", "failedRuns": "20", "missingCode": "2h", "missingBlueprint": "30m", "httpAllowPrivate": "10.1.2.3/8, 172.16.0.1", "alarmTopicArn": "arn:aws:sns:eu-central-1:123456789012:on-call",
	})
	for _, want := range []struct{ kind, id, path, value string }{
		{kindQueue, "Queue", "VisibilityTimeout", `1200`},
		{kindQueue, "Queue", "RedrivePolicy.maxReceiveCount", `7`},
		{kindMapping, "Mapping", "BatchSize", `100`},
		{kindMapping, "Mapping", "MaximumBatchingWindowInSeconds", `2`},
		{kindMapping, "Mapping", "ScalingConfig.MaximumConcurrency", `50`},
		{kindFunction, "Worker", "ReservedConcurrentExecutions", `60`},
		{kindFunction, "Worker", "MemorySize", `1024`},
		{kindFunction, "Worker", "Timeout", `120`},
		{kindFunction, "Reconciler", "Timeout", `120`},
		{kindLogs, "WorkerLogs", "RetentionInDays", `7`},
		{kindSchedule, "Tick", "ScheduleExpression", `"rate(2 minutes)"`},
		{kindAlarm, "OldestMessageAlarm", "Threshold", `3600`},
		{kindAlarm, "OldestRunAlarm", "Threshold", `840`},
		{kindAlarm, "OldestRunAlarm", "Period", `120`},
		{kindAlarm, "RescuesFailedAlarm", "Period", `120`},
		{kindAlarm, "DeadLettersAlarm", "OKActions", `null`},
		{kindAlarm, "RunsFailedAlarm", "Threshold", `20`},
		{kindAlarm, "NoTickAlarm", "AlarmActions", `["arn:aws:sns:eu-central-1:123456789012:on-call"]`},
		{kindAlarm, "NoTickAlarm", "OKActions", `["arn:aws:sns:eu-central-1:123456789012:on-call"]`},
		{kindTable, "Status", "Tags", `[{"Key":"flowcraft:stage","Value":"load-1"}]`},
	} {
		_, resource := tm.one(want.kind, want.id)
		if got := texted(at(resource, "Properties."+want.path)); got != want.value {
			t.Errorf("%s.%s = %s, want %s", want.id, want.path, got, want.value)
		}
	}
	queue, _ := tm.one(kindQueue, "Queue")
	contextTable, _ := tm.one(kindTable, "Context")
	status, _ := tm.one(kindTable, "Status")
	coordination, _ := tm.one(kindTable, "Coordination")
	role, _ := tm.one("AWS::IAM::Role", "WorkerRole")
	ref := func(id string) any { return map[string]any{"Ref": id} }
	want := map[string]any{
		"FLOW_INTAKE_ARN": "", "FLOW_LAMBDA_NODES": "",
		"FLOW_ROLE_ID":   map[string]any{"Fn::GetAtt": []any{role, "RoleId"}},
		"FLOW_QUEUE_URL": ref(queue), "FLOW_CONTEXT_TABLE": ref(contextTable), "FLOW_STATUS_TABLE": ref(status), "FLOW_COORDINATION_TABLE": ref(coordination),
		"FLOW_TIMEOUT": "2m0s", "FLOW_VISIBILITY": "20m0s", "FLOW_MAX_RECEIVES": "7", "FLOW_STALLED_AFTER": "4m0s", "FLOW_RETENTION": "30d", "FLOW_MAX_RUN": "30d", "FLOW_MISSING_CODE": "2h0m0s", "FLOW_MISSING_BLUEPRINT": "30m0s",
		"FLOW_NODE_TIMEOUT": "1m30s", "FLOW_RESERVE": "5s", "FLOW_BLUEPRINTS": "blueprints", "FLOW_MAX_STARTS": "3", "FLOW_MAX_HOPS": "500",
		"FLOW_MAX_VALUE": "1000000", "FLOW_MAX_INPUT": "20000000", "FLOW_PARALLEL": "16", "FLOW_STRANDS": "8", "FLOW_SPREAD": "100ms", "FLOW_RESCUE_LIMIT": "10", "LOG_LEVEL": "WARN",
		"FLOW_METRICS": "emf", "FLOW_METRICS_BLUEPRINTS": "on", "FLOW_NAME": "flowcraft-load-1/Flow", "FLOW_HTTP_ALLOW_PRIVATE": "10.0.0.0/8,172.16.0.1/32",
	}
	for _, id := range []string{"Worker", "Reconciler"} {
		_, function := tm.one(kindFunction, id)
		if diff := cmp.Diff(want, at(function, "Properties.Environment.Variables")); diff != "" {
			t.Errorf("environment of %s (-want +got):\n%s", id, diff)
		}
	}
}

func TestOutputs(t *testing.T) {
	tm := synthesize(t, nil, func(s *deployment) { s.Blueprints[0].ID = "it's" })
	for _, name := range []string{
		"QueueUrl", "DeadLetterQueueUrl", "ContextTable", "StatusTable", "CoordinationTable",
		"WorkerFunction", "ReconcilerFunction", "WorkerLogs", "ReconcilerLogs", "DashboardName", "StartCommand", "LogsCommand",
	} {
		if tm.Outputs[name]["Value"] == nil {
			t.Errorf("there is no output %s", name)
		}
	}
	queue, _ := tm.one(kindQueue, "Queue")
	want := `{"Fn::Join":["",["aws sqs send-message --queue-url ",{"Ref":"` + queue +
		`"}," --message-body '{\"type\":\"start\",\"blueprintId\":\"it'\\''s\",\"input\":{}}'"]]}`
	if got := texted(tm.Outputs["StartCommand"]["Value"]); got != want {
		t.Errorf("StartCommand = %s, want %s", got, want)
	}
}

// Two stages in one account share no name.
func TestStagesSideBySide(t *testing.T) {
	app := newApp(t, nil)
	var stacks []awscdk.Stack
	for _, stage := range []string{"dev", "test"} {
		stack, err := newStack(app, settingsOf(t, map[string]any{"stage": stage}))
		if err != nil {
			t.Fatal(err)
		}
		stacks = append(stacks, stack)
	}
	names := map[string]bool{}
	for _, stack := range stacks {
		tm := read(t, stack)
		seen := map[string]bool{*stack.StackName(): true}
		for _, resource := range tm.Resources {
			for _, property := range []string{"QueueName", "TableName", "FunctionName", "RoleName", "LogGroupName", "AlarmName", "DashboardName", "Name"} {
				if name, ok := at(resource, "Properties."+property).(string); ok {
					seen[name] = true
				}
			}
		}
		_, alarm := tm.one(kindAlarm, "RunsFailedAlarm")
		seen[texted(at(alarm, "Properties.Dimensions"))] = true
		if len(seen) != 3 { // of the stack, its queue, its metrics
			t.Errorf("names of %s: %v", *stack.StackName(), seen)
		}
		for name := range seen {
			if names[name] {
				t.Errorf("both stages have the name %s", name)
			}
			names[name] = true
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, entrance := range []struct{ intake, queue, dead string }{{"false", "Queue", "DeadLetters"}, {"true", "Intake", "IntakeDeadLetters"}} {
		t.Run("intake_"+entrance.intake, func(t *testing.T) { schedulesStart(t, entrance.intake, entrance.queue, entrance.dead) })
	}
}

// schedulesStart checks the schedules of blueprints: they send to the queue for starts,
// and may send to no other.
func schedulesStart(t *testing.T, intake, queueID, deadID string) {
	tm := synthesize(t, map[string]any{"intake": intake}, func(s *deployment) {
		s.Blueprints = []*flow.Blueprint{
			{ID: "report", Nodes: s.Blueprints[0].Nodes, Metadata: []byte(`{"schedule":{"expression":"cron(0 3 * * ? *)","timezone":"Europe/Berlin","input":{"full":true}}}`)},
			{ID: "über alles", Nodes: s.Blueprints[0].Nodes, Metadata: []byte(`{"schedule":{"expression":"rate(5 minutes)"}}`)},
			{ID: "plain", Nodes: s.Blueprints[0].Nodes, Metadata: []byte(`{"version":"1"}`)},
		}
	})
	var starts []map[string]any
	for _, resource := range tm.Resources {
		if resource["Type"] == kindSchedule && at(resource, "Properties.Target.Input") != nil {
			starts = append(starts, resource)
		}
	}
	if len(starts) != 2 {
		t.Fatalf("%d schedules start runs, want 2", len(starts))
	}
	queue, _ := tm.one(kindQueue, queueID)
	dead, _ := tm.one(kindQueue, deadID)
	want := []string{"sqs:SendMessage " + deadID, "sqs:SendMessage " + queueID}
	slices.Sort(want)
	if diff := cmp.Diff(want, granted(tm, "StartRole")); diff != "" {
		t.Errorf("permissions of the schedules (-want +got):\n%s", diff)
	}
	for _, start := range starts {
		for path, want := range map[string]string{
			"Target.Arn":                  `{"Fn::GetAtt":["` + queue + `","Arn"]}`,
			"Target.DeadLetterConfig.Arn": `{"Fn::GetAtt":["` + dead + `","Arn"]}`,
		} {
			if got := texted(at(start, "Properties."+path)); got != want {
				t.Errorf("%s = %s, want %s", path, got, want)
			}
		}
		input, _ := at(start, "Properties.Target.Input").(string)
		want := map[any]string{
			"cron(0 3 * * ? *)": `{"type":"start","blueprintId":"report","runId":"report:<aws.scheduler.scheduled-time>","input":{"full":true}}`,
			"rate(5 minutes)":   `{"type":"start","blueprintId":"über alles","runId":"blueprint-722a752093e30b45:<aws.scheduler.scheduled-time>"}`,
		}[at(start, "Properties.ScheduleExpression")]
		if input != want {
			t.Errorf("input = %s, want %s", input, want)
		}
		// As the scheduler delivers it.
		body := strings.ReplaceAll(input, "<aws.scheduler.scheduled-time>", time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC).Format(time.RFC3339))
		if _, err := flow.ParseMessage(body); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// References between resources lead to the right ones.
func TestWiring(t *testing.T) {
	tm := synthesize(t, nil)
	for _, want := range []struct{ kind, id, path, target string }{
		{kindMapping, "Mapping", "EventSourceArn", "Queue"},
		{kindMapping, "Mapping", "FunctionName", "Worker"},
		{kindSchedule, "Tick", "Target.Arn", "Reconciler"},
		{kindSchedule, "Tick", "Target.RoleArn", "TickRole"},
		{kindInvoke, "ReconcilerEventInvokeConfig", "FunctionName", "Reconciler"},
		{kindFunction, "Worker", "Role", "WorkerRole"},
		{kindFunction, "Worker", "LoggingConfig.LogGroup", "WorkerLogs"},
		{kindFunction, "Reconciler", "Role", "ReconcilerRole"},
		{kindFunction, "Reconciler", "LoggingConfig.LogGroup", "ReconcilerLogs"},
		{kindAlarm, "DeadLettersAlarm", "Metrics.1.MetricStat.Metric.Dimensions.0.Value", "DeadLetters"},
		{kindAlarm, "OldestMessageAlarm", "Dimensions.0.Value", "Queue"},
		{kindAlarm, "WorkerErrorsAlarm", "Dimensions.0.Value", "Worker"},
		{kindAlarm, "NoTickAlarm", "Metrics.1.MetricStat.Metric.Dimensions.0.Value", "Reconciler"},
		{kindAlarm, "NoTickAlarm", "Metrics.2.MetricStat.Metric.Dimensions.0.Value", "Reconciler"},
	} {
		_, resource := tm.one(want.kind, want.id)
		reference := at(resource, "Properties."+want.path)
		id, ok := at(reference, "Ref").(string)
		if !ok {
			id, ok = at(reference, "Fn::GetAtt.0").(string)
		}
		if !ok || id[:len(id)-8] != "Flow"+want.target {
			t.Errorf("%s.%s = %s, want %s", want.id, want.path, texted(reference), want.target)
		}
	}
	for alarm, metric := range map[string]string{
		"OldestMessageAlarm": "ApproximateAgeOfOldestMessage",
		"WorkerErrorsAlarm":  "Errors", "RescuedAlarm": "RunsRescued", "RunsFailedAlarm": "RunsFailed",
	} {
		_, resource := tm.one(kindAlarm, alarm)
		if got := at(resource, "Properties.MetricName"); got != metric {
			t.Errorf("%s watches %v, want %s", alarm, got, metric)
		}
	}
}
