package dynamo

import (
	"fmt"
	"strconv"
	"testing"
)

// The records of a batch's items are in partitions of their own, each item's
// together, and every other record is in the run's.
func TestTaskPartition(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]string{
		"": "r", "poll.3": "r", "poll.3/order.2": "r", "a[b]c": "r", "[x]": "r",
		"batch[17]": "r~3", "batch[18]": "r~4", "batch[17]/poll.3": "r~3", "batch[17]/inner[4]": "r~3", "batch[17]/inner[5]/deep.1": "r~3",
		"poll.3/batch[17]": "r~4", "poll.3/batch[17]/x.1": "r~4",
	} {
		if got := taskPartition("r", scope); got != want {
			t.Errorf("scope %q: partition %s, want %s", scope, got, want)
		}
	}
	used := map[string]bool{}
	for n := range 1000 {
		used[taskPartition("r", fmt.Sprintf("batch[%d]", n))] = true
	}
	all := partitions("r", true)
	if len(used) != itemsPartitions || len(all) != 1+itemsPartitions || all[0] != "r" {
		t.Errorf("%d partitions are used, %v are read", len(used), all)
	}
	for _, partition := range all[1:] {
		if !used[partition] {
			t.Errorf("partition %s is read, but not used", partition)
		}
	}
	if only := partitions("r", false); len(only) != 1 || only[0] != "r" {
		t.Errorf("of a run without items %v are read, want its own partition", only)
	}
}

func TestShard_spreads_runs_evenly_and_stays_the_same(t *testing.T) {
	t.Parallel()
	for _, shards := range []int{activeShards, dueShards, listShards, itemsPartitions} {
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
	// Stored items are in these shards: after a change both must be read.
	for run, want := range map[string]string{"run-1": "12 4", "": "5 5"} {
		if got := shard(run, activeShards) + " " + shard(run, dueShards); got != want {
			t.Errorf("the shards of %q are %s, want %s", run, got, want)
		}
	}
}
