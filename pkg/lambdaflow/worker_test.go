package lambdaflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/servers/stacktest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

// The variables that make this binary a function.
const (
	asWorker     = "LAMBDAFLOW_TEST_AS_WORKER"
	asReconciler = "LAMBDAFLOW_TEST_AS_RECONCILER"
)

// TestMain runs this binary as a function if the environment says so.
func TestMain(m *testing.M) {
	if os.Getenv(asReconciler) != "" {
		lambdaflow.Reconciler()
	}
	if os.Getenv(asWorker) != "" {
		lambdaflow.Worker(flow.Registry{"double": flow.Func(func(_ context.Context, n int) (int, error) { return 2 * n, nil })})
	}
	os.Exit(m.Run())
}

// worker returns the command of this binary as a worker function, with only vars in
// its environment.
func worker(ctx context.Context, t *testing.T, vars map[string]string) *exec.Cmd {
	t.Helper()
	return function(ctx, t, asWorker, vars)
}

func function(ctx context.Context, t *testing.T, as string, vars map[string]string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = []string{as + "=1"}
	for name, value := range vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

func TestWorkerRefuses(t *testing.T) {
	t.Parallel()
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	mixed := t.TempDir()
	for name, text := range map[string]string{"broken.json": "{", "code.json": `{"id":"a","nodes":[{"id":"x","uses":"nobody's"}]}`,
		"both.json": `{"id":"both","id":"b2","nodes":[{"id":"x","uses":"pass","config":{"timeout":0}},{"id":"y","uses":"nobody's"}]}`} {
		if err := os.WriteFile(filepath.Join(mixed, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	complete := map[string]string{
		"AWS_REGION": "us-east-1", "FLOW_QUEUE_URL": "http://queue", "FLOW_CONTEXT_TABLE": "context",
		"FLOW_STATUS_TABLE": "status", "FLOW_COORDINATION_TABLE": "coordination", "LAMBDA_TASK_ROOT": testdata,
	}
	for name, test := range map[string]struct {
		vars map[string]string // beside the complete ones
		want []string          // the beginnings of the faults
	}{
		"all_missing_and_malformed_settings_and_blueprints": {
			map[string]string{"FLOW_QUEUE_URL": "", "AWS_REGION": "", "FLOW_TIMEOUT": "1x", "FLOW_BLUEPRINTS": "invalid"},
			[]string{
				"FLOW_QUEUE_URL is not set", `FLOW_TIMEOUT is "1x": must be a duration`, "AWS_REGION is not set",
				"missing.json: invalid blueprint missing: nodes[0].uses (\"a\"): MISSING_NODE_IMPLEMENTATION", "missing.json: invalid blueprint missing: nodes[1].uses (\"b\"): MISSING_NODE_IMPLEMENTATION",
			},
		},
		"timings_and_missing_code": {
			map[string]string{"FLOW_STALLED_AFTER": "1m", "FLOW_BLUEPRINTS": filepath.Join(testdata, "invalid")},
			[]string{
				"FLOW_STALLED_AFTER, FLOW_TIMEOUT: stalled after 1m0s: at least", "missing.json: invalid blueprint missing: nodes[0].uses", "missing.json: invalid blueprint missing: nodes[1].uses",
			},
		},
		"one_round_for_settings_files_and_blueprints": {
			map[string]string{"FLOW_QUEUE_URL": "", "FLOW_STALLED_AFTER": "1m", "FLOW_BLUEPRINTS": mixed},
			[]string{
				"FLOW_QUEUE_URL is not set",
				"folder " + mixed + ": load blueprint from both.json: invalid blueprint b2: id: DUPLICATE_KEY",
				"folder " + mixed + `: load blueprint from both.json: invalid blueprint b2: nodes[0].config.timeout ("x"): INVALID_FIELD`,
				"folder " + mixed + `: load blueprint from both.json: invalid blueprint b2: nodes[1].uses ("y"): MISSING_NODE_IMPLEMENTATION`,
				"folder " + mixed + ": load blueprint from broken.json: invalid blueprint: INVALID_JSON",
				"FLOW_STALLED_AFTER, FLOW_TIMEOUT: stalled after 1m0s: at least", "code.json: invalid blueprint a: nodes[0].uses (\"x\"): MISSING_NODE",
			},
		},
		"networks_of_the_machine_in_a_deployment": {
			map[string]string{"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1", "FLOW_HTTP_ALLOW_PRIVATE": "10.0.0.0/8,127.0.0.1,::1", "FLOW_BLUEPRINTS": "nowhere"},
			[]string{
				"FLOW_HTTP_ALLOW_PRIVATE: 127.0.0.1/32 has addresses of 127.0.0.0/8 in it", "FLOW_HTTP_ALLOW_PRIVATE: ::1/128 has addresses of ::1/128 in it",
				"folder " + filepath.Join(testdata, "nowhere") + " cannot be read",
			},
		},
		"functions_of_node_types": {
			map[string]string{"FLOW_LAMBDA_NODES": "z=charge*,double=charge,a=:live,classifyTicket=x"},
			[]string{
				`FLOW_LAMBDA_NODES names the function of node type "double", for which the worker's registry has code: remove one of them`,
				`node type "a": the function ":live" must be the name or the ARN of a Lambda function`, `node type "z": the function "charge*" must`,
			},
		},
		"a_folder_that_is_not_there": {
			map[string]string{"FLOW_BLUEPRINTS": "nowhere"},
			[]string{"folder " + filepath.Join(testdata, "nowhere") + " cannot be read: package the blueprints with the function, or set FLOW_BLUEPRINTS"},
		},
		"a_folder_without_blueprints": {
			map[string]string{"FLOW_BLUEPRINTS": t.TempDir()},
			[]string{"folder "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vars := maps.Clone(complete)
			maps.Copy(vars, test.vars)
			wantRefusal(t, worker(t.Context(), t, vars), test.want)
		})
	}
}

// The faults are the error of the function's start too, which Lambda shows to the caller.
func TestFaultsAreTheErrorOfTheStart(t *testing.T) {
	t.Parallel()
	for name, process := range map[string]string{"worker": asWorker, "reconciler": asReconciler} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reported := make(chan string, 1)
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				reported <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Lambda-Runtime-Function-Error-Type") + " " + string(body)
				w.WriteHeader(http.StatusAccepted)
			}))
			t.Cleanup(api.Close)
			cmd := function(t.Context(), t, process, map[string]string{"AWS_LAMBDA_RUNTIME_API": api.Listener.Addr().String(), "FLOW_TIMEOUT": "1x"})
			if err := cmd.Run(); err == nil {
				t.Error("the function has started")
			}
			select {
			case got := <-reported:
				head, body, _ := strings.Cut(got, " {")
				var failure struct{ ErrorType, ErrorMessage string }
				if err := json.Unmarshal([]byte("{"+body), &failure); err != nil {
					t.Fatal(err)
				}
				if head != "POST /2018-06-01/runtime/init/error StartRefused" || failure.ErrorType != "StartRefused" {
					t.Errorf("reported %s", got)
				}
				for _, want := range []string{"FLOW_QUEUE_URL is not set\n", `FLOW_TIMEOUT is "1x"`, "AWS_REGION is not set"} {
					if !strings.Contains(failure.ErrorMessage, want) {
						t.Errorf("the message has no %q: %s", want, failure.ErrorMessage)
					}
				}
			default:
				t.Error("the function has reported nothing")
			}
		})
	}
}

