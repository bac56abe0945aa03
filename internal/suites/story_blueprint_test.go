package suites_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// storyBlueprint reads a blueprint in short. A line is a chain of edges, or a
// node or an edge with the fields that are not the usual ones:
//
//	a -> b -> c
//	b {"uses":"fail"}
//	a -> c {"condition":"false"}
//
// A node that names no other code is "pass". Nodes and edges come in the order in
// which they are named first.
func storyBlueprint(lines []string) (*flow.Blueprint, error) {
	type fields map[string]json.RawMessage
	var ids []string
	nodes := map[string]fields{}
	var edges []fields
	node := func(id string) fields {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
			nodes[id] = fields{"id": quote(id), "uses": quote("pass")}
		}
		return nodes[id]
	}
	edge := func(source, target string) fields {
		for _, e := range edges {
			if string(e["source"]) == string(quote(source)) && string(e["target"]) == string(quote(target)) {
				return e
			}
		}
		edges = append(edges, fields{"source": quote(source), "target": quote(target)})
		return edges[len(edges)-1]
	}
	for _, line := range lines {
		chain, more, _ := strings.Cut(line, "{")
		names := strings.Split(chain, "->")
		var target fields
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
			target = node(names[i])
			if i > 0 {
				target = edge(names[i-1], names[i])
			}
		}
		if more != "" {
			if err := json.Unmarshal([]byte("{"+more), &target); err != nil {
				return nil, fmt.Errorf("blueprint: %q: %w", line, err)
			}
		}
	}
	list := make([]fields, len(ids))
	for i, id := range ids {
		list[i] = nodes[id]
	}
	text, err := json.Marshal(map[string]any{"id": "story", "nodes": list, "edges": edges})
	if err != nil {
		return nil, err
	}
	return flow.ParseBlueprint(text)
}

func quote(text string) json.RawMessage { return json.RawMessage(`"` + text + `"`) }
