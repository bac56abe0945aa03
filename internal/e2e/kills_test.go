package e2e

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Sandboxes are killed in the middle of runs, repeatedly, by the test and by nodes
// that do so once: redelivery alone completes every run.
func TestKills(t *testing.T) {
	t.Parallel()
	d := start(t)
	d.runsBuiltWorker()
	runs := some(36, "killed", "chain", "fan", "first", "choice", "rescue", "notes", "big", "dice", "ladder", "twins", "retry", "survivor")
	d.send(bodies(runs)...)
	d.await("run, before which the worker must start", func(l line) bool { return l.text("msg") == "run started" })
	for range 8 {
		time.Sleep(200*time.Millisecond + rand.N(300*time.Millisecond))
		d.killOne("worker")
	}
	d.ended(runs...)
	d.completed(runs...)
	d.committedOnce(runs...)
	d.neverTwoAtOnce()
	d.quiet()
}

// killOne kills a process of a function, as soon as there is one.
func (d *dev) killOne(function string) {
	d.Helper()
	d.eventually(func() string {
		if !d.kill(function) {
			return "there is no sandbox of the " + function
		}
		return ""
	})
}

// kill kills a process of a function by its printed pid, if there is one.
func (d *dev) kill(function string) bool {
	pids := d.sandboxes(function)
	if len(pids) == 0 {
		return false
	}
	// It may have just ended by itself, or have been killed before its end was
	// printed.
	_ = syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL)
	return true
}

// runsBuiltWorker checks that the sandboxes are processes of the worker's binary.
func (d *dev) runsBuiltWorker() {
	d.Helper()
	want := d.sum(worker)
	for _, pid := range d.sandboxes("worker") {
		if got := d.sum(fmt.Sprintf("/proc/%d/exe", pid)); got != want {
			d.Errorf("SHA-256 of sandbox %d = %s, want the worker's, %s", pid, got, want)
		}
	}
}

func (d *dev) sum(file string) string {
	d.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		d.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(data))
}

// Runs with nodes that always kill their worker fail, and harm no other run in any
// batch.
func TestKillerNodes(t *testing.T) {
	t.Parallel()
	d := start(t, "FLOW_MAX_STARTS=2")
	killers := some(6, "bad", "killer")
	neighbours := some(24, "near", "chain", "fan", "choice", "ladder", "retry")
	messages := append(bodies(killers), bodies(neighbours)...)
	rand.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
	d.send(messages...)
	d.ended(append(killers, neighbours...)...)
	d.completed(neighbours...)
	d.committedOnce(append(killers, neighbours...)...)
	d.neverTwoAtOnce()
	for _, r := range killers {
		report := d.report(r.id)
		e := report.Error
		if report.Status != flow.Failed || e == nil || e.Code != "worker_died" || e.NodeID != "kill" || e.Message != "worker died 2 times while running kill" {
			t.Errorf("run %s has %s by %+v, want it failed: the worker died 2 times", r.id, report.Status, e)
		}
		// Inline, the first start has no claim and is not counted; one that was
		// claimed while the other killer ended the worker may not have begun.
		if n := d.starts()[task(r.id, "kill")]; n < 1 || n > 3 {
			t.Errorf("the code of %s/kill was started %d times, want at most 2, and one inline", r.id, n)
		}
		if n := d.starts()[task(r.id, "after")]; n != 0 {
			t.Errorf("the node after it was started %d times", n)
		}
		if lines := d.logged("run failed", r.id); len(lines) != 1 || !strings.Contains(lines[0].text("error"), "worker died") {
			t.Errorf("lines of the failure of %s = %v, want one", r.id, lines)
		}
	}
	d.settled()
	d.quiet()
}

// A node that outlives its timeout fails, whether it stops or not, and the runs
// beside it complete.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	d := start(t)
	late := append(some(2, "late", "stubborn"), some(2, "late", "slow")...)
	neighbours := some(8, "near", "chain", "fan")
	d.send(append(bodies(late), bodies(neighbours)...)...)
	d.ended(append(late, neighbours...)...)
	d.completed(neighbours...)
	d.committedOnce(append(late, neighbours...)...)
	d.startsAtMost(neighbours...)
	for _, r := range late {
		report := d.report(r.id)
		if report.Status != flow.Failed || report.Error == nil || report.Error.Code != "timeout" {
			t.Errorf("run %s has %s by %+v, want it failed by its timeout", r.id, report.Status, report.Error)
		}
	}
	d.quiet()
}

// A cancelled run starts no further node.
func TestCancel(t *testing.T) {
	t.Parallel()
	d := start(t)
	runs := some(4, "unwanted", "long")
	neighbours := some(4, "near", "chain")
	d.send(append(bodies(runs), bodies(neighbours)...)...)
	d.eventually(func() string {
		for _, r := range runs {
			if d.starts()[task(r.id, "n3")] == 0 {
				return r.id + " has not come to its third node"
			}
		}
		return ""
	})
	for _, r := range runs {
		d.send(fmt.Sprintf(`{"type":"cancel","runId":%q,"reason":"changed my mind"}`, r.id))
	}
	d.ended(runs...)
	ended := time.Now()
	d.ended(neighbours...)
	d.completed(neighbours...)
	d.drained()
	for _, r := range runs {
		report := d.report(r.id)
		if report.Status != flow.Cancelled || report.Error == nil || report.Error.Message != "changed my mind" {
			t.Errorf("run %s has %s by %+v, want it cancelled for its reason", r.id, report.Status, report.Error)
		}
		if d.starts()[task(r.id, "n12")] > 0 {
			t.Errorf("run %s has come to its last node", r.id)
		}
	}
	for _, n := range readLines[noted](d, "starts") {
		// The status is read again after a second.
		if n.What == "start" && strings.HasPrefix(n.RunID, "unwanted") && n.Time.After(ended.Add(1500*time.Millisecond)) {
			t.Errorf("%s/%s was started %s after the run's end", n.RunID, n.NodeID, n.Time.Sub(ended))
		}
	}
	d.quiet()
}

// After a signal in the middle of runs the command exits with 0, and another stack
// beside it is not affected. Every stop checks that no process remains.
func TestSignals(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, beside := start(t), start(t)
			for _, stack := range []*dev{d, beside} {
				stack.send(bodies(some(10, "run", "long", "stubborn", "chain"))...)
			}
			d.eventually(func() string {
				if len(d.starts()) < 10 {
					return "too few nodes have started"
				}
				return ""
			})
			d.stop(signal)
			out, code := beside.flowctl("start", "chain", "--run-id", "asked", "--input", `{"n":1}`, "--wait", "--timeout", "60s")
			var report flow.Report
			beside.decode(out, &report)
			if code != 0 {
				t.Errorf("exit code of start --wait = %d, want 0", code)
			}
			beside.checkCompleted(run{"asked", "chain", 1}, &report)
		})
	}
}
