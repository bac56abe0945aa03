package main

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Everything that AWS would refuse is told in one list, and nothing is made.
func TestRefusedTogether(t *testing.T) {
	app := newApp(t, nil)
	stack := awscdk.NewStack(app, new("given"), nil)
	s := settingsOf(t, map[string]any{
		"alarmTopicArn": "arn:aws:sqs:eu-west-1:123456789012:on-call", "senders": "shop,*,arn:aws:iam::123456789012:role/*",
		"dashboard": "maybe", "alarms": "off", "canary": "Canary10Percent5Minutes", "reconcilerMemory": 64, "reservedConcurrency": 12, "intake": true,
	})
	s.Blueprints[0].Metadata = []byte(`{"schedule":{"expression":"cron(0 50 0,6,12,18 * ? *)","input":"` + strings.Repeat("x", 256<<10) + `"}}`)
	s.Environment = map[string]string{"FLOW_TIMEOUT": "1h", "AWS_REGION": "eu-west-1", "LOG_LEVEL": "DEBUG", "9": "nine", "BIG": strings.Repeat("x", 4000)}
	s.Alias = &flowcdk.Alias{Name: "9", Provisioned: 13, Canary: awscodedeploy.LambdaDeploymentConfig_ALL_AT_ONCE()}
	s.SecurityGroups = make([]awsec2.ISecurityGroup, 6)
	s.Tables = flowcdk.Tables{Status: awsdynamodb.Table_FromTableName(stack, new("Status"), new("status"))}
	s.Queue = awssqs.Queue_FromQueueArn(stack, new("Queue"), new("arn:aws:sqs:eu-west-1:123456789012:jobs.fifo"))
	for i := range 1200 {
		s.LambdaFunctions = append(s.LambdaFunctions, fmt.Sprintf("a-function-with-a-long-name-%d", i))
	}
	wantFaults(t, s.Validate(),
		`alarm topic ARN "arn:aws:sqs:eu-west-1:123456789012:on-call": must be the ARN of an SNS topic`,
		`canary "Canary10Percent5Minutes": must be one of CodeDeploy's`, "canary: it needs alarms",
		`sender "shop": must be an account's number`, `sender "*"`, `sender "arn:aws:iam::123456789012:role/*"`,
		`dashboard "maybe": must be on or off`, "reconciler memory 64: must be 128 to 10240",
		"reserved concurrency 12: at least 2 × max concurrency + 5, with the intake, = 15",
		`hour "50": must be 0 to 23`, "metadata.schedule.input: the start message has 2622", "but a schedule holds 262144 at most",
		"environment FLOW_TIMEOUT: it is a setting", "environment LOG_LEVEL: it is a setting", "environment AWS_REGION: Lambda sets it itself",
		`environment "9": a name has letters`, "but Lambda takes 4096: the largest is BIG with 4000",
		`alias "9": must be`, "alias: provisioned 13: must be 0 to the reserved concurrency of 12", "alias: a canary needs alarms",
		"subnets, security groups: they are those of a Vpc", "security groups: 6, but a function has 5 at most",
		"tables: all three or none", "queue, dead letters: both or none", "FIFO queues bound the throughput",
		"lambda functions: the 1200 that the worker invokes need 20 managed policies, but a role has 10 at most")
	if _, err := newStack(app, s); err == nil {
		t.Error("a stack was made")
	}
}

// An input that no worker would accept is refused once, not at each time of the
// schedule.
func TestScheduleInputs(t *testing.T) {
	for input, fault := range map[string]string{`{"full":true}`: "", `null`: "", strings.Repeat("[", 201) + strings.Repeat("]", 201): "metadata.schedule.input: no worker would accept its start message"} {
		b := &flow.Blueprint{ID: "x", Metadata: []byte(`{"schedule":{"expression":"rate(1 day)","input":` + input + `}}`)}
		_, err := flowcdk.Schedules([]*flow.Blueprint{b})
		if fault != "" {
			wantFaults(t, err, fault)
		} else if err != nil {
			t.Errorf("%s: %v", input, err)
		}
	}
}

// A list of networks is a variable of the functions, which has a limit.
func TestManyNetworks(t *testing.T) {
	s := settingsOf(t, nil)
	for i := range 300 {
		s.HTTPAllowPrivate = append(s.HTTPAllowPrivate, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i / 200), byte(i % 200), 0}), 24))
	}
	wantFaults(t, s.Validate(), "but Lambda takes 4096: the largest is FLOW_HTTP_ALLOW_PRIVATE with")
	s.HTTPAllowPrivate = s.HTTPAllowPrivate[:150]
	if err := s.Validate(); err != nil {
		t.Errorf("150 networks: %v", err)
	}
}

// The functions would refuse their own machine's networks when they start.
func TestNetworksOfTheMachine(t *testing.T) {
	s := settingsOf(t, map[string]any{"httpAllowPrivate": "true"})
	wantFaults(t, s.Validate(), "FLOW_HTTP_ALLOW_PRIVATE: 0.0.0.0/0 has addresses of 127.0.0.0/8 in it", "FLOW_HTTP_ALLOW_PRIVATE: ::/0 has addresses of ::1/128 in it")
}

