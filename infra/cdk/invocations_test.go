package main

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// invoking returns a blueprint with a node for each text: the params of lambda.
func invoking(id string, params ...string) *flow.Blueprint {
	b := &flow.Blueprint{ID: id}
	for i, p := range params {
		b.Nodes = append(b.Nodes, flow.Node{ID: string(rune('a' + i)), Uses: "lambda", Params: []byte(p)})
	}
	return b
}

// statement returns the worker's policy statement for invocations, with the parts
// of its ARNs joined; "" if there is none.
func statement(tm template) string {
	tm.t.Helper()
	_, role := tm.one(kindRole, "WorkerRole")
	var found []any
	for _, s := range list(at(role, "Properties.Policies.0.PolicyDocument.Statement")) {
		if at(s, "Sid") == "Invoke" {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return strings.NewReplacer(`{"Fn::Join":["",["`, `"`, `"]]}`, `"`, `",{"Ref":"AWS::`, "<", `"},"`, ">").Replace(texted(found[0]))
}

// The worker may invoke exactly the functions that its blueprints name, and those
// that are listed.
func TestInvocations(t *testing.T) {
	const (
		own  = "arn:<Partition>:lambda:<Region>:<AccountId>:function:"
		full = "arn:aws:lambda:eu-west-1:123456789012:function:ship"
	)
	for name, tt := range map[string]struct {
		blueprints []*flow.Blueprint
		context    map[string]any
		want       []string // ARNs
	}{
		"none":       {[]*flow.Blueprint{{ID: "a", Nodes: []flow.Node{{ID: "a", Uses: "pass"}}}}, nil, nil},
		"name":       {[]*flow.Blueprint{invoking("a", `{"function":"charge"}`)}, nil, []string{own + "charge"}},
		"qualifiers": {[]*flow.Blueprint{invoking("a", `{"function":"charge:live"}`, `{"function":"charge:$LATEST"}`)}, nil, []string{own + "charge:$LATEST", own + "charge:live"}},
		"arns": {
			[]*flow.Blueprint{invoking("a", `{"function":"`+full+`"}`, `{"function":"210987654321:function:ship:2"}`)}, nil,
			[]string{full, "arn:<Partition>:lambda:<Region>:210987654321:function:ship:2"},
		},
		"each_once": {[]*flow.Blueprint{invoking("a", `{"function":"charge"}`, `{"function":"charge"}`), invoking("b", `{"function":"charge"}`)}, nil, []string{own + "charge"}},
		"an_expression": {
			[]*flow.Blueprint{invoking("a", `{"functionExpression":"input.name","functions":["charge-card","charge-bank:live"]}`, `{"function":"charge"}`)}, nil,
			[]string{own + "charge", own + "charge-bank:live", own + "charge-card"},
		},
		"a_list": {
			[]*flow.Blueprint{invoking("a", `{"function":"charge"}`)}, map[string]any{"lambdaFunctions": "charge-card, charge-bank:live"},
			[]string{own + "charge", own + "charge-bank:live", own + "charge-card"},
		},
		"node_types": {
			[]*flow.Blueprint{invoking("a", `{"function":"charge"}`)}, map[string]any{"lambdaNodes": "classifyTicket=classify:live,answer=" + full},
			[]string{full, own + "charge", own + "classify:live"},
		},
		"a_list_as_in_cdk_json": {
			[]*flow.Blueprint{invoking("a", `{"function":"a"}`)}, map[string]any{"lambdaFunctions": []any{"b", "a"}}, []string{own + "a", own + "b"},
		},
	} {
		got := statement(synthesize(t, tt.context, func(s *deployment) { s.Blueprints = tt.blueprints }))
		want := ""
		if tt.want != nil {
			resource := `"` + strings.Join(tt.want, `","`) + `"`
			if len(tt.want) > 1 {
				resource = "[" + resource + "]"
			}
			want = `{"Action":"lambda:InvokeFunction","Effect":"Allow","Resource":` + resource + `,"Sid":"Invoke"}`
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A function of the same app is listed by its ARN, which becomes known only later.
func TestInvocationOfAFunctionOfTheApp(t *testing.T) {
	stack := awscdk.NewStack(newApp(t, nil), new("flowcraft-dev"), nil)
	function := awslambda.NewFunction(stack, new("Charge"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_PROVIDED_AL2023(), Handler: new("bootstrap"), Code: codeOf(t),
	})
	s := settingsOf(t, nil)
	s.LambdaFunctions = []string{*function.FunctionArn()}
	if _, err := flowcdk.New(stack, "Flow", s.Props); err != nil {
		t.Fatal(err)
	}
	id := awscdk.Stack_Of(function).GetLogicalId(function.Node().DefaultChild().(awscdk.CfnElement))
	if got, want := statement(read(t, stack)), `"Resource":{"Fn::GetAtt":["`+*id+`","Arn"]}`; !strings.Contains(got, want) {
		t.Errorf("statement %s, want %s", got, want)
	}
}

// An expression without a list of functions names any function: then nothing is made,
// also if other functions are listed for the worker.
func TestUnknownInvocations(t *testing.T) {
	s := settingsOf(t, nil)
	s.Blueprints = []*flow.Blueprint{invoking("a", `{"function":"charge"}`, `{"functionExpression":"input.name"}`)}
	s.LambdaFunctions = []string{"charge"}
	wantFaults(t, s.Validate(), `nodes[1].params.functions ("b"): INVALID_FIELD: it is missing, and required beside functionExpression`)
	if _, err := newStack(newApp(t, nil), s); err == nil {
		t.Error("a stack was made")
	}
	s.Blueprints = nil
	s.LambdaNodes = map[string]string{"a": "classify*", "b=c": "ship"}
	s.LambdaFunctions = []string{"charge*", "arn:aws:sqs:eu-west-1:123456789012:jobs"}
	wantFaults(t, s.Validate(), `lambda function "charge*": must be the name or the ARN`, `lambda function "arn:aws:sqs`,
		`lambda node type "a": function "classify*": must be the name or the ARN`, `lambda node type "b=c": must be the name of a node type`)
}

// The params of the nodes that every worker has are validated here too.
func TestParamsOfNodes(t *testing.T) {
	s := settingsOf(t, nil)
	s.Blueprints = []*flow.Blueprint{{ID: "a", Nodes: []flow.Node{
		{ID: "h", Uses: "http", Params: []byte(`{"url":"input","timeout":5}`)}, {ID: "l", Uses: "lambda", Params: []byte(`{"function":"no function"}`)}, {ID: "x", Uses: "mine"},
	}}}
	wantFaults(t, s.Validate(), `nodes[0].params.timeout ("h"): UNKNOWN_FIELD`, `nodes[1].params.function ("l"): INVALID_FIELD`)
}
