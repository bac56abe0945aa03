package dynamo

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// reading bounds one reading of items: it sums the sizes of their values as the items
// come in, before any part of a large value is read. Values above the limit are
// dropped at once, so that never more than the limit and one answer are in memory,
// and only their sizes are still counted.
type reading struct {
	needed []int // of the edges of records, those that are needed; nil: all
	bare   bool  // no values at all
	keys   bool  // of context writes only their keys
	limit  int   // bytes; 0: none
	total  int
}

func readingOf(set state.ReadSet) *reading {
	return &reading{needed: set.Edges, bare: set.Bare, keys: !set.Writes, limit: set.MaxBytes}
}

// Attributes that exist only in memory: they say how an item was read.
const (
	abridgedMark = "~abridged"
	bareMark     = "~bare"
	omittedMark  = "~omitted"
)

// see counts an item, or a page of edges, that has come in.
func (r *reading) see(it item) {
	if r.keys {
		keepWriteKeys(it)
	}
	if !r.bare {
		r.total += r.sizeOf(it)
	}
	if r.empty() {
		strip(it)
	}
}

// empty reports whether items are left without values.
func (r *reading) empty() bool { return r.bare || r.limit > 0 && r.total > r.limit }

// check returns an error if there are more values than the limit.
func (r *reading) check() error {
	if r.limit > 0 && r.total > r.limit {
		return &state.TooLargeError{Bytes: r.total, Limit: r.limit}
	}
	return nil
}

// needs reports whether the edge is needed.
func (r *reading) needs(edge item) bool {
	return r.needed == nil || slices.Contains(r.needed, int(edge.number(tables.EdgeIndex)))
}

// sizeOf returns the bytes of an item's values, of edges only those of the needed
// ones.
func (r *reading) sizeOf(it item) int {
	size := ownSize(it)
	for _, edge := range edgeItems(it) {
		if r.needs(edge) {
			size += ownSize(edge)
		}
	}
	for _, write := range writeItems(it) {
		size += ownSize(write)
	}
	return size
}

// userValues are the attributes that hold values of users: a blueprint's body is none.
var userValues = []string{tables.Output, tables.Value, tables.Result}

func ownSize(holder item) (size int) {
	for _, name := range userValues {
		size += len(holder.text(name))
		if ref, ok := holder[name+tables.RefSuffix].(*types.AttributeValueMemberM); ok {
			size += int(item(ref.Value).number(tables.RefBytes))
		}
	}
	return size
}

// strip removes an item's values.
func strip(it item) {
	keepWriteKeys(it)
	for _, holder := range holders(it) {
		for _, name := range userValues {
			delete(holder, name)
			delete(holder, name+tables.RefSuffix)
		}
	}
	it.putFlag(bareMark, true)
}

// omit strips an item, and notes the size of its values.
func omit(it item, size int) {
	strip(it)
	it.putNumber(omittedMark, size)
}

// dropUnneeded drops the edges that are not needed and whose values are large: a
// branch must not pay for the values of others.
func (r *reading) dropUnneeded(it item) {
	edges := edgeItems(it)
	kept := slices.DeleteFunc(edges, func(edge item) bool {
		return edge[tables.Value+tables.RefSuffix] != nil && !r.needs(edge)
	})
	if len(kept) < len(edges) {
		it[tables.Edges] = itemList(kept)
		it.putFlag(abridgedMark, true)
	}
}
