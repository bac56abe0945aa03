package flow

import "slices"

// MaxIDLength bounds ids, actions and context keys, in bytes. Escaped, each byte may be
// three: outside of scopes a node's key has at most 770 bytes.
const MaxIDLength = 255

func checkID(found *issues, path, id string) {
	checkRequired(found, path, id)
	if len(id) > MaxIDLength {
		found.add(issueIDTooLong, path, "it has %d bytes: at most %d are allowed", len(id), MaxIDLength)
	}
}

// The sources of a join, and the ends of a run, are sets that one item holds:
// what would not fit must be refused with the blueprint, since its runs could
// never go on.
const (
	maxItem    = 400_000
	maxArrival = maxItem/2 - 2000 // of the ids of a join's sources: each may be in two of its sets
	maxEnds    = maxItem - 2000
)

// checkSources reports a join whose sources do not fit into its item.
func (g *checkGraph) checkSources(found *issues, path string, node int) {
	sources := g.sources(g.blueprint.Nodes[node].ID)
	if size := setSize(sources); len(sources) > 1 && size > maxArrival {
		found.add(issueIDTooLong, path, "the ids of the %d nodes that lead to it have %d bytes together, of which a join holds %d: shorten them, or join in two steps",
			len(sources), size, maxArrival)
	}
}

// checkEnds reports a run whose ends do not fit into their item.
func (g *checkGraph) checkEnds(found *issues) {
	size, count := 0, 0
	for i, n := range g.blueprint.Nodes {
		if len(g.next[i]) == 0 {
			size, count = size+len(n.ID)+6, count+1
		}
		if sources := g.sources(n.ID); n.Config.JoinStrategy == JoinAny && len(sources) > 1 {
			size, count = size+setSize(sources)+len(sources)*(len(n.ID)+6), count+len(sources)
		}
	}
	if size > maxEnds {
		found.add(issueIDTooLong, "nodes", "the run has %d ends (nodes that lead nowhere, and edges into any-joins), whose ids have %d bytes together, of which it holds %d: shorten them, or join the ends in one node",
			count, size, maxEnds)
	}
}

func (g *checkGraph) sources(target string) (sources []string) {
	for _, e := range g.blueprint.Edges {
		if e.Target == target && !slices.Contains(sources, e.Source) {
			sources = append(sources, e.Source)
		}
	}
	return sources
}

func setSize(elements []string) (size int) {
	for _, element := range elements {
		size += len(element) + 1
	}
	return size
}
