package e2e

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// Workers are killed in the middle of runs, and their messages stay invisible for
// longer than the reconciler waits; reconcilers are killed in the middle of their
// ticks. All runs end correctly, only the items that are kept for later queries
// remain, and the next ticks are idle.
func TestChaos(t *testing.T) {
	t.Parallel()
	d := watched(t, "--stalled-after", "14s", "--visibility", "16s")
	d.await("tick, before which both functions must start", isTick)
	died := d.killRescuers(3)
	runs := some(44, "chaos", "chain", "fan", "first", "choice", "rescue", "notes", "big", "dice", "ladder", "twins", "retry")
	d.send(bodies(runs)...)
	for range 8 {
		time.Sleep(200*time.Millisecond + rand.N(300*time.Millisecond))
		d.killOne("worker")
		d.killOne("reconciler")
	}
	d.ended(runs...)
	if died() == 0 {
		t.Error("no tick died of the kills")
	}
	d.completed(runs...)
	d.committedOnce(runs...)
	d.neverTwoAtOnce()
	d.settled()
	d.idle()
	d.quiet()
}

// The reconciler, which is faster than the queue here, as it is by default, sends at
// the same moment the work of killers and of the runs that died beside them: they
// come in one batch repeatedly, and still the killers harm only themselves.
func TestRescuedKillers(t *testing.T) {
	t.Parallel()
	d := watched(t, "FLOW_MAX_STARTS=2", "--stalled-after", "14s", "--visibility", "30s", "--sandboxes", "1")
	killers, neighbours := some(2, "bad", "killer"), some(8, "near", "chain")
	d.send(append(bodies(killers), bodies(neighbours)...)...)
	d.ended(append(killers, neighbours...)...)
	d.completed(neighbours...)
	d.committedOnce(append(killers, neighbours...)...)
	d.neverTwoAtOnce()
	for _, r := range killers {
		if report := d.report(r.id); report.Error == nil || report.Error.Code != "worker_died" {
			t.Errorf("run %s has %s by %+v, want it failed: its worker died", r.id, report.Status, report.Error)
		}
	}
	d.quiet()
}

// killRescuers kills the reconciler when it has sent a run's jobs again, in the
// middle of a tick, and a worker that may have received the jobs. It ends after
// enough killed ticks, or with a call of stop, which returns the number of killed
// ticks.
func (d *dev) killRescuers(enough int) (stop func() (died int)) {
	ctx, cancel := context.WithCancel(d.Context())
	done := make(chan int)
	go func() {
		died := 0
		for l := range d.follow(ctx, 0) {
			switch l.text("msg") {
			case "run rescued":
				d.kill("reconciler")
				d.kill("worker")
			case "scheduled invocation failed":
				died++
			}
			if died == enough {
				break
			}
		}
		done <- died
	}()
	return func() int {
		cancel()
		return <-done
	}
}

// idle checks that the next ticks find nothing to do.
func (d *dev) idle() {
	d.Helper()
	from := d.printed()
	for range 2 {
		tick := d.awaitAfter(from, "tick", isTick)
		for _, what := range []string{"scanned_items", "stalled_runs", "reconciled_runs", "failed_runs", "jobs", "timers", "failed_timers"} {
			if n := tick.number(what); n != 0 {
				d.Errorf("the tick at %s has %d %s, want none", tick.text("timestamp"), n, what)
			}
		}
		from = d.printed()
	}
}

func isTick(l line) bool { return l.text("msg") == "tick" }
