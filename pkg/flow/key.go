package flow

import (
	"hash/fnv"
	"strconv"
	"strings"
)

var keyEscaper = strings.NewReplacer("%", "%25", "#", "%23", "@", "%40", "/", "%2F")

// EscapeKey escapes one part of an item's key (%, #, @ and /), so that
// look-alike ids cannot collide.
func EscapeKey(part string) string { return keyEscaper.Replace(part) }

// String is the task as keys and messages name it: NODE or NODE@SCOPE, escaped.
func (k TaskKey) String() string {
	if k.Scope == "" {
		return EscapeKey(k.Node)
	}
	return EscapeKey(k.Node) + "@" + EscapeKey(k.Scope)
}

// Shards is the number of shards of the indexes of active runs and of timers:
// one partition must not take every write. They are named "0" to "7".
const Shards = 8

// Shard is the shard of a run, the same in all indexes.
func Shard(runID string) string {
	hash := fnv.New32a()
	hash.Write([]byte(runID))
	return strconv.Itoa(int(hash.Sum32() % Shards))
}
