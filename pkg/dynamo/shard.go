package dynamo

import (
	"hash/fnv"
	"strconv"
)

// How many shards the indexes have: one partition must not take every write.
// Items lie in them, so a change needs the old and the new ones looked at.
const (
	activeShards = 16
	dueShards    = 8
)

// shard is the shard of a run, from "0" on.
func shard(runID string, shards int) string {
	hash := fnv.New32a()
	hash.Write([]byte(runID))
	return strconv.Itoa(int(hash.Sum32() % uint32(shards)))
}
