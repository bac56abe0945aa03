package sim

import (
	"testing"
	"time"
)

// A queue that was behind is drained with few unnecessary messages.
func TestBacklogIsNotMadeWorse(t *testing.T) {
	t.Parallel()
	for _, b := range Backlogs() {
		t.Run(b.String(), func(t *testing.T) {
			t.Parallel()
			d := b.Drain()
			for _, v := range d.Violations {
				t.Error(v)
			}
			if d.Worse() {
				t.Errorf("%s, want at most 10 %% more than %d", d, d.Needed)
			}
		})
	}
}

// Lost messages are found all the same: as soon as the queue is empty, or after an
// hour.
func TestLostMessagesInABacklogAreFound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		Backlog
		within time.Duration
	}{
		"beside others":   {Backlog{Runs: 20, Behind: 40 * time.Minute, Draining: time.Minute, Limit: 1000, Lost: 5}, 42 * time.Minute},
		"all":             {Backlog{Runs: 20, Behind: 3 * time.Minute, Draining: time.Minute, Limit: 1000, Lost: 20}, 7 * time.Minute},
		"in a busy queue": {Backlog{Runs: 20, Behind: time.Minute, Draining: time.Second, Limit: 1000, Lost: 20, Others: 20}, 62 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := test.Drain()
			for _, v := range d.Violations {
				t.Error(v)
			}
			if d.Longest > test.within {
				t.Errorf("the last run ended after %s, want within %s", d.Longest, test.within)
			}
		})
	}
}
