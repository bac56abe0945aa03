package lambdanode_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// classified runs a blueprint of the node "n" of type classifyTicket, whose code is
// the function classify:live at url, with two attempts.
func classified(t *testing.T, url string, input any) *flow.Report {
	t.Helper()
	b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{
		ID: "n", Uses: "classifyTicket", Params: json.RawMessage(`{"model":"small"}`),
		Config: flow.NodeConfig{MaxRetries: 2, RetryDelay: time.Second, Timeout: 15 * time.Second},
	}, {ID: "urgent", Uses: "pass"}, {ID: "other", Uses: "pass"}}, Edges: []flow.Edge{
		{Source: "n", Target: "urgent", Action: "urgent"}, {Source: "n", Target: "other", Action: "other"},
	}}
	registry, err := lambdanode.Bind(flow.Registry{"classifyTicket": lambdanode.For("classify:live")}, lambdanode.NewClient(config(url)))
	if err != nil {
		t.Fatal(err)
	}
	return flowtest.Run(t, b, registry, input)
}

func TestNodeType(t *testing.T) {
	t.Parallel()
	a := newAPI(t, answerWith(200, nil, `{"output":{"priority":12345678901234567890},"action":"urgent"}`))
	run := classified(t, a.URL, json.RawMessage(`{"body":"It burns"}`))
	event := fmt.Sprintf(`{"input":{"body":"It burns"},"params":{"model":"small"},"runId":%q,"nodeId":"n","scope":"","attempt":1,"idempotencyKey":%q}`, run.RunID, run.RunID+"/n")
	want := []invocation{{
		"/2015-03-31/functions/classify%3Alive/invocations", event, "", map[string]string{"idempotencyKey": run.RunID + "/n", "attempt": "1"}, true,
	}}
	if diff := cmp.Diff(want, a.All(), cmp.AllowUnexported(invocation{})); diff != "" {
		t.Errorf("invocations (-want +got):\n%s", diff)
	}
	if got := string(run.Outputs["n"]); got != `{"priority":12345678901234567890}` || run.Node("urgent").State != flow.TaskDone || run.Node("other").State != flow.TaskSkipped {
		t.Errorf("output %s, urgent %s, other %s: %s", got, run.Node("urgent").State, run.Node("other").State, failure(run))
	}
}

// An answer is a result, or an error with the code and the retries that it asks for.
func TestAnswersOfANodeType(t *testing.T) {
	t.Parallel()
	const shape = "lambda_error: invoke classify:live: its result must be {output, action} or {error: {message, code, permanent}}, and have no other keys"
	for name, test := range map[string]struct {
		header         map[string]string
		answer, output string
		failure        string
		attempts       int
	}{
		"null":              {nil, `null`, ``, "", 1},
		"nothing":           {nil, ``, ``, "", 1},
		"null_as_output":    {nil, `{"output":null}`, `null`, "", 1},
		"no_error":          {nil, `{"output":7,"error":null}`, `7`, "", 1},
		"error":             {nil, `{"error":{"message":"no model"}}`, ``, "error: invoke classify:live: the function failed: no model", 2},
		"code":              {nil, `{"error":{"message":"no text","code":"no_text","permanent":true}}`, ``, "no_text: invoke classify:live: the function failed: no text", 1},
		"odd_code":          {nil, `{"error":{"message":"no","code":"a b"}}`, ``, "lambda_error: invoke classify:live: the function failed: no", 2},
		"thrown":            {map[string]string{"X-Amz-Function-Error": "Unhandled"}, `{"errorType":"TypeError","errorMessage":"undefined"}`, ``, "lambda_TypeError: invoke classify:live: the function failed: undefined", 2},
		"bare_result":       {nil, `{"s3cret":1}`, ``, shape, 1},
		"beside_the_output": {nil, `{"output":1,"s3cret":1}`, ``, shape, 1},
		"text":              {nil, `"s3cret"`, ``, shape, 1},
		"text_as_error":     {nil, `{"error":"s3cret"}`, ``, shape, 1},
		"no_json":           {nil, `<s3cret>`, ``, "lambda_error: invoke classify:live: its result is not JSON", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, answerWith(200, test.header, test.answer))
			run := classified(t, a.URL, nil)
			if got := failure(run); got != test.failure || string(run.Outputs["n"]) != test.output || len(a.All()) != test.attempts {
				t.Errorf("%s, output %s, %d attempts; want %s, output %s, %d attempts", got, run.Outputs["n"], len(a.All()), test.failure, test.output, test.attempts)
			}
		})
	}
}

// Every function without a valid name is told, and none is invoked without a client.
func TestBind(t *testing.T) {
	t.Parallel()
	registry := flow.Registry{"a": lambdanode.For("charge*"), "b": lambdanode.For("charge"), "c": lambdanode.For(""), "d": nil}
	bound, err := lambdanode.Bind(registry, nil)
	if err == nil || len(bound) != 4 || strings.Count(err.Error(), "must be the name or the ARN of a Lambda function") != 2 ||
		!strings.Contains(err.Error(), `node type "a": the function "charge*" must`) || !strings.Contains(err.Error(), `node type "c": the function "" must`) {
		t.Errorf("%v", err)
	}
	_, err = bound["b"].Handle(t.Context(), &flow.Task{})
	if err == nil || !strings.Contains(err.Error(), "there is no client of Lambda here") || !flow.VerdictOf(err).Permanent {
		t.Errorf("without a client: %v", err)
	}
}
