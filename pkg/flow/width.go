package flow

// The sources of a join, and the ends of a run, are sets that one item holds:
// what would not fit must be refused with the blueprint, since its runs could
// never go on.
const (
	maxItem    = 400_000          // bytes, a little less than DynamoDB's 400 KB
	maxArrival = maxItem/2 - 2000 // of the ids of a join's sources: each may be in two of its sets
	maxEnds    = maxItem - 2000
)

// tooWide reports a join whose sources do not fit into its item.
func (g *graph) tooWide(f *faults, path, id string) {
	if size := setSize(g.sources[id]); g.isJoin(id) && size > maxArrival {
		f.add(issueIDTooLong, path, "the ids of the %d nodes that lead to it have %d bytes together, of which a join holds %d: shorten them, or join in two steps",
			len(g.sources[id]), size, maxArrival)
	}
}

// endsTooWide reports a run whose ends do not fit into their item.
func (g *graph) endsTooWide(f *faults) {
	ends := g.endNames()
	if size := setSize(ends); size > maxEnds {
		f.add(issueIDTooLong, "nodes", "the run has %d ends (nodes that lead nowhere, and edges into any-joins), whose ids have %d bytes together, of which it holds %d: shorten them, or join the ends in one node",
			len(ends), size, maxEnds)
	}
}

func setSize(elements []string) (size int) {
	for _, element := range elements {
		size += len(element) + 1
	}
	return size
}

// endNames are the ends of a run: its sinks, and the edges into "any" joins.
func (g *graph) endNames() (names []string) {
	for _, n := range g.blueprint.Nodes {
		if g.isSink(n.ID) {
			names = append(names, sinkEnd(n.ID))
		}
		if g.isAnyJoin(n.ID) {
			for _, source := range g.sources[n.ID] {
				names = append(names, edgeEnd(source, n.ID))
			}
		}
	}
	return names
}

// sinkEnd and edgeEnd name one end.
func sinkEnd(id string) string { return "sink#" + EscapeKey(id) }

func edgeEnd(source, target string) string {
	return "edge#" + EscapeKey(source) + "#" + EscapeKey(target)
}
