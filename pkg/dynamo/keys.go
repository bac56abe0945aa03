package dynamo

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// The first parts of keys.
const (
	inputKey      = "input"
	bodyKey       = "body"
	contextPrefix = "ctx#"
	nodePrefix    = "node#"
	blobPrefix    = "blob#"
)

// Escaping every part of a key keeps ids that look alike apart: the node "a@b"
// and the node "a" in scope "b" have different keys.
// [state.EscapeKey] escapes, for the engine bounds the length of keys.
var unescape = strings.NewReplacer("%25", "%", "%23", "#", "%40", "@", "%2F", "/").Replace

func parseTask(part string) state.TaskKey {
	node, scope, _ := strings.Cut(part, "@")
	return state.TaskKey{Node: unescape(node), Scope: unescape(scope)}
}

func nodeKey(task state.TaskKey) string     { return nodePrefix + task.Key() }
func contextKey(name string) string         { return contextPrefix + state.EscapeKey(name) }
func blobKey(sha256 string, n int) string   { return blobPrefix + sha256 + "#" + strconv.Itoa(n) }
func blueprintPartition(hash string) string { return "blueprint#" + state.EscapeKey(hash) }

// joinKey is the key of a join, or of the run's end for the zero task.
func joinKey(runID string, join state.TaskKey) string {
	if join == (state.TaskKey{}) {
		return "end#" + state.EscapeKey(runID)
	}
	return "join#" + state.EscapeKey(runID) + "#" + join.Key()
}

func timerKey(t state.Timer) string {
	return fmt.Sprintf("timer#%s#%s#%d", state.EscapeKey(t.RunID), t.Key(), t.Attempt)
}

// place is an item's table and key.
type place struct {
	table     string
	partition string
	key       string // "" where the partition is the whole key
}

func (s *Store) runPlace(runID string) place { return place{s.names.Status, runID, ""} }

func (s *Store) contextPlace(runID, key string) place { return place{s.names.Context, runID, key} }

func (s *Store) coordinationPlace(key string) place { return place{s.names.Coordination, key, ""} }

// partitionName is the name of the table's hash key.
func (s *Store) partitionName(table string) string {
	if table == s.names.Coordination {
		return tables.CoordinationKey
	}
	return tables.RunID
}

func (s *Store) keyOf(p place) item {
	key := item{s.partitionName(p.table): text(p.partition)}
	if p.key != "" {
		key[tables.ItemKey] = text(p.key)
	}
	return key
}

func (s *Store) placeOf(table string, it item) place {
	return place{table, it.text(s.partitionName(table)), it.text(tables.ItemKey)}
}
