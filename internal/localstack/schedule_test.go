package localstack_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
)

// moment is a tick that is short enough for a test.
const moment = 20 * time.Millisecond

func TestReconcilerTicks(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{Reconciler: binary, Tick: moment, Env: []string{"FLOW_STALLED_AFTER=1m39s", "FLOW_TEST_PRINT=1"}})
	ticks := s.out.await(2, map[string]any{"scheduled": nil})
	event := ticks[0]["scheduled"].(map[string]any)
	if at, err := time.Parse(time.RFC3339, event["time"].(string)); err != nil || event["id"] == "" || event["id"] == ticks[1]["scheduled"].(map[string]any)["id"] {
		t.Errorf("time %v (%v), id %v: want a time, and ids of their own", at, err, event["id"])
	}
	delete(event, "time")
	delete(event, "id")
	want := map[string]any{
		"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "account": "000000000000", "region": s.Info.Region,
		"resources": []any{"arn:aws:events:us-east-1:000000000000:rule/flow-reconciler"}, "detail": map[string]any{},
	}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Errorf("event (-want +got)\n%s", diff)
	}
	started := s.out.await(1, map[string]any{"sandbox": "start", "function": "reconciler"})
	if pid(started[0], "pid") != pid(ticks[0], "pid") || pid(ticks[1], "pid") != pid(ticks[0], "pid") {
		t.Errorf("ticks in processes %v and %v, want the one that was started: %v", ticks[0]["pid"], ticks[1]["pid"], started[0]["pid"])
	}
	for _, line := range s.out.await(2, map[string]any{"env": nil}) {
		if got := line["env"].(map[string]any)["FLOW_STALLED_AFTER"]; got != "1m39s" {
			t.Errorf("FLOW_STALLED_AFTER = %v, want the configuration's", got)
		}
	}
	s.Stop()
	gone(t, pid(started[0], "pid"))
}

func TestReconcilerTicksAgain(t *testing.T) {
	t.Parallel()
	for mode, kind := range map[string]string{"error": "refused", "crash": "exit status 3", "hang": "timed out"} {
		t.Run("after_"+mode, func(t *testing.T) {
			t.Parallel()
			s := start(t, localstack.Config{Reconciler: binary, Tick: moment, Timeout: time.Second, Env: []string{"FLOW_TEST_TICK=" + mode}})
			s.out.await(2, map[string]any{"scheduled": nil})
			failed := s.out.await(1, map[string]any{"msg": "scheduled invocation failed", "rule": "flow-reconciler", "level": "ERROR"})
			if got := failed[0]["error"].(string); !strings.Contains(got, kind) || !strings.Contains(got, "reconciler") {
				t.Errorf("error = %q, want %q, and the function", got, kind)
			}
		})
	}
}

func TestReconcilerIsStopped(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{Reconciler: binary, Tick: moment, Env: []string{"FLOW_TEST_TICK=hang"}})
	at := s.out.await(1, map[string]any{"scheduled": nil})
	s.Stop()
	gone(t, pid(at[0], "pid"))
}

func TestReconcilerMustStart(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "bootstrap")
	out := newOutput(t)
	s, err := localstack.Start(t.Context(), localstack.Config{Worker: binary, Reconciler: missing, Output: out})
	if err == nil || !strings.Contains(err.Error(), "function reconciler") {
		t.Fatalf("start = %v, %v, want an error that names the function", s, err)
	}
	for _, line := range out.matching(map[string]any{"sandbox": "start"}) {
		gone(t, pid(line, "pid"))
	}
}

func TestNoReconciler(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{Tick: moment})
	s.send("ok")
	s.out.await(1, map[string]any{"handled": "ok"})
	var functions []string
	for _, line := range s.out.matching(map[string]any{"sandbox": "start"}) {
		functions = append(functions, line["function"].(string))
	}
	if got := slices.Compact(functions); s.Reconciler != nil || !slices.Equal(got, []string{"worker"}) {
		t.Errorf("functions started: %q, want the worker alone", got)
	}
}

func TestTimingsFitTheTimeout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config localstack.Config
		want   string
	}{
		"by_default":          {localstack.Config{}, "5m0s"},
		"with_a_long_timeout": {localstack.Config{Timeout: 4 * time.Minute}, "8m0s"},
		"of_the_environment":  {localstack.Config{Env: []string{"FLOW_STALLED_AFTER=7m"}}, "7m"},
		"of_the_last_in_it":   {localstack.Config{Env: []string{"FLOW_STALLED_AFTER=7m", "FLOW_STALLED_AFTER=1m"}}, "1m"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.config.Env = append(slices.Clone(c.config.Env), "FLOW_TEST_PRINT=1")
			s := start(t, c.config)
			env := s.out.await(1, map[string]any{"env": nil})[0]["env"].(map[string]any)
			if got := env["FLOW_STALLED_AFTER"]; got != c.want {
				t.Errorf("FLOW_STALLED_AFTER = %v, want %s", got, c.want)
			}
		})
	}
}
