package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/servers/stacktest"
	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// deployment has tables and a queue, without functions.
type deployment struct {
	*testing.T
	*stacktest.Stack
}

func newDeployment(t *testing.T) *deployment {
	t.Helper()
	return &deployment{t, stacktest.New(t)}
}

// strand stores a run whose messages are lost, and that has not been touched for age.
func (d *deployment) strand(id string, age time.Duration, known bool) {
	d.Helper()
	d.begin(state.Run{ID: id, StartedAt: time.Now().Add(-age)}, known)
}

// begin stores a run of one node, active and untouched since its start. With an
// unknown blueprint the run cannot be examined.
func (d *deployment) begin(run state.Run, known bool) {
	d.Helper()
	b := &flow.Blueprint{ID: "one", Nodes: []flow.Node{{ID: "a", Uses: "pass"}}}
	run.LastUpdated, run.Active = run.StartedAt, true
	if !known {
		run.BlueprintHash = "unknown"
	}
	if err := suites.Begin(d.Context(), d.Store, b, run); err != nil {
		d.Fatal(err)
	}
}

// reconcile runs the command with changes to its environment.
func (d *deployment) reconcile(env map[string]string, args ...string) (stdout, stderr string, code int) {
	d.Helper()
	return d.flowctl(env, append([]string{"reconcile"}, args...)...)
}

// oldestRun is the age in the output of a tick, which differs from test to test.
var oldestRun = regexp.MustCompile(`"oldestRun":\d+`)

// flowctl runs a command with changes to its environment; a variable with an empty
// value is not set.
func (d *deployment) flowctl(env map[string]string, args ...string) (stdout, stderr string, code int) {
	d.Helper()
	cmd := exec.Command(flowctl, args...)
	all := d.Environment()
	maps.Copy(all, env)
	for name, value := range all {
		if value == "" {
			continue
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "HOME="+d.TempDir(), "PATH="+os.Getenv("PATH"))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code tells
	return oldestRun.ReplaceAllString(strings.TrimSpace(out.String()), `"oldestRun":0`), errs.String(), cmd.ProcessState.ExitCode()
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	const nothing = `{"scannedItems":0,"stalledRuns":0,"reconciledRuns":0,"failedRuns":0,"jobs":0,"timers":0,"failedTimers":0,"oldestRun":0}`
	t.Run("prints_its_results", func(t *testing.T) {
		t.Parallel()
		d := newDeployment(t)
		d.strand("lost", 20*time.Minute, true)
		stdout, stderr, code := d.reconcile(map[string]string{"FLOW_STALLED_AFTER": "30m"})
		if stdout != nothing || code != 0 {
			t.Errorf("with a longer threshold: %s, exit code %d: %s", stdout, code, stderr)
		}
		stdout, stderr, code = d.reconcile(nil)
		want := `{"scannedItems":1,"stalledRuns":1,"reconciledRuns":1,"failedRuns":0,"jobs":1,"timers":0,"failedTimers":0,"oldestRun":0}`
		if stdout != want || code != 0 || !strings.Contains(stderr, `"msg":"run rescued"`) {
			t.Errorf("stdout %s, want %s; exit code %d, stderr %s", stdout, want, code, stderr)
		}
		got, err := d.SQS.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &d.Names.QueueURL})
		if err != nil || len(got.Messages) != 1 {
			t.Errorf("messages %v, %v, want the lost job", got, err)
		}
		if stdout, stderr, code = d.reconcile(nil); stdout != nothing || code != 0 {
			t.Errorf("again: %s, exit code %d: %s", stdout, code, stderr)
		}
	})
	t.Run("fails_if_a_run_cannot_be_examined", func(t *testing.T) {
		t.Parallel()
		d := newDeployment(t)
		d.strand("broken", time.Hour, false)
		stdout, stderr, code := d.reconcile(nil)
		if !strings.Contains(stdout, `"failedRuns":1`) || code != exitFailed || !strings.Contains(stderr, `"run_id":"broken"`) {
			t.Errorf("stdout %s, exit code %d, stderr %s", stdout, code, stderr)
		}
	})
	t.Run("fails_a_run_past_its_maximum_duration", func(t *testing.T) {
		t.Parallel()
		d := newDeployment(t)
		d.begin(state.Run{ID: "old", StartedAt: time.Now().Add(-3 * time.Hour), EndsBy: time.Now().Add(-time.Hour)}, true)
		if _, stderr, code := d.reconcile(nil); code != 0 {
			t.Errorf("exit code %d: %s", code, stderr)
		}
		if run, err := d.Store.Run(t.Context(), "old"); err != nil || run.Status != flow.Failed || run.Error.Code != state.CodeRunTimeout {
			t.Errorf("the run is %s with %v, %v, want it failed with %s", run.Status, run.Error, err, state.CodeRunTimeout)
		}
	})
	t.Run("fails_without_the_tables", func(t *testing.T) {
		t.Parallel()
		d := newDeployment(t)
		stdout, stderr, code := d.reconcile(map[string]string{"FLOW_STATUS_TABLE": "nowhere"})
		if stdout != strings.Replace(nothing, `"oldestRun":0`, `"oldestRun":-1`, 1) || code != exitFailed || !strings.Contains(stderr, "query index active of table nowhere") {
			t.Errorf("stdout %s, exit code %d, stderr %s", stdout, code, stderr)
		}
	})
	t.Run("refuses_settings_under_which_it_would_repeat_running_nodes", func(t *testing.T) {
		t.Parallel()
		d := newDeployment(t)
		stdout, stderr, code := d.reconcile(map[string]string{"FLOW_TIMEOUT": "10m", "FLOW_RESCUE_LIMIT": "-1"})
		if stdout != "" || code != exitUsage || !strings.Contains(stderr, "--stalled-after, --timeout: stalled after 5m0s: at least 4/3") || !strings.Contains(stderr, "--rescue-limit: -1") {
			t.Errorf("stdout %q, exit code %d, stderr %s", stdout, code, stderr)
		}
	})
}