func TestTooManySenders(t *testing.T) {
	s := settingsOf(t, nil)
	for i := range 51 {
		s.Senders = append(s.Senders, fmt.Sprintf("2109876543%02d", i))
	}
	wantFaults(t, s.Validate(), "senders: 51 are more than a queue's policy may have, which is 50")
}

// Functions that would burst the role's inline policy are granted by managed
// policies, none of which bursts, and each function once.
func TestManyFunctions(t *testing.T) {
	const functions = 300
	tm := synthesize(t, nil, func(s *deployment) {
		for i := range functions {
			s.LambdaFunctions = append(s.LambdaFunctions, fmt.Sprintf("a-function-with-a-name-that-is-as-long-as-names-become-%d:live", i))
		}
	})
	granted, policies := map[string]int{}, 0
	for _, resource := range tm.Resources {
		if resource["Type"] != "AWS::IAM::ManagedPolicy" {
			continue
		}
		policies++
		document := written(at(resource, "Properties.PolicyDocument"))
		if len(document) > 6144 {
			t.Errorf("a managed policy has %d characters", len(document))
		}
		for _, name := range regexp.MustCompile(`function:([\w-]+:live)`).FindAllStringSubmatch(document, -1) {
			granted[name[1]]++
		}
	}
	_, role := tm.one(kindRole, "WorkerRole")
	if inline := written(at(role, "Properties.Policies.0.PolicyDocument")); len(inline) > 10240 || strings.Contains(inline, "InvokeFunction") {
		t.Errorf("the inline policy has %d characters: %s", len(inline), inline)
	}
	attached := len(list(at(role, "Properties.ManagedPolicyArns")))
	if attached != policies || policies > 10 || len(granted) != functions {
		t.Errorf("%d policies, %d of them attached, grant %d functions", policies, attached, len(granted))
	}
	for name, n := range granted {
		if n != 1 {
			t.Errorf("%s is granted %d times", name, n)
		}
	}
}

// written returns a policy as IAM counts it, in a region with a long name.
func written(document any) string {
	text := texted(document)
	text = regexp.MustCompile(`\{"Ref":"AWS::(\w+)"\}`).ReplaceAllStringFunc(text, func(ref string) string {
		return map[bool]string{true: `"aws-us-gov"`, false: `"ap-southeast-1"`}[strings.Contains(ref, "Partition")]
	})
	text = regexp.MustCompile(`\{"Fn::Join":\["",\[([^]]*)\]\]\}`).ReplaceAllString(text, "$1")
	return strings.ReplaceAll(text, `","`, "")
}

func TestCrons(t *testing.T) {
	expressions := map[string]string{ // and the fault; "" for none
		"cron(0 3 * * ? *)": "", "cron(0/15 8-18 ? * MON-FRI *)": "", "cron(0 0 L * ? *)": "", "cron(0 0 15W * ? *)": "", "cron(0 0 ? * 6L *)": "",
		"cron(0 0 ? * FRI#2 *)": "", "cron(*/5 * * * ? *)": "", "cron(5,35 14 * * ? *)": "", "cron(0 0 1 JAN,JUL ? 2027-2030)": "", "cron(0 0 29 2 ? *)": "",
		"cron(0 0 L-3 * ? *)": "", "cron(0 0 29,31 2 ? *)": "",
		"cron(60 3 * * ? *)": `minute "60"`, "cron(0 24 * * ? *)": `hour "24"`, "cron(0 50 0,6,12,18 * ? *)": `hour "50"`, "cron(0 3 32 * ? *)": `day "32"`,
		"cron(0 3 0 * ? *)": `day "0"`, "cron(0 3 * 13 ? *)": `month "13"`, "cron(0 3 * JUNE ? *)": `month "JUNE"`, "cron(0 3 ? * 8 *)": `weekday "8"`,
		"cron(0 3 ? * 0 *)": `weekday "0"`, "cron(0 3 ? * MON#6 *)": `weekday "MON#6"`, "cron(0 3 * * ? 1969)": `year "1969"`, "cron(0/0 3 * * ? *)": `minute "0/0"`,
		"cron(5- 3 * * ? *)": `minute "5-"`, "cron(, 3 * * ? *)": `minute ""`, "cron(L 3 * * ? *)": `minute "L"`, "cron(0 3 30 2 ? *)": `day "30": month "2" has no such day`,
		"cron(0 0 31 APR,JUN ? *)": `day "31": month "APR,JUN" has no such day`, "cron(0 3 * * ?)": "must be rate(", "cron(? 3 * * ? *)": `minute "?"`, "cron(+5 3 * * ? *)": `minute "+5"`,
	}
	for expression, fault := range expressions {
		b := &flow.Blueprint{ID: "x", Metadata: []byte(`{"schedule":{"expression":` + texted(expression) + `}}`)}
		_, err := flowcdk.Schedules([]*flow.Blueprint{b})
		switch {
		case fault == "" && err != nil:
			t.Errorf("%s: %v", expression, err)
		case fault != "":
			wantFaults(t, err, fault)
		}
	}
	if n := len(expressions); n < 30 {
		t.Errorf("%d expressions", n)
	}
}
