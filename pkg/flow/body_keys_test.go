package flow_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// A key that nobody reads, and a body for somebody else, must not start anything.
func TestBodyThatMeansSomethingElseIsRejected(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, says string }{
		"misspelt keys":             {`{"type":"start","blueprintId":"b","inputs":{"a":1},"run_id":"x"}`, `there is no key "inputs" (is it input?), "run_id" (is it runId?): known are type, blueprintId, runId, input, tenant`},
		"a key of other systems":    {`{"type":"start","blueprintId":"b","payload":{"a":1}}`, `"payload" (is it input?)`},
		"an unknown key":            {`{"type":"start","blueprintId":"b","zzz":1}`, `there is no key "zzz": known are`},
		"keys in another case":      {`{"type":"start","BlueprintID":"b","Input":1}`, `"BlueprintID" (is it blueprintId?), "Input" (is it input?)`},
		"beside the right one":      {`{"type":"start","blueprintId":"b","input":1,"Input":2}`, `"Input" (is it input?)`},
		"a key twice":               {`{"type":"start","blueprintId":"b","input":{"a":1},"input":null}`, `the key "input" twice`},
		"a key twice, escaped":      {`{"type":"cancel","runId":"r","run\u0049d":"q"}`, `the key "runId" twice`},
		"a job's key twice":         {`{"runId":"r","blueprintId":"b","nodeId":"n","attempt":1, "attempt" : 2}`, `the key "attempt" twice`},
		"the type in another case":  {`{"Type":"start","blueprintId":"b"}`, `set "type":"start"`},
		"many unknown keys":         {`{"type":"start","blueprintId":"b","q1":1,"q2":1,"q3":1,"q4":1,"q5":1,"q6":1,"q7":1}`, `"q5", 2 more: known`},
		"a cancel's":                {`{"type":"cancel","runId":"r","reasons":"x"}`, `"reasons" (is it reason?): known are type, runId, reason`},
		"a job's misspelt":          {`{"runId":"r","blueprintId":"b","nodeId":"n","Attempt":2}`, `"Attempt" (is it attempt?)`},
		"a job's with underscores":  {`{"runId":"r","blueprintId":"b","nodeId":"n","run_id":"x"}`, `"run_id" (is it runId?)`},
		"no type, like a start":     {`{"blueprintId":"b","input":{}}`, `set "type":"start"`},
		"no type, like nothing":     {`{}`, `the body has no type`},
		"an event of S3":            {`{"Records":[{"eventSource":"aws:s3","s3":{}}]}`, "an event of S3"},
		"a test event of S3":        {`{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026","Bucket":"b"}`, "S3"},
		"a notification of SNS":     {`{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:x","Message":"{}"}`, "raw message delivery"},
		"an event of SNS":           {`{"Records":[{"EventSource":"aws:sns","Sns":{}}]}`, "an event of SNS"},
		"a stream's":                {`{"Records":[{"eventSource":"aws:dynamodb"}]}`, "an event of DYNAMODB"},
		"records of nobody":         {`{"Records":1}`, "another service"},
		"an event of EventBridge":   {`{"version":"0","id":"i","detail-type":"Order Placed","source":"shop","detail":{"a":1}}`, "input transformer"},
		"a request of API Gateway":  {`{"httpMethod":"POST","requestContext":{},"body":"{}"}`, "API Gateway"},
		"a name of another's event": {`{"Records":[{"eventSource":"` + strings.Repeat("x", 99) + `"}]}`, "…"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			_, err := flow.ParseMessage(test.body)
			if reject, ok := errors.AsType[*flow.RejectError](err); !ok || !strings.Contains(reject.Reason, test.says) {
				t.Errorf("ParseMessage = %v\nwant a rejection that says %s", err, test.says)
			}
		})
	}
}

// Messages that are under way during a deployment come from older and newer workers and
// clients: they must pass.
func TestBodyOfAnotherVersionIsAccepted(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a start that was sent again": `{"type":"start","blueprintId":"b","runId":"r","hops":3,"input":{"inputs":1,"run_id":2}}`,
		"a later client's start":      `{"type":"start","blueprintId":"b","by":"ada","traceparent":"00-1","parent":{}}`,
		"keys twice in its values":    ` { "type" : "start" , "blueprintId":"b","input": {"a":[1,{"b":"}\\"}],"a":"]","input":[] } , "by":"\"" }`,
		"a later client's cancel":     `{"type":"cancel","runId":"r","id":"c1","by":"ada"}`,
		"a later worker's job":        `{"type":"job","runId":"r","blueprintId":"b","nodeId":"n","lane":3,"epoch":1,"item":{}}`,
		"Flowcraft's job":             `{"runId":"r","blueprintId":"b","nodeId":"n","retryCount":1}`,
		"a resume":                    `{"type":"resume","runId":"r","nodeId":"n","id":"x","error":{"code":"c"},"token":"t"}`,
	} {
		if _, err := flow.ParseMessage(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b, err := flow.ParseMessage(`{"input": [1, "]", {"a": "\\"}] , "type":"start","blueprintId":"b"}`); err != nil || string(b.Input) != `[1, "]", {"a": "\\"}]` {
		t.Errorf("a start with brackets in its input: %+v, %v", b, err)
	}
	all := flow.MessageBody{Type: flow.TypeStart, RunID: "r", BlueprintID: "b", NodeID: "n", Scope: "s", Attempt: 1, Hops: 1, Input: []byte("1"), Tenant: "t", Action: "a", Output: []byte("1"), Reason: "x", By: "ada", Traceparent: "00-1"}
	for _, kind := range []flow.MessageType{flow.TypeStart, flow.TypeCancel, flow.TypeJob} {
		all.Type = kind
		text, err := all.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := flow.ParseMessage(text); err != nil || got.Type != kind {
			t.Errorf("every field of a %s message: %v", kind, err)
		}
	}
}
