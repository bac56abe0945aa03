package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
)

// own has the flags of a stack with this repository's own worker, whose nodes need
// more time than those of the other tests.
var own = []string{"--timeout", "15s", "--visibility", "25s", "--stalled-after", "30s"}

// deployed starts this repository's own deployment, or its worker with other
// blueprints.
func deployed(t *testing.T, blueprints ...string) *dev {
	folder := "../../blueprints"
	if len(blueprints) > 0 {
		folder = blueprintsOf(t, blueprints...)
	}
	return watched(t, slices.Concat(own, []string{"--worker", ownWorker, "--blueprints", folder})...)
}

// blueprintsOf writes a folder of blueprints.
func blueprintsOf(t *testing.T, blueprints ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i, text := range blueprints {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func readBlueprint(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../blueprints", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// found returns the checks that succeeded.
func found(output string) (checks []string) {
	for line := range strings.Lines(output) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "ok" {
			checks = append(checks, fields[1])
		}
	}
	return checks
}

// A healthy deployment passes, and only two finished runs remain: another client's
// dead letter stays.
func TestSmoke(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	stranger, err := d.queue.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &d.DLQURL, MessageBody: new("somebody's")})
	if err != nil {
		t.Fatal(err)
	}
	out, code := d.flowctl("smoke", "--dev", d.file("log"), "--timeout", patience.String())
	if code != 0 || len(found(string(out))) != 4 {
		t.Errorf("exit code %d, output:\n%s", code, out)
	}
	if hops := regexp.MustCompile(`after (\d+) hops`).FindSubmatch(out); hops == nil || string(hops[1]) != "19" {
		t.Errorf("the output does not name 19 hops:\n%s", out)
	}
	var left []string
	for _, m := range d.dead() {
		left = append(left, *m.MessageId)
	}
	if diff := cmp.Diff([]string{*stranger.MessageId}, left); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
	if runs := len(d.statuses()); runs != 2 {
		t.Errorf("%d runs, want 2", runs)
	}
}

// Against AWS, the stack's outputs and CloudWatch give the information that the local
// stack's output gives here.
func TestSmokeOfAStack(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	cloud := httptest.NewServer(&cloud{dev: d})
	defer cloud.Close()
	d.env = []string{"AWS_ENDPOINT_URL_CLOUDFORMATION=" + cloud.URL, "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=" + cloud.URL}
	out, code := d.flowctl("smoke", "--stack", "flowcraft-dev", "--timeout", patience.String())
	if code != 0 || len(found(string(out))) != 4 {
		t.Errorf("exit code %d, output:\n%s", code, out)
	}
	if _, code := d.flowctl("smoke", "--stack", "old"); code != 1 {
		t.Errorf("exit code for a stack without outputs = %d, want 1", code)
	}
	if want := "stack old has no output ReconcilerLogs: deploy it with this version"; !strings.Contains(d.said, want) {
		t.Errorf("stderr = %s\nwant %q in it", d.said, want)
	}
}

