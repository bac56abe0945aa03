package dynamo

import (
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// place is an item's table and key.
type place struct {
	table     string
	attribute string // the name of the table's hash key
	partition string
	key       string // "" where the partition is the whole key
}

func (p place) item() item {
	key := item{p.attribute: text(p.partition)}
	if p.key != "" {
		key[tables.ItemKey] = text(p.key)
	}
	return key
}

// at returns the place of an item of the same table.
func (p place) at(it item) place {
	return place{p.table, p.attribute, it.text(p.attribute), it.text(tables.ItemKey)}
}

// The first parts of keys.
const (
	inputKey         = "input" // of runs of the first format
	inputPrefix      = "input#"
	partKey          = "part"
	pageKey          = "edges"
	contextPrefix    = "ctx#"
	nodePrefix       = "node#"
	blueprintPrefix  = "blueprint@"
	joinPrefix       = "join#"
	endPrefix        = "end#"
	timerPrefix      = "timer#"
	partitionDivider = "~" // occurs in no run id
)

// Escaping every part of a key keeps look-alike ids apart: the node "a@b" and the
// node "a" in scope "b" have different keys. [state.EscapeKey] escapes, since the
// engine limits the length of keys.
var unescape = strings.NewReplacer("%25", "%", "%23", "#", "%40", "@", "%2F", "/").Replace

func parseTask(part string) state.TaskKey {
	node, scope, _ := strings.Cut(part, "@")
	return state.TaskKey{Node: unescape(node), Scope: unescape(scope)}
}

// layout returns the place of every item.
type layout struct{ names Names }

func (l layout) context(partition, key string) place {
	return place{l.names.Context, tables.RunID, partition, key}
}

func (l layout) coordination(key string) place {
	return place{l.names.Coordination, tables.CoordinationKey, key, ""}
}

func (l layout) run(runID string) place { return place{l.names.Status, tables.RunID, runID, ""} }

// input returns the place of a run's input: the run names it, by [state.Run.InputName].
func (l layout) input(runID, name string) place {
	if name == "" {
		return l.context(runID, inputKey)
	}
	return l.context(runID, inputPrefix+name)
}

func (l layout) value(runID, name string) place {
	return l.context(runID, contextPrefix+state.EscapeKey(name))
}

func (l layout) task(runID string, task state.TaskKey) place {
	return l.context(taskPartition(runID, task.Scope), nodePrefix+task.Key())
}

// blueprint returns the place of a version of a blueprint; all versions of an id
// have the same partition.
func (l layout) blueprint(key state.BlueprintKey) place {
	id := strings.ReplaceAll(state.EscapeKey(key.ID), partitionDivider, "%7E")
	return l.context(blueprintPrefix+id, key.Hash)
}

// part returns the place of a part of a large value: each in a partition of its
// own, so that a value of many parts is not limited by one partition's write rate.
func (l layout) part(partition, hash string, n int) place {
	return l.hashed(partition, hash, n, partKey)
}

// page returns the place of a page of a record's edges.
func (l layout) page(partition, hash string, n int) place {
	return l.hashed(partition, hash, n, pageKey)
}

// hashed returns the place of the n-th item of a content, in a partition of its own.
func (l layout) hashed(partition, hash string, n int, key string) place {
	return l.context(partition+partitionDivider+hash+"#"+strconv.Itoa(n), key)
}

// join returns the place of a set of a join, or of the run's end for the zero task.
func (l layout) join(runID string, join state.JoinKey) place {
	key := endPrefix + state.EscapeKey(runID)
	if join.TaskKey != (state.TaskKey{}) {
		key = joinPrefix + state.EscapeKey(runID) + "#" + join.Key()
	}
	if join.Shard > 0 {
		key += "#" + strconv.Itoa(join.Shard)
	}
	return l.coordination(key)
}

func (l layout) timer(t state.Timer) place {
	return l.coordination(timerPrefix + state.EscapeKey(t.RunID) + "#" + t.Key() + "#" + strconv.Itoa(t.Attempt))
}
