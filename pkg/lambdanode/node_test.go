package lambdanode_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/recordtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// invocation is a request as Lambda receives it.
type invocation struct {
	path, payload string
	kind          string
	custom        map[string]string
	last          bool // on its connection
}

// api is a server with Lambda's API.
type api = recordtest.Server[invocation]

func newAPI(t *testing.T, answer http.HandlerFunc) *api {
	t.Helper()
	return recordtest.New(t, func(r *http.Request, payload string) invocation {
		var clientContext struct{ Custom map[string]string }
		text, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Amz-Client-Context"))
		if err := errors.Join(err, json.Unmarshal(text, &clientContext)); err != nil || len(r.Header.Get("X-Amz-Client-Context")) > 3583 {
			t.Errorf("client context %s: %v", text, err)
		}
		return invocation{r.URL.EscapedPath(), payload, r.Header.Get("X-Amz-Invocation-Type"), clientContext.Custom, r.Close}
	}, answer)
}

// config returns the configuration of an account whose Lambda is at url.
func config(url string) aws.Config {
	return aws.Config{Region: "eu-central-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", "")}
}

// answerWith answers as Lambda does; an errorType is in the header.
func answerWith(status int, header map[string]string, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client says if it got it
	}
}

// invoke runs a blueprint of one node "n", with two attempts.
func invoke(t *testing.T, url, params string, input any) *flow.Report {
	t.Helper()
	b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{
		ID: "n", Uses: lambdanode.Name, Params: json.RawMessage(params), Config: flow.NodeConfig{MaxRetries: 2, RetryDelay: time.Second, Timeout: 15 * time.Second},
	}}}
	return flowtest.Run(t, b, flow.Registry{lambdanode.Name: lambdanode.New(lambdanode.NewClient(config(url)))}, input)
}

// failure returns "code: message" of a failed run, or "".
func failure(run *flow.Report) string {
	if run.Error == nil {
		return ""
	}
	return run.Error.Code + ": " + run.Error.Message
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:lambda:eu-central-1:123456789012:function:charge:live"
	for name, test := range map[string]struct {
		params string
		input  any
		path   string // of the function
		want   string // the payload
	}{
		"name":       {`{"function":"charge"}`, json.RawMessage(`{"id":9007199254740993}`), "charge", `{"id":9007199254740993}`},
		"alias":      {`{"function":"charge:live"}`, 1, "charge%3Alive", `1`},
		"arn":        {`{"function":"` + arn + `"}`, "x", strings.ReplaceAll(arn, ":", "%3A"), `"x"`},
		"expression": {`{"functionExpression":"'charge-' + input.kind","functions":["charge-bank","charge-card"]}`, json.RawMessage(`{"kind":"card"}`), "charge-card", `{"kind":"card"}`},
		"no_input":   {`{"function":"charge"}`, nil, "charge", `null`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, answerWith(200, nil, `{ "big": 12345678901234567890.10 }`))
			run := invoke(t, a.URL, test.params, test.input)
			want := []invocation{{
				"/2015-03-31/functions/" + test.path + "/invocations", test.want, "",
				map[string]string{"idempotencyKey": run.RunID + "/n", "attempt": "1"}, true,
			}}
			if diff := cmp.Diff(want, a.All(), cmp.AllowUnexported(invocation{})); diff != "" {
				t.Errorf("invocations (-want +got):\n%s", diff)
			}
			if got := string(run.Outputs["n"]); got != `{"big":12345678901234567890.10}` {
				t.Errorf("output %s: %s", got, failure(run))
			}
		})
	}
}

// The key of the blueprint's own is in the client context, the same for all attempts.
func TestIdempotencyKeyOfTheBlueprint(t *testing.T) {
	t.Parallel()
	a := newAPI(t, answerWith(200, map[string]string{"X-Amz-Function-Error": "Unhandled"}, `{}`))
	b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{
		ID: "n", Uses: lambdanode.Name, Params: json.RawMessage(`{"function":"charge"}`), Config: flow.NodeConfig{MaxRetries: 2, IdempotencyKey: "'charge-' + input.id"},
	}}}
	flowtest.Run(t, b, flow.Registry{lambdanode.Name: lambdanode.New(lambdanode.NewClient(config(a.URL)))}, map[string]int{"id": 7})
	var keys []string
	for _, got := range a.All() {
		keys = append(keys, got.custom["idempotencyKey"])
	}
	if got := strings.Join(keys, " "); got != "charge-7 charge-7" {
		t.Errorf("the keys were %q", got)
	}
}