// cloud implements the part of CloudFormation and of CloudWatch Logs that the smoke
// test uses.
type cloud struct{ *dev }

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Amz-Target") == "" {
		c.describe(w, r)
		return
	}
	var asked struct {
		LogGroupName, FilterPattern, NextToken string
		StartTime                              int64
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.StartTime == 0 {
		c.Errorf("FilterLogEvents asks for %+v: %v", asked, err)
	}
	var key, value string
	if _, err := fmt.Sscanf(asked.FilterPattern, "{ $.%s = %q }", &key, &value); err != nil {
		c.Errorf("pattern %s: %v", asked.FilterPattern, err)
	}
	type event struct {
		Message string `json:"message"`
	}
	answer := struct {
		Events    []event `json:"events"`
		NextToken string  `json:"nextToken,omitempty"`
	}{Events: []event{}}
	// The ticks are the reconciler's, all other lines the worker's; the first page of
	// the worker's is empty, as the first pages of CloudWatch often are.
	if asked.LogGroupName == "worker" && asked.NextToken == "" {
		answer.NextToken = "2"
	} else if (asked.LogGroupName == "reconciler") == (value == "tick") {
		for _, l := range c.matching(func(l line) bool { return l.text(key) == value }) {
			text, err := json.Marshal(l)
			if err != nil {
				c.Error(err)
			}
			answer.Events = append(answer.Events, event{string(text)})
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		c.Error(err)
	}
}

func (c *cloud) describe(w http.ResponseWriter, r *http.Request) {
	outputs := map[string]string{
		"QueueUrl": c.QueueURL, "DeadLetterQueueUrl": c.DLQURL, "ContextTable": c.ContextTable, "StatusTable": c.StatusTable,
		"CoordinationTable": c.CoordinationTable, "WorkerLogs": "worker", "ReconcilerLogs": "reconciler",
	}
	if name := r.FormValue("StackName"); name == "old" {
		delete(outputs, "ReconcilerLogs")
	}
	var members strings.Builder
	for key, value := range outputs {
		fmt.Fprintf(&members, "<member><OutputKey>%s</OutputKey><OutputValue>%s</OutputValue></member>", key, value)
	}
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>
		<StackName>s</StackName><CreationTime>2026-11-23T06:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>%s</Outputs>
		</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`, members.String())
}

// Each fault is reported, with the place to look at, and so are the checks that pass.
func TestSmokeOfAFaultyDeployment(t *testing.T) {
	t.Parallel()
	const endless = `{"id":"order","nodes":[{"id":"a","uses":"pass"},{"id":"stuck","uses":"fail","config":{"maxRetries":2,"retryDelay":3600000}}],"edges":[{"source":"a","target":"stuck"}]}`
	const failing = `{"id":"order","nodes":[{"id":"a","uses":"fail","params":{"message":"no stock"}}],"edges":[]}`
	order, hops := readBlueprint(t, "order"), readBlueprint(t, "smoke")
	for name, tt := range map[string]struct {
		start  func(*testing.T) *dev
		wait   string
		found  []string
		wanted []string
	}{
		"no_tick": {
			func(t *testing.T) *dev {
				return start(t, slices.Concat(own, []string{"--worker", ownWorker, "--blueprints", "../../blueprints"})...)
			}, "30s", []string{"start", "hops", "garbage"},
			[]string{"tick: after 30s: there is no tick of the reconciler"},
		},
		"run_that_does_not_end": {
			func(t *testing.T) *dev { return deployed(t, endless, hops) },
			"30s", []string{"hops", "garbage", "tick"},
			[]string{"start: after 30s: run ", "has not ended; its last log line is: ", "node retrying (node stuck): ", "; see flowctl inspect"},
		},
		"run_that_fails": {
			func(t *testing.T) *dev { return deployed(t, failing, hops) },
			patience.String(), []string{"hops", "garbage", "tick"},
			[]string{"start: ", "run failed", "no stock"},
		},
		"blueprint_that_is_not_there": {
			func(t *testing.T) *dev {
				return watched(t, slices.Concat(own, []string{"--worker", ownWorker, "--blueprints", blueprintsOf(t, order), "FLOW_MISSING_BLUEPRINT=5s"})...)
			},
			patience.String(), []string{"start", "garbage", "tick"},
			[]string{"hops: message ", "was rejected: ", `this worker has no blueprint "smoke"`},
		},
		"blueprint_that_is_waited_for": {
			func(t *testing.T) *dev { return deployed(t, order) },
			"30s", []string{"start", "garbage", "tick"},
			[]string{"hops: after 30s: run smoke-", "has not ended; its last log line is: ", "code missing: ", `no blueprint "smoke"`},
		},
		"too_few_hops": {
			func(t *testing.T) *dev {
				return deployed(t, order, strings.Replace(hops, `"maxRetries": 20`, `"maxRetries": 10`, 1))
			},
			patience.String(), []string{"start", "garbage", "tick"},
			[]string{"hops: run smoke-", "has completed with 9 hops, which is too few for the check"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := tt.start(t)
			out, code := d.flowctl("smoke", "--dev", d.file("log"), "--timeout", tt.wait)
			if code != 1 {
				t.Errorf("exit code = %d, want 1", code)
			}
			for _, check := range tt.found {
				if !strings.Contains(string(out), "ok    "+check) {
					t.Errorf("%s is not reported as passed:\n%s", check, out)
				}
			}
			if len(found(string(out))) != len(tt.found) {
				t.Errorf("output:\n%s\nwant %v", out, tt.found)
			}
			for _, want := range tt.wanted {
				if !strings.Contains(d.said, want) {
					t.Errorf("stderr = %s\nwant %q in it", d.said, want)
				}
			}
			if letters := d.dead(); len(letters) > 0 {
				t.Errorf("dead letters are left: %s", *letters[0].Body)
			}
		})
	}
}

// Lambda drops the messages of a chain that it treats as a loop, and the reconciler
// rescues the run. The smoke test reports this as a fault.
func TestSmokeOfACutChain(t *testing.T) {
	t.Parallel()
	// Each attempt waits for its message, which the test can lose.
	slow := strings.Replace(readBlueprint(t, "smoke"), `"maxRetries": 20`, `"maxRetries": 20, "retryDelay": 1000`, 1)
	d := deployed(t, readBlueprint(t, "order"), slow)
	go func() {
		d.await("the third attempt", func(l line) bool { return l.text("msg") == "node retrying" && l.number("attempt") == 3 })
		if _, err := d.queue.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &d.QueueURL}); err != nil {
			t.Error(err)
		}
	}()
	out, code := d.flowctl("smoke", "--dev", d.file("log"), "--timeout", patience.String())
	if want := "was lost and rescued: its messages may have been dropped"; code != 1 || !strings.Contains(d.said, want) {
		t.Errorf("exit code %d, stderr %s\noutput %s\nwant 1 and %q", code, d.said, out, want)
	}
}