// wantRefusal runs a function, which must refuse to start with faults that begin with
// these texts.
func wantRefusal(t *testing.T, cmd *exec.Cmd, want []string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
		t.Errorf("the function ended with %v, want exit status 1", err)
	}
	var line struct {
		Level, Msg string
		Faults     []string
	}
	if err := json.Unmarshal(stderr.Bytes(), &line); err != nil || strings.Count(stderr.String(), "\n") != 1 {
		t.Fatalf("standard error is not one line of JSON (%v):\n%s", err, stderr.String())
	}
	if line.Level != "ERROR" || line.Msg != "start refused" || stdout.Len() > 0 {
		t.Errorf("standard error: %s\nstandard output: %s", stderr.String(), stdout.String())
	}
	if len(line.Faults) != len(want) {
		t.Fatalf("got %d faults, want %d:\n%s", len(line.Faults), len(want), strings.Join(line.Faults, "\n"))
	}
	for i, want := range want {
		if !strings.HasPrefix(line.Faults[i], want) {
			t.Errorf("fault %d is %q, want %q…", i, line.Faults[i], want)
		}
	}
}

// TestWorker runs the worker as a process between Lambda's runtime API and the
// local servers, from the start message to the end of the run.
func TestWorker(t *testing.T) {
	t.Parallel()
	stack := stacktest.New(t)

	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		answer := `{"path":%q,"payload":[%s]}`
		if strings.Contains(r.URL.Path, "classify:live") {
			answer = `{"output":` + answer + `}`
		}
		fmt.Fprintf(w, answer, r.URL.Path, payload)
	}))
	t.Cleanup(outside.Close)

	api := newRuntimeAPI(t)
	var logs bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	vars := environment(stack, api)
	maps.Copy(vars, map[string]string{
		"LAMBDA_TASK_ROOT": "testdata", "FLOW_VISIBILITY": "30s", "FLOW_NAME": "orders", "FLOW_METRICS_BLUEPRINTS": "on",
		"AWS_ENDPOINT_URL_LAMBDA": outside.URL, "FLOW_HTTP_ALLOW_PRIVATE": "127.0.0.1", "FLOW_LAMBDA_NODES": "classifyTicket=classify:live",
	})
	cmd := worker(ctx, t, vars)
	cmd.Stdout, cmd.Stderr = &logs, &logs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() {
		if !ended {
			ended = true
			stop()
			cmd.Wait()
		}
	}
	t.Cleanup(func() {
		end()
		if t.Failed() {
			t.Logf("the worker's log:\n%s", &logs)
		}
	})

	run := func(blueprint string, input any) *flow.Report {
		t.Helper()
		id, err := stack.Client().Start(t.Context(), blueprint, input)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			handleBatch(t, api, stack)
			if run, err := stack.Store.Run(t.Context(), id); err == nil && run.Status.Terminal() {
				break
			}
		}
		report, err := stack.Client().Report(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	report := run("double", 3)
	var result map[string]int
	if err := json.Unmarshal(report.Result, &result); err != nil || report.Status != flow.Completed {
		t.Fatalf("the run is %s with result %s: %v", report.Status, report.Result, err)
	}
	if diff := cmp.Diff(map[string]int{"left": 12, "right": 12}, result); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	// The requests of the worker's own nodes go to the endpoints of its environment.
	report = run("outside", outside.URL)
	if want := `{"path":"/2015-03-31/functions/charge/invocations","payload":[{"path":"/items","payload":[]}]}`; string(report.Result) != want {
		t.Errorf("the run is %s with result %s, want %s: %+v", report.Status, report.Result, want, report.Error)
	}
	report = run("tickets", 7)
	want := fmt.Sprintf(`{"path":"/2015-03-31/functions/classify:live/invocations","payload":[{"input":7,"params":{},"runId":%q,"nodeId":"n","scope":"","attempt":1,"idempotencyKey":%q}]}`, report.RunID, report.RunID+"/n")
	if string(report.Result) != want {
		t.Errorf("the run is %s with result %s, want %s: %+v", report.Status, report.Result, want, report.Error)
	}
	end()
	for _, want := range []string{`"msg":"settings"`, `"msg":"run started"`, `"msg":"run completed"`, `"request_id":"request-1"`} {
		if !strings.Contains(logs.String(), want) {
			t.Errorf("the log has no %s", want)
		}
	}
	counted := emitted(t, logs.String())
	for metric, want := range map[string]int{"RunsStarted": 3, "RunsCompleted": 3, "NodeDuration": 8} {
		if counted[metric] != want {
			t.Errorf("%s: %d, want %d", metric, counted[metric], want)
		}
	}
	for _, want := range []string{"Flow orders", "Blueprint double", "request_id request-1"} {
		if counted[want] == 0 {
			t.Errorf("no line of metrics has the %s", want)
		}
	}
}

// emitted adds up the metrics in a log (for durations it counts them), and counts the
// lines with each text value, as "MEMBER VALUE".
func emitted(t *testing.T, log string) map[string]int {
	t.Helper()
	total := map[string]int{}
	for line := range strings.Lines(log) {
		var members map[string]any
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if members["_aws"] == nil {
			continue
		}
		for name, value := range members {
			switch v := value.(type) {
			case float64:
				total[name] += int(v)
			case []any:
				total[name] += len(v)
			case string:
				total[name+" "+v]++
			}
		}
	}
	return total
}
