package decide

import (
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ShardSize is how many sources one set holds. A set of that size fits into two
// write units whatever it counts, so an arrival costs the same at any width.
const ShardSize = 50

// Gate is how the sources of a join, or the ends of a run, are kept: as numbers,
// their places in the blueprint's order, in one set, or in shards of [ShardSize]
// whose completion a main set counts. It is immutable.
type Gate struct {
	numbers map[string]int // by source
	any     bool           // fired by the first taken source
	end     bool           // of a run: complete however its ends were reached
}

func newGate(sources []string) *Gate {
	g := &Gate{numbers: make(map[string]int, len(sources))}
	for i, source := range sources {
		g.numbers[source] = i
	}
	return g
}

// Size is how many sources there are.
func (g *Gate) Size() int { return len(g.numbers) }

func (g *Gate) sharded() bool { return len(g.numbers) > ShardSize }

func (g *Gate) shards() int { return (len(g.numbers) + ShardSize - 1) / ShardSize }

// sizeOf is how many sources a shard has. Shards are counted from 1.
func (g *Gate) sizeOf(shard int) int {
	return min(ShardSize, len(g.numbers)-(shard-1)*ShardSize)
}

// Part is what is added to one set of a gate.
type Part struct {
	Shard     int // 0: the main set
	Arrived   []int
	Taken     []int
	First     string
	Full      []int
	FullTaken []int

	taken []string // sources, of an "any" join
}

// Parts are the additions by which sources arrive, some of them by a taken edge.
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
			continue // it fires, or it came too late: either way it completes no shard of dead ones
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

// Judge applies the gate's rule to a set as it stands after a part was added to
// it: where the join stands, and what is to be added to the main set because a
// shard is complete; nil where it is not. The rule is applied every time, also
// if nothing was new: it comes out ready for every arrival that sees an "all"
// join complete, and for none but the first taken one at an "any" join, however
// often it arrives.
func (g *Gate) Judge(p Part, join state.Join) (JoinState, *Part) {
	if p.Shard > 0 {
		return JoinWaits, g.completed(p.Shard, join)
	}
	taken := len(join.Taken) > 0
	//rule:run-awaits-all-ends = g.end || len(join.Arrived) >= len(g.numbers)
	full := len(join.Arrived) >= len(g.numbers) //rule:join-waits-for-all = taken || g.end && len(join.Arrived) >= len(g.numbers)
	if g.sharded() {
		taken = len(join.FullTaken) > 0
		full = len(join.Full) >= g.shards() //rule:join-waits-for-all-shards = len(join.Full) > 0
	}
	switch {
	case g.any && slices.Contains(p.taken, join.First): //rule:any-join-fired-by-first = g.any && len(p.taken) > 0
		return JoinReady, nil
	case g.any && join.First != "":
		return JoinWaits, nil
	case full && (taken || g.end): //rule:all-join-judged-each-time = full && (len(p.Taken) > 0 || g.end)
		return JoinReady, nil
	case full:
		return JoinDead, nil //rule:dead-join-is-dead = JoinWaits, nil
	}
	return JoinWaits, nil
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

// Gate is how the sources of a join are kept.
func (p *Plan) Gate(node string) *Gate { return p.gates[node] }

// End is how the ends of the run are kept: it is over when all are resolved.
func (p *Plan) End() *Gate { return p.end }
