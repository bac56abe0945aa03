package lambdaflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/servers/stacktest"
	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
)

func TestReconcilerRefuses(t *testing.T) {
	t.Parallel()
	complete := map[string]string{
		"AWS_REGION": "us-east-1", "FLOW_QUEUE_URL": "http://queue", "FLOW_CONTEXT_TABLE": "context",
		"FLOW_STATUS_TABLE": "status", "FLOW_COORDINATION_TABLE": "coordination",
	}
	for name, test := range map[string]struct {
		vars map[string]string // beside the complete ones
		want []string          // the beginnings of the faults
	}{
		"all_missing_and_malformed_settings": {
			map[string]string{"FLOW_STATUS_TABLE": "", "AWS_REGION": "", "FLOW_RESCUE_LIMIT": "0"},
			[]string{"FLOW_STATUS_TABLE is not set", `FLOW_RESCUE_LIMIT is "0": must be a whole number`, "AWS_REGION is not set"},
		},
		"a_threshold_that_a_live_worker_could_pass": {
			map[string]string{"FLOW_STALLED_AFTER": "1m", "FLOW_RETENTION": "1m"},
			[]string{`FLOW_RETENTION is "1m": must be at least 10d`, "FLOW_STALLED_AFTER, FLOW_TIMEOUT: stalled after 1m0s: at least 4/3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vars := maps.Clone(complete)
			maps.Copy(vars, test.vars)
			wantRefusal(t, function(t.Context(), t, asReconciler, vars), test.want)
		})
	}
}

// TestReconciler runs the reconciler as a process between Lambda's runtime API and
// the local servers: each scheduled event sends one of two lost messages again, and
// the last, which finds no more, stays within the cost of an idle tick.
func TestReconciler(t *testing.T) {
	t.Parallel()
	stack := stacktest.New(t)
	strand(t, stack.Store, "lost-1", time.Now().Add(-time.Hour))
	strand(t, stack.Store, "lost-2", time.Now().Add(-time.Hour))
	strand(t, stack.Store, "healthy-1", time.Now())

	api, wire := newRuntimeAPI(t), &wire{}
	var logs bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	vars := environment(stack, api)
	maps.Copy(vars, map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": wire.proxy(t, stack.Config.DynamoDBEndpoint), "AWS_ENDPOINT_URL_SQS": wire.proxy(t, stack.Config.SQSEndpoint),
		"FLOW_MAX_RECEIVES": "2", "FLOW_RESCUE_LIMIT": "1",
		"AWS_LAMBDA_FUNCTION_NAME": "runs", // which the metrics are of, without FLOW_NAME
	})
	cmd := function(ctx, t, asReconciler, vars)
	cmd.Stdout, cmd.Stderr = &logs, &logs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); cmd.Wait() })

	event, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`{"scannedItems":1,"stalledRuns":1,"reconciledRuns":1,"failedRuns":0,"jobs":1,"timers":0,"failedTimers":0,"oldestRun":0}`,
		`{"scannedItems":1,"stalledRuns":1,"reconciledRuns":1,"failedRuns":0,"jobs":1,"timers":0,"failedTimers":0,"oldestRun":0}`,
		`{"scannedItems":0,"stalledRuns":0,"reconciledRuns":0,"failedRuns":0,"jobs":0,"timers":0,"failedTimers":0,"oldestRun":0}`,
	} {
		wire.take()
		if got := oldestRun.ReplaceAllString(api.invoke(t, event), `"oldestRun":0`); got != want {
			t.Errorf("response %d is %s, want %s", i+1, got, want)
		}
	}
	idle := map[string]int{"DynamoDB_20120810.Query": 16 + 16 + 8, "AmazonSQS.GetQueueAttributes": 1}
	if diff := cmp.Diff(idle, wire.take()); diff != "" {
		t.Errorf("requests of an idle tick (-want +got):\n%s", diff)
	}
	out, err := stack.SQS.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &stack.Names.QueueURL, MaxNumberOfMessages: 10})
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, m := range out.Messages {
		bodies = append(bodies, *m.Body)
	}
	slices.Sort(bodies)
	lost := []string{`{"runId":"lost-1","blueprintId":"one","nodeId":"a","hops":1}`, `{"runId":"lost-2","blueprintId":"one","nodeId":"a","hops":1}`}
	if diff := cmp.Diff(lost, bodies); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	stop()
	cmd.Wait()
	var said []string
	for line := range strings.Lines(logs.String()) {
		var fields struct {
			Msg       string
			RunID     string `json:"run_id"`
			RequestID string `json:"request_id"`
		}
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		run, _, _ := strings.Cut(fields.RunID, "-")
		said = append(said, fields.Msg+" "+run+" "+fields.RequestID)
	}
	want := []string{
		"settings  ", "run rescued lost request-1", "tick  request-1", "metrics  request-1",
		"run rescued lost request-2", "tick  request-2", "metrics  request-2", "tick  request-3", "metrics  request-3",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	got := emitted(t, logs.String())
	if got["OldestRun"] < 2*3600 {
		t.Errorf("metrics: %v, want the age of the lost runs, an hour, in two ticks", got)
	}
	if _, fired := got["TimersFired"]; got["RunsStalled"] != 2 || got["RunsRescued"] != 2 || got["Flow runs"] != 3 || fired {
		t.Errorf("metrics: %v, want 2 stalled and rescued runs of the function, in 3 ticks", got)
	}
}

