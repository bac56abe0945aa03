package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// ParseBlueprint reads a blueprint from JSON. It reports all faults of form at once,
// as an [*InvalidError]; the meaning of the blueprint is left to [Validate]. Unknown
// keys on top, in nodes and in edges are ignored, since editors leave them; elsewhere
// they are faults. Keys are case-sensitive, and null, like "" where a text is
// optional, counts as absent. Numbers in params and metadata keep their digits.
func ParseBlueprint(data []byte) (*Blueprint, error) {
	found := &issues{}
	b := &Blueprint{}
	if top, ok := parseDocument(found, data); ok {
		parseTop(top, b)
	}
	if err := found.err(b); err != nil {
		return nil, err
	}
	return b, nil
}

// CheckBlueprint combines [ParseBlueprint] and [Validate], so that all faults of form
// and of meaning are reported at once.
func CheckBlueprint(data []byte, types NodeTypes) (*Blueprint, error) {
	found := &issues{}
	b := &Blueprint{}
	if top, ok := parseDocument(found, data); ok {
		parseTop(top, b)
		validate(found, b, types)
	}
	if err := found.err(b); err != nil {
		return nil, err
	}
	return b, nil
}

// UnmarshalJSON is [ParseBlueprint].
func (b *Blueprint) UnmarshalJSON(data []byte) error {
	if rawjson.IsNull(bytes.TrimSpace(data)) {
		return nil
	}
	parsed, err := ParseBlueprint(data)
	if err != nil {
		return err
	}
	*b = *parsed
	return nil
}

func parseTop(top object, b *Blueprint) {
	b.ID = top.text("id")
	b.Metadata = top.compact("metadata")
	nodes := top.array("nodes")
	b.Nodes = make([]Node, len(nodes))
	checkBlueprint(top.found, b)
	for i, raw := range nodes {
		b.Nodes[i] = parseNode(top.found, fmt.Sprintf("nodes[%d]", i), raw)
	}
	for i, raw := range top.array("edges") {
		b.Edges = append(b.Edges, parseEdge(top.found, fmt.Sprintf("edges[%d]", i), raw))
	}
}

func parseNode(found *issues, path string, raw json.RawMessage) (n Node) {
	o, ok := asObject(found, path, raw)
	if !ok {
		return n
	}
	n.ID = o.text("id")
	n.Uses = o.text("uses")
	n.Params = o.compact("params")
	if inputs, ok := o.get("inputs"); ok {
		n.Inputs = parseInputs(found, o.at("inputs"), inputs)
	}
	if config, ok := o.object("config"); ok {
		n.Config = configKeys.read(config)
	}
	checkNode(found, path, n)
	return n
}

func parseEdge(found *issues, path string, raw json.RawMessage) (e Edge) {
	o, ok := asObject(found, path, raw)
	if !ok {
		return e
	}
	e = Edge{
		Source: o.text("source"), Target: o.text("target"),
		Action: o.text("action"), Condition: o.text("condition"), Transform: o.text("transform"),
		Otherwise: o.boolean("otherwise"),
	}
	checkEdge(found, path, e)
	return e
}

func parseInputs(found *issues, path string, raw json.RawMessage) (in Inputs) {
	if rawjson.Kind(raw) != "an object" {
		name, ok := decode[string](found, path, raw, "a name (a string) or an object of names")
		if ok && name == "" {
			found.invalid(path, "it is empty: name a node or a context key, or remove it")
		}
		return Inputs{Name: name}
	}
	o, _ := asObject(found, path, raw)
	in.Fields = make(map[string]string, len(o.fields))
	for _, key := range slices.Sorted(maps.Keys(o.fields)) {
		in.Fields[key], _ = decode[string](found, o.at(key), o.fields[key], "a name (a string)")
	}
	return in
}

// UnmarshalJSON reads the string or object form.
func (in *Inputs) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); rawjson.IsNull(data) {
		return nil
	}
	found := &issues{}
	parsed := parseInputs(found, "inputs", data)
	checkInputs(found, "inputs", parsed)
	if err := found.err(&Blueprint{}); err != nil {
		return err
	}
	*in = parsed
	return nil
}
