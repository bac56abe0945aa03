package decide

import (
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ShardSize is the number of sources in one set. A set of that size fits into two
// write units for any numbers, so an arrival costs the same at any width.
const ShardSize = 50

// Gate describes how the sources of a join, or the ends of a run, are stored: as numbers,
// by their place in the blueprint's order, in one set, or in shards of [ShardSize] whose
// completion a main set counts. It is immutable.
type Gate struct {
	numbers map[string]int // by source
	any     bool           // fired by the first taken source
	end     bool           // of a run: complete, whether its ends were taken or dead
}

func newGate(sources []string) *Gate {
	g := &Gate{numbers: make(map[string]int, len(sources))}
	for i, source := range sources {
		g.numbers[source] = i
	}
	return g
}

// Size is the number of sources.
func (g *Gate) Size() int { return len(g.numbers) }

func (g *Gate) sharded() bool { return len(g.numbers) > ShardSize }

func (g *Gate) shards() int { return (len(g.numbers) + ShardSize - 1) / ShardSize }

// sizeOf returns the number of sources of a shard. Shards are counted from 1.
func (g *Gate) sizeOf(shard int) int {
	return min(ShardSize, len(g.numbers)-(shard-1)*ShardSize)
}

// Part is an addition to one set of a gate.
type Part struct {
	Shard     int // 0: the main set
	Arrived   []int
	Taken     []int
	First     string
	Full      []int
	FullTaken []int

	taken []string // sources, of an "any" join
}

// Parts returns the additions for sources that arrive, some of them by a taken edge.
func (g *Gate) Parts(sources, taken []string) []Part {
	var main Part
	if len(taken) > 0 && //rule:first-is-taken
		g.any {
		main.First, main.taken = taken[0], taken //rule:first-is-taken = sources[0], taken
	}
	if !g.sharded() {
		for _, source := range sources {
			main.add(g.numbers[source], slices.Contains(taken, source))
		}
		return []Part{main}
	}
	var parts []Part
	if main.First != "" {
		parts = append(parts, main)
	}
	for _, source := range sources {
		isTaken := slices.Contains(taken, source)
		if g.any && isTaken {
			continue // it fires the join or came too late: it completes no shard of dead sources
		}
		number := g.numbers[source]
		shard := 1 + number/ShardSize
		i := slices.IndexFunc(parts, func(p Part) bool { return p.Shard == shard })
		if i < 0 {
			i, parts = len(parts), append(parts, Part{Shard: shard})
		}
		parts[i].add(number, isTaken)
	}
	return parts
}

func (p *Part) add(number int, taken bool) {
	p.Arrived = append(p.Arrived, number)
	if taken {
		p.Taken = append(p.Taken, number)
	}
}

// Judge applies the gate's rule to a set after a part was added to it. It returns the
// state of the join and, if a shard is now complete, the part to add to the main set. The
// rule is applied every time, even if the part added nothing: it gives JoinReady for every
// arrival at a complete "all" join, but at an "any" join only for the first taken source,
// however often that arrives.
func (g *Gate) Judge(p Part, join state.Join) (JoinState, *Part) {
	if p.Shard > 0 {
		return JoinWaits, g.completed(p.Shard, join)
	}
	taken := len(join.Taken)
	//rule:run-awaits-all-ends = g.end || len(join.Arrived) >= len(g.numbers)
	full := len(join.Arrived) >= len(g.numbers) //rule:join-waits-for-all = taken > 0 || g.end && len(join.Arrived) >= len(g.numbers)
	if g.sharded() {
		taken = len(join.FullTaken)
		full = len(join.Full) >= g.shards() //rule:join-waits-for-all-shards = len(join.Full) > 0
	}
	switch {
	case g.any && slices.Contains(p.taken, join.First): //rule:any-join-fired-by-first = g.any && len(p.taken) > 0
		return JoinReady, nil
	case g.any && join.First != "":
		return JoinWaits, nil
	case full:
		return g.Complete(taken), nil //rule:all-join-judged-each-time = g.Complete(len(p.Taken)), nil
	}
	return JoinWaits, nil
}

// Any reports whether the gate is that of an "any" join.
func (g *Gate) Any() bool { return g.any }

// Complete returns the state of a join, or of the run's end, at which all sources have
// arrived, so many of them by a taken edge.
func (g *Gate) Complete(taken int) JoinState {
	if taken > 0 || g.end { //rule:own-join-dead = true
		return JoinReady
	}
	return JoinDead //rule:dead-join-is-dead = JoinWaits
}

// Taken returns the sources that have led to a join by a taken edge, as its set says, in the
// blueprint's order; nil if the set has only shards.
func (g *Gate) Taken(join state.Join) (sources []string) {
	for source, number := range g.numbers {
		if !g.sharded() && slices.Contains(join.Taken, number) {
			sources = append(sources, source)
		}
	}
	slices.SortFunc(sources, func(a, b string) int { return g.numbers[a] - g.numbers[b] })
	return sources
}

func (g *Gate) completed(shard int, join state.Join) *Part {
	if len(join.Arrived) < g.sizeOf(shard) { //rule:shard-completes-when-full
		return nil
	}
	part := &Part{Full: []int{shard}}
	if len(join.Taken) > 0 { //rule:shard-tells-of-taken
		part.FullTaken = part.Full
	}
	return part
}

// Gate returns the gate of a join.
func (p *Plan) Gate(node string) *Gate { return p.gates[node] }

// End returns the gate of the run's ends: the run is over when all are resolved.
func (p *Plan) End() *Gate { return p.end }
