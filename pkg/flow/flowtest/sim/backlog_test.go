package sim

import (
	"testing"
	"time"
)

// While a queue is behind by more than a tick may send, nothing is added to it.
func TestBacklogIsNotMadeWorse(t *testing.T) {
	t.Parallel()
	d := Backlog(300, 30*time.Minute, 20)
	for _, v := range d.Violations {
		t.Error(v)
	}
	if 10*d.Extra() > d.Needed {
		t.Errorf("a queue that was behind was drained with %d messages, %d are needed: want at most 10 %% more", d.Messages, d.Needed)
	}
}

// A short backlog looks like a loss; each time it does, the wait doubles.
func TestShortBacklogIsRescuedSeldom(t *testing.T) {
	t.Parallel()
	d := Backlog(50, 35*time.Minute, 1000)
	for _, v := range d.Violations {
		t.Error(v)
	}
	// After 5, 10 and 20 minutes more: the third time is at 35.
	if d.Extra() == 0 || d.Extra() > 3*d.Runs {
		t.Errorf("%d runs were rescued with %d messages, want 1 to 3 each", d.Runs, d.Extra())
	}
}
