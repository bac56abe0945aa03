package sim

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// keys draws the context keys that nodes write and read.
type keys struct {
	chance
	graph  *graph
	count  int
	prefix string // of all keys
}

// draw draws the keys that a node writes: a key of its own, or one whose other writers
// have certainly run before, or sometimes run beside.
func (k *keys) draw(n *node) {
	if !k.one(3) {
		return
	}
	key := k.prefix + strconv.Itoa(k.count)
	if k.count > 0 && k.one(2) {
		key = k.prefix + strconv.Itoa(k.IntN(k.count))
	} else {
		k.count++
	}
	if !settled(k.graph.writers[key], n, nil) && !k.one(2) {
		return
	}
	if k.one(4) {
		n.deletes = append(n.deletes, key)
	} else {
		n.writes = append(n.writes, key)
	}
	k.graph.writers[key] = append(k.graph.writers[key], n)
}

// settled reports whether all writers have certainly been resolved before n, or are
// also itself.
func settled(writers []*node, n, also *node) bool {
	return !slices.ContainsFunc(writers, func(writer *node) bool { return !n.before[writer] && writer != also })
}

// readable draws a context key that n may read, or "".
func (k *keys) readable(n, also *node) string {
	if k.count == 0 {
		return ""
	}
	key := k.prefix + strconv.Itoa(k.IntN(k.count))
	if !settled(k.graph.writers[key], n, also) {
		return ""
	}
	return key
}

// keyPrefix returns a prefix for context keys that no node's id begins with.
func keyPrefix(b *flow.Blueprint) string {
	prefix := "k"
	for b != nil && slices.ContainsFunc(b.Nodes, func(n flow.Node) bool { return strings.HasPrefix(n.ID, prefix) }) {
		prefix += "k"
	}
	return prefix
}
