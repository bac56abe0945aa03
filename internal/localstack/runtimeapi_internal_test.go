package localstack

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRuntimeAPI(t *testing.T) {
	t.Parallel()
	api, err := serveRuntimeAPI("arn:aws:lambda:us-east-1:000000000000:function:f", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.close)
	base := "http://" + api.address + "/2018-06-01/runtime/"

	post := func(path, body string) int {
		t.Helper()
		answer, err := http.Post(base+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	next := func(payload string) *invocation {
		t.Helper()
		inv := newInvocation([]byte(payload))
		go func() { api.pending <- inv }()
		answer, err := http.Get(base + "invocation/next")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if got, err := io.ReadAll(answer.Body); err != nil || string(got) != payload {
			t.Errorf("payload = %s, %v, want %s", got, err, payload)
		}
		for _, name := range []string{"Deadline-Ms", "Trace-Id", "Invoked-Function-Arn"} {
			if answer.Header.Get("Lambda-Runtime-"+name) == "" {
				t.Errorf("no header Lambda-Runtime-%s", name)
			}
		}
		if got := answer.Header.Get("Lambda-Runtime-Aws-Request-Id"); got != inv.id {
			t.Errorf("request id = %s, want %s", got, inv.id)
		}
		return inv
	}
	expect := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: status %d, want %d", what, got, want)
		}
	}

	expect("a response before any invocation", post("invocation/none/response", "{}"), http.StatusBadRequest)
	inv := next(`{"n":1}`)
	expect("a response to another", post("invocation/other/response", "{}"), http.StatusBadRequest)
	expect("the response", post("invocation/"+inv.id+"/response", `"yes"`), http.StatusAccepted)
	expect("a second response", post("invocation/"+inv.id+"/response", `"no"`), http.StatusBadRequest)
	expect("an error after the response", post("invocation/"+inv.id+"/error", "{}"), http.StatusBadRequest)
	if out := <-inv.outcome; string(out.response) != `"yes"` || out.err != nil {
		t.Errorf("outcome = %s, %v, want the first response", out.response, out.err)
	}

	inv = next(`{"n":2}`)
	expect("a huge response", post("invocation/"+inv.id+"/response", strings.Repeat("x", maxResponse+1)), http.StatusRequestEntityTooLarge)
	out := <-inv.outcome
	if failure, ok := errors.AsType[*FunctionError](out.err); !ok || failure.Type != "Function.ResponseSizeTooLarge" {
		t.Errorf("outcome = %v, want that the response is too large", out.err)
	}

	expect("an init error", post("init/error", `{"errorType":"Settings","errorMessage":"none"}`), http.StatusAccepted)
	if reported := <-api.initError; reported.Type != "Settings" || reported.Message != "none" {
		t.Errorf("init error = %+v, want the reported error", reported)
	}
}
