package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// noAWS sets an environment without any configuration of AWS.
func noAWS(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "FLOW_HTTP_ALLOW_PRIVATE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
}

func TestRun_http(t *testing.T) {
	noAWS(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"path":"`+r.URL.Path+`"}`) // the report says if it was read
	}))
	t.Cleanup(server.Close)
	file := blueprintFile(t, fmt.Sprintf(`{"id":"b","nodes":[{"id":"get","uses":"http","params":{"url":"'%s/' + input"}},
		{"id":"path","uses":"eval","params":{"expression":"input.body.path"}}],"edges":[{"source":"get","target":"path"}]}`, server.URL))
	args := append(slices.Clip(file), "--input", `"items"`)

	refused := flowctlRun(t.Context(), args...)
	if report := refused.report(t); refused.code != exitFailed || report.Error.Code != "http_refused" {
		t.Errorf("exit %d, error %+v, want http_refused", refused.code, report.Error)
	}
	allowed := flowctlRun(t.Context(), append(slices.Clip(args), "--http-allow-private", "10.0.0.0/8,127.0.0.1")...)
	if report := allowed.report(t); allowed.code != 0 || string(report.Result) != `"/items"` {
		t.Errorf("exit %d, result %s, error %+v", allowed.code, report.Result, report.Error)
	}
	t.Setenv("FLOW_HTTP_ALLOW_PRIVATE", "127.0.0.0/8")
	if p := flowctlRun(t.Context(), args...); p.code != 0 {
		t.Errorf("exit %d with the network in the environment: %s", p.code, p.stderr)
	}
	if p := flowctlRun(t.Context(), append(slices.Clip(args), "--http-allow-private", "yes")...); p.code != exitUsage || !strings.Contains(p.stderr, "must be networks or addresses") {
		t.Errorf("exit %d, %s", p.code, p.stderr)
	}
}

func TestRun_lambda(t *testing.T) {
	noAWS(t)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/2015-03-31/functions/double/invocations" || !strings.Contains(r.Header.Get("Authorization"), "/eu-north-1/lambda/") {
			t.Errorf("request of %s, %s", r.URL.Path, r.Header.Get("Authorization"))
		}
		_, _ = io.WriteString(w, "14") // the report says if it was read
	}))
	t.Cleanup(api.Close)
	file := blueprintFile(t, `{"id":"b","nodes":[{"id":"n","uses":"lambda","params":{"function":"double"}}]}`)

	if p := flowctlRun(t.Context(), file...); p.code != exitUsage || !strings.Contains(p.stderr, "blueprint b invokes Lambda functions: no AWS region: set AWS_REGION or --region") {
		t.Errorf("exit %d, %s", p.code, p.stderr)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "SECRET")
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", api.URL)
	p := flowctlRun(t.Context(), append(slices.Clip(file), "--region", "eu-north-1", "--input", "7")...)
	if report := p.report(t); report.Status != flow.Completed || string(report.Result) != "14" {
		t.Errorf("exit %d, %s, result %s, error %+v", p.code, report.Status, report.Result, report.Error)
	}
}

// The command line validates the nodes' params.
func TestRun_params_of_nodes(t *testing.T) {
	t.Parallel()
	p := flowctlRun(t.Context(), blueprintFile(t, `{"id":"b","nodes":[
		{"id":"h","uses":"http","params":{"url":"input","timeout":5}},{"id":"l","uses":"lambda","params":{"name":"double"}},{"id":"x","uses":"htpp"}]}`)...)
	want := []string{"UNKNOWN_FIELD nodes[0].params.timeout", "UNKNOWN_FIELD nodes[1].params.name", "INVALID_FIELD nodes[1].params.function", "MISSING_NODE_IMPLEMENTATION nodes[2].uses"}
	if diff := cmp.Diff(want, p.issues(t, "")); diff != "" || p.code != exitUsage {
		t.Errorf("exit %d, issues (-want +got):\n%s", p.code, diff)
	}
}