// oldestRun is the age in a tick's answer, which differs from test to test.
var oldestRun = regexp.MustCompile(`"oldestRun":\d+`)

// wire counts requests to servers, by operation.
type wire struct {
	mu       sync.Mutex
	requests map[string]int
}

// proxy returns an endpoint for a server behind the wire.
func (w *wire) proxy(t *testing.T, endpoint string) string {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.requests[r.In.Header.Get("X-Amz-Target")]++
		r.SetURL(target)
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// take returns the counts since the last call.
func (w *wire) take() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	counts := w.requests
	w.requests = map[string]int{}
	return counts
}

// strand stores a run that was touched at a time, and whose messages are lost.
func strand(t *testing.T, store state.Store, id string, touched time.Time) {
	t.Helper()
	b := &flow.Blueprint{ID: "one", Nodes: []flow.Node{{ID: "a", Uses: "code"}}}
	run := state.Run{ID: id, StartedAt: touched, LastUpdated: touched, Active: true}
	if err := suites.Begin(t.Context(), store, b, run); err != nil {
		t.Fatal(err)
	}
}

// ticker is a [lambdaflow.Ticker] of one function.
type ticker func() (engine.Stats, error)

func (f ticker) Tick(context.Context) (engine.Stats, error) { return f() }

func TestReconcilerHandler(t *testing.T) {
	t.Parallel()
	throttled := errors.New("throttled")
	handle := func(f ticker, event string) (engine.Stats, error) {
		return lambdaflow.NewReconcilerHandler(f, nil).Handle(t.Context(), json.RawMessage(event))
	}
	t.Run("answers_with_the_statistics_for_any_event", func(t *testing.T) {
		t.Parallel()
		for _, event := range []string{`{}`, `null`, `"now"`, `{"detail":"{}"}`} {
			stats, err := handle(func() (engine.Stats, error) { return engine.Stats{Jobs: 3, FailedRuns: 1}, nil }, event)
			if err != nil || stats != (engine.Stats{Jobs: 3, FailedRuns: 1}) {
				t.Errorf("Handle(%s) = %+v, %v", event, stats, err)
			}
		}
	})
	t.Run("fails_with_the_ticks_error", func(t *testing.T) {
		t.Parallel()
		if _, err := handle(func() (engine.Stats, error) { return engine.Stats{}, throttled }, `{}`); !errors.Is(err, throttled) {
			t.Errorf("Handle = %v, want the tick's error", err)
		}
	})
	t.Run("a_panic_is_an_error", func(t *testing.T) {
		t.Parallel()
		if _, err := handle(func() (engine.Stats, error) { panic("broken") }, `{}`); err == nil || !strings.Contains(err.Error(), "panic: broken") {
			t.Errorf("Handle = %v, want the panic", err)
		}
	})
	t.Run("counts_the_results_of_a_failed_tick", func(t *testing.T) {
		t.Parallel()
		var log bytes.Buffer
		counted := metrics.New(&log, "orders", metrics.Config{})
		h := lambdaflow.NewReconcilerHandler(ticker(func() (engine.Stats, error) { return engine.Stats{StalledRuns: 2, FailedRuns: 1}, throttled }), counted)
		if _, err := h.Handle(t.Context(), nil); !errors.Is(err, throttled) {
			t.Errorf("Handle = %v, want the tick's error", err)
		}
		if got := emitted(t, log.String()); got["RunsStalled"] != 2 || got["RescuesFailed"] != 1 {
			t.Errorf("metrics: %v", got)
		}
	})
}
