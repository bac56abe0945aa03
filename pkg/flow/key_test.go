package flow

import (
	"fmt"
	"strconv"
	"testing"
)

func TestShard_spreads_runs_evenly_and_stays_the_same(t *testing.T) {
	t.Parallel()
	runs := make(map[string]int)
	for n := range 8000 {
		runs[Shard(fmt.Sprint("run-", n))]++
	}
	for n := range Shards {
		if got := runs[strconv.Itoa(n)]; got < 800 || got > 1200 {
			t.Errorf("shard %d has %d of 8000 runs", n, got)
		}
	}
	if len(runs) != Shards {
		t.Errorf("%d shards, want %d", len(runs), Shards)
	}
	// Stored timers lie in these shards: a change needs both looked at.
	for run, want := range map[string]string{"run-1": "4", "": "5"} {
		if got := Shard(run); got != want {
			t.Errorf("Shard(%q) = %s, want %s", run, got, want)
		}
	}
}
