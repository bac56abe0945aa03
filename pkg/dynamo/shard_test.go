package dynamo

import (
	"fmt"
	"strconv"
	"testing"
)

func TestShard_spreads_runs_evenly_and_stays_the_same(t *testing.T) {
	t.Parallel()
	for _, shards := range []int{activeShards, dueShards} {
		runs := make(map[string]int)
		for n := range 1000 * shards {
			runs[shard(fmt.Sprint("run-", n), shards)]++
		}
		for n := range shards {
			if got := runs[strconv.Itoa(n)]; got < 800 || got > 1200 {
				t.Errorf("shard %d of %d has %d runs of %d", n, shards, got, 1000*shards)
			}
		}
		if len(runs) != shards {
			t.Errorf("%d shards, want %d", len(runs), shards)
		}
	}
	// Stored items lie in these shards: a change needs both looked at.
	for run, want := range map[string]string{"run-1": "12 4", "": "5 5"} {
		if got := shard(run, activeShards) + " " + shard(run, dueShards); got != want {
			t.Errorf("the shards of %q are %s, want %s", run, got, want)
		}
	}
}
