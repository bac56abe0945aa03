package dynamo

import (
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
)

// The number of shards of the indexes, and of partitions for a run's batch items:
// one partition must not take every write. Existing items are in them, so after a
// change both the old and the new ones must be read.
const (
	activeShards    = 16
	dueShards       = 8
	listShards      = 8 // also of the index of runs that need attention
	itemsPartitions = 16
)

// shard returns the shard of a run, counted from "0".
func shard(id string, shards int) string {
	hash := fnv.New32a()
	hash.Write([]byte(id))
	return strconv.Itoa(int(hash.Sum32() % uint32(shards)))
}

// batchItem matches the end of the scope of a batch's item.
var batchItem = regexp.MustCompile(`\[[0-9]+\]$`)

// taskPartition returns the partition of a task's record: the run's, or one of
// several for the scopes of a batch's items, by the outermost item. So a batch is
// not limited by one partition's write rate, and all records of an item are
// together.
func taskPartition(runID, scope string) string {
	end := 0
	for segment := range strings.SplitSeq(scope, "/") {
		end += len(segment)
		if batchItem.MatchString(segment) {
			return itemsPartition(runID, shard(scope[:end], itemsPartitions))
		}
		end++ // the slash
	}
	return runID
}

func itemsPartition(runID, shard string) string { return runID + partitionDivider + shard }

// partitions returns all partitions that may hold records of a run's tasks.
func partitions(runID string, items bool) []string {
	all := []string{runID}
	for n := range itemsPartitions {
		if items {
			all = append(all, itemsPartition(runID, strconv.Itoa(n)))
		}
	}
	return all
}