func TestResult(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ payload, output, failure string }{
		"null":      {`null`, `null`, ""},
		"nothing":   {``, ``, ""},
		"a_mark":    {"\ufeff[1]", `[1]`, ""},
		"no_json":   {`<s3cret>`, ``, "lambda_error: invoke charge: its result is not JSON"},
		"no_utf_8":  {"\"\xff\"", ``, "lambda_error: invoke charge: its result is not JSON"},
		"an_object": {`{"errorType":"X"}`, `{"errorType":"X"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, answerWith(200, nil, test.payload))
			run := invoke(t, a.URL, `{"function":"charge"}`, nil)
			if got := string(run.Outputs["n"]); got != test.output || failure(run) != test.failure || len(a.All()) != 1 {
				t.Errorf("output %q, failure %q, %d invocations, want %q, %q, 1", got, failure(run), len(a.All()), test.output, test.failure)
			}
		})
	}
}

// The answer of a function or of Lambda decides the code, and whether there is
// another attempt; only throttles are sent again within one.
func TestFailures(t *testing.T) {
	t.Parallel()
	function := map[string]string{"X-Amz-Function-Error": "Unhandled"}
	lambda := func(kind string) map[string]string { return map[string]string{"X-Amzn-ErrorType": kind} }
	for name, test := range map[string]struct {
		status      int
		header      map[string]string
		body        string
		failure     string
		invocations int // of 2 attempts
	}{
		"an_error":               {200, function, `{"errorType":"CardDeclined","errorMessage":"no funds","stackTrace":["s3cret"]}`, "lambda_CardDeclined: invoke charge: the function failed: no funds", 2},
		"an_error_without_words": {200, function, `{"errorType":"Sandbox.Timedout"}`, "lambda_Sandbox.Timedout: invoke charge: the function failed: Sandbox.Timedout", 2},
		"an_error_without_type":  {200, function, `{"errorMessage":"Task timed out after 3.00 seconds"}`, "lambda_Unhandled: invoke charge: the function failed: Task timed out after 3.00 seconds", 2},
		"an_error_with_odd_type": {200, function, `{"errorType":"a b\n","errorMessage":"` + strings.Repeat("ä", 300) + `"}`, "lambda_Unhandled: invoke charge: the function failed: " + strings.Repeat("ä", 250), 2},
		"an_error_of_long_type":  {200, function, `{"errorType":"` + strings.Repeat("E", 101) + `","errorMessage":"no"}`, "lambda_Unhandled: invoke charge: the function failed: no", 2},
		"an_error_that_is_none":  {200, function, `"s3cret"`, "lambda_Unhandled: invoke charge: the function failed: Unhandled", 2},
		"no_such_function":       {404, lambda("ResourceNotFoundException"), `{"Message":"Function not found"}`, "lambda_ResourceNotFoundException: invoke charge: ResourceNotFoundException: Function not found", 1},
		"no_permission":          {403, lambda("AccessDeniedException"), `{"Message":"not authorized"}`, "lambda_AccessDeniedException: invoke charge: AccessDeniedException: not authorized", 1},
		"an_invalid_request":     {400, lambda("InvalidRequestContentException"), `{"message":"no"}`, "lambda_InvalidRequestContentException: invoke charge: InvalidRequestContentException: no", 1},
		"a_large_request":        {413, lambda("RequestTooLargeException"), `{"message":"no"}`, "lambda_RequestTooLargeException: invoke charge: RequestTooLargeException: no", 1},
		"a_function_in_change":   {409, lambda("ResourceConflictException"), `{"Message":"in progress"}`, "lambda_ResourceConflictException: invoke charge: ResourceConflictException: in progress", 2},
		"expired_credentials":    {403, lambda("ExpiredTokenException"), `{"message":"expired"}`, "lambda_ExpiredTokenException: invoke charge: ExpiredTokenException: expired", 2},
		"a_throttle":             {429, lambda("TooManyRequestsException"), `{"message":"Rate Exceeded."}`, "lambda_TooManyRequestsException: invoke charge: after 3 attempts: TooManyRequestsException: Rate Exceeded.", 6},
		"an_outage":              {500, lambda("ServiceException"), `{"Message":"internal"}`, "lambda_ServiceException: invoke charge: ServiceException: internal", 2},
		"an_outage_of_a_part":    {502, lambda("EFSIOException"), `{"Message":"disk"}`, "lambda_EFSIOException: invoke charge: EFSIOException: disk", 2},
		"a_gateway_in_between":   {503, nil, `<html>s3cret`, "lambda_", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, answerWith(test.status, test.header, test.body))
			run := invoke(t, a.URL, `{"function":"charge"}`, "s3cret")
			got := failure(run)
			if got != test.failure && !(test.failure == "lambda_" && strings.HasPrefix(got, "lambda_")) || len(a.All()) != test.invocations {
				t.Errorf("%s, %d invocations, want %s, %d", got, len(a.All()), test.failure, test.invocations)
			}
			if strings.Contains(got, "s3cret") {
				t.Errorf("it quotes the payload: %s", got)
			}
		})
	}
}

// All attempts have the same key, and carry their number.
func TestAttempts(t *testing.T) {
	t.Parallel()
	a := newAPI(t, answerWith(200, map[string]string{"X-Amz-Function-Error": "Unhandled"}, `{}`))
	run := invoke(t, a.URL, `{"function":"charge"}`, nil)
	var got []map[string]string
	for _, i := range a.All() {
		got = append(got, i.custom)
	}
	want := []map[string]string{{"idempotencyKey": run.RunID + "/n", "attempt": "1"}, {"idempotencyKey": run.RunID + "/n", "attempt": "2"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("client contexts (-want +got):\n%s", diff)
	}
}

func TestThrottleSaysWhenToRetry(t *testing.T) {
	t.Parallel()
	a := newAPI(t, answerWith(429, map[string]string{"X-Amzn-ErrorType": "TooManyRequestsException", "Retry-After": "120"}, `{}`))
	run := invoke(t, a.URL, `{"function":"charge"}`, nil)
	// The clock of the run is the queue's, which skips delays.
	if waited := run.Node("n").FinishedAt.Sub(*run.Node("n").StartedAt).Truncate(time.Minute); waited != 2*time.Minute {
		t.Errorf("the second attempt came after %s, want 2m", waited)
	}
}

// An invocation with a lost answer may have happened: it is not sent again within the
// attempt.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close() // that is the test
	})
	run := invoke(t, a.URL, `{"function":"charge"}`, "s3cret")
	if got := failure(run); !strings.HasPrefix(got, "lambda_error: invoke charge: ") || strings.Contains(got, "s3cret") || len(a.All()) != 2 {
		t.Errorf("%s, %d invocations, want lambda_error after one in each attempt", got, len(a.All()))
	}
}

// An invocation that never reached Lambda is sent again.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	run := invoke(t, gone.URL, `{"function":"charge"}`, nil)
	if got := failure(run); !strings.HasPrefix(got, "lambda_error: invoke charge: ") || !strings.Contains(got, "after 3 attempts") {
		t.Errorf("%s, want lambda_error after 3 dials", got)
	}
}

// The node's timeout ends the call.
func TestTimeout(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	a := newAPI(t, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(ended)
	})
	b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{
		ID: "n", Uses: lambdanode.Name, Params: json.RawMessage(`{"function":"charge"}`), Config: flow.NodeConfig{Timeout: 100 * time.Millisecond},
	}}}
	run := flowtest.Run(t, b, flow.Registry{lambdanode.Name: lambdanode.New(lambdanode.NewClient(config(a.URL)))}, nil)
	if got := failure(run); !strings.HasPrefix(got, "timeout: timed out after 100ms") {
		t.Errorf("%s, want a timeout", got)
	}
	<-ended
}

// Requests that Lambda would refuse are not sent.
func TestNotSent(t *testing.T) {
	t.Parallel()
	a := newAPI(t, answerWith(200, nil, `1`))
	run := func(id, params string, input any) *flow.Report {
		b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{
			{ID: "start", Uses: "large"},
			{ID: id, Uses: lambdanode.Name, Params: json.RawMessage(params), Inputs: flow.Inputs{Fields: map[string]string{"a": "start", "b": "start"}}, Config: flow.NodeConfig{MaxRetries: 2}},
		}, Edges: []flow.Edge{{Source: "start", Target: id}}}
		return flowtest.Run(t, b, flow.Registry{"large": flowtest.Stub(input), lambdanode.Name: lambdanode.New(lambdanode.NewClient(config(a.URL)))}, nil)
	}
	half := strings.Repeat("x", lambdanode.MaxPayload/2)
	for name, test := range map[string]struct {
		run  *flow.Report
		want string
	}{
		"payload":    {run("n", `{"function":"charge"}`, half), fmt.Sprintf("value_too_large: invoke charge: the node's input has %d bytes: Lambda takes 6291456", 2*len(half)+15)},
		"expression": {run("n", `{"functionExpression":"'s3cret'","functions":["charge:live","ship"]}`, 1), "expression: the value of params.functionExpression is not one of params.functions: charge:live, ship"},
		"qualifier":  {run("n", `{"functionExpression":"'charge:live'","functions":["charge"]}`, 1), "expression: the value of params.functionExpression is not one of params.functions: charge"},
		"number":     {run("n", `{"functionExpression":"1","functions":["charge"]}`, 1), "expression: the value of params.functionExpression is a number: it must be a string"},
	} {
		if got := failure(test.run); !strings.HasPrefix(got, test.want) || test.run.Error.Attempt != 1 {
			t.Errorf("%s: %.300s, want %s at the first attempt", name, got, test.want)
		}
	}
	if run("n", `{"function":"charge"}`, strings.Repeat("x", lambdanode.MaxPayload/2-8)); len(a.All()) != 1 {
		t.Errorf("%d invocations, want that of the largest payload", len(a.All()))
	}
}

func TestWithoutClient(t *testing.T) {
	t.Parallel()
	b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "n", Uses: lambdanode.Name, Params: json.RawMessage(`{"function":"charge"}`)}}}
	run := flowtest.Run(t, b, flow.Registry{lambdanode.Name: lambdanode.New(nil)}, nil)
	if want := "lambda_error: there is no client of Lambda here: give one to lambdanode.New or lambdanode.Bind"; failure(run) != want {
		t.Errorf("%s, want %s", failure(run), want)
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]string{
		`{"function":"charge"}`: "",
		`{"functionExpression":"input.name","functions":["charge","charge:live"]}`: "",
		`{"functionExpression":"input.name"}`:                                      "INVALID_FIELD params.functions",
		`{"functionExpression":"input.name","functions":[]}`:                       "INVALID_FIELD params.functions",
		`{"functionExpression":"input.name","functions":"charge"}`:                 "INVALID_FIELD params.functions",
		`{"functionExpression":"input.name","functions":["a","*"]}`:                "INVALID_FIELD params.functions[1]",
		`{"functionExpression":"input.name","functions":[7,"a"]}`:                  "INVALID_FIELD params.functions[0]",
		`{"function":"charge","functions":["charge"]}`:                             "INVALID_FIELD params.functions",
		`{}`:                      "INVALID_FIELD params.function",
		`{"function":""}`:         "INVALID_FIELD params.function",
		`{"function":"'charge'"}`: "INVALID_FIELD params.function",
		`{"function":7}`:          "INVALID_FIELD params.function",
		`{"function":"charge","functionExpression":"input.name","functions":["a"]}`: "INVALID_FIELD params.functionExpression",
		`{"functionExpression":"","functions":["a"]}`:                               "INVALID_FIELD params.functionExpression",
		`{"functionExpression":"(","functions":["a"]}`:                              "INVALID_EXPRESSION params.functionExpression",
		`{"function":"charge","payload":"input"}`:                                   "UNKNOWN_FIELD params.payload",
		`{"function":"arn:aws:sqs:eu-central-1:123456789012:jobs"}`:                 "INVALID_FIELD params.function",
	} {
		_, err := flow.CheckBlueprint(fmt.Appendf(nil, `{"id":"b","nodes":[{"id":"n","uses":"lambda","params":%s}]}`, params), flow.Registry{lambdanode.Name: lambdanode.New(nil)})
		got := ""
		if invalid, ok := errors.AsType[*flow.InvalidError](err); ok && len(invalid.Issues) == 1 {
			got = invalid.Issues[0].Code + " " + strings.TrimPrefix(invalid.Issues[0].Path, "nodes[0].")
		} else if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", params, got, want)
		}
	}
}
