package suites_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// storyBlueprint reads a blueprint in short form. A line is a chain of edges, or a
// node or an edge with its special fields:
//
//	a -> b -> c
//	b {"uses":"fail"}
//	a -> c {"condition":"false"}
//
// A node without "uses" is "pass". Nodes and edges are in the order in which they
// are first named.
func storyBlueprint(lines []string) (*flow.Blueprint, error) {
	var s shortBlueprint
	for _, line := range lines {
		chain, more, _ := strings.Cut(line, "{")
		target := s.chain(strings.Split(chain, "->"))
		if more == "" {
			continue
		}
		if err := json.Unmarshal([]byte("{"+more), &target); err != nil {
			return nil, fmt.Errorf("blueprint: %q: %w", line, err)
		}
	}
	text, err := json.Marshal(map[string]any{"id": "story", "nodes": s.nodes, "edges": s.edges})
	if err != nil {
		return nil, err
	}
	return flow.ParseBlueprint(text)
}

// shortBlueprint has the nodes and edges of a blueprint, by the fields of their JSON.
type shortBlueprint struct{ nodes, edges []fields }

type fields map[string]any

// chain adds nodes and the edges between them, and returns the fields of the last
// edge, or of the node if there is no edge.
func (s *shortBlueprint) chain(ids []string) (last fields) {
	for i, id := range ids {
		ids[i] = strings.TrimSpace(id)
		last = find(&s.nodes, fields{"id": ids[i], "uses": "pass"}, "id")
		if i > 0 {
			last = find(&s.edges, fields{"source": ids[i-1], "target": ids[i]}, "source", "target")
		}
	}
	return last
}

// find returns the element of a list that has the same keys, or adds it.
func find(list *[]fields, one fields, keys ...string) fields {
	for _, other := range *list {
		if !slices.ContainsFunc(keys, func(key string) bool { return other[key] != one[key] }) {
			return other
		}
	}
	*list = append(*list, one)
	return one
}
