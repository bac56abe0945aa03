package state

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
)

// JoinKey names the set of a join, or of the run's end.
type JoinKey struct {
	TaskKey     // the zero key: the run's end
	Shard   int // of a join with many sources, from 1; 0: the join's main set
}

// Arrival adds to a set of a join, or of the run's end. Sources are numbers: their
// places among the join's own sources, in the blueprint's order. Many sources are
// kept in shards, and the main set then holds the full shards.
type Arrival struct {
	RunID   string
	Join    JoinKey
	Guard   Guard
	Arrived []int
	Taken   []int  // of them, those by a taken edge
	First   string // if set: becomes the join's first unless it has one

	// Of a main set: shards in which all sources have arrived, and those of them in
	// which at least one arrived by a taken edge.
	Full      []int
	FullTaken []int

	Now     time.Time
	Expires time.Time
}

// String returns the fields that are set, and of values their size.
func (a Arrival) String() string { return describe.Fields(a) }

// Join is the stored form of a set of a join, or of a run's end. Its lists are
// sorted.
type Join struct {
	Arrived   []int
	Taken     []int
	First     string
	Full      []int
	FullTaken []int
	Expires   time.Time
}

// String returns the fields that are set, and of values their size.
func (j Join) String() string { return describe.Fields(j) }

// Attribute implements [Attributes].
func (j Join) Attribute(name string) any {
	if name == "ttl" {
		return seconds(j.Expires)
	}
	return nil
}

// Apply returns the effect of an arrival on the stored set (the zero set if there
// is none).
func (a Arrival) Apply(j Join) Join {
	j.Arrived, j.Taken = union(j.Arrived, a.Arrived), union(j.Taken, a.Taken)
	j.Full, j.FullTaken = union(j.Full, a.Full), union(j.FullTaken, a.FullTaken)
	if j.First == "" { //rule:any-join-keeps-first = a.First != ""
		j.First = a.First
	}
	j.Expires = a.Expires
	return j
}

// union returns a sorted set with more elements, in memory of its own.
func union(set, added []int) []int {
	grown := append(slices.Clone(set), added...)
	slices.Sort(grown)
	return slices.Compact(grown) //rule:arrivals-are-a-set = grown
}
