package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// ParseBlueprint reads a blueprint from JSON. It reports everything that is no
// blueprint, all at once, as an [*InvalidError]; what the blueprint means is
// left to [Validate]. Unknown keys on top, in nodes and in edges are ignored,
// since editors leave them; elsewhere they are faults. Keys are case-sensitive,
// and null, like "" where a text is optional, counts as absent. Numbers in
// params and metadata keep their digits.
func ParseBlueprint(data []byte) (*Blueprint, error) {
	f := &faults{}
	b := &Blueprint{}
	if top, ok := parseDocument(f, data); ok {
		parseTop(top, b)
	}
	if err := f.err(b.ID); err != nil {
		return nil, err
	}
	return b, nil
}

// CheckBlueprint is [ParseBlueprint] and [Validate] in one, so that all faults
// are reported at once, those of the form and those of the meaning.
func CheckBlueprint(data []byte, registry Registry) (*Blueprint, error) {
	f := &faults{}
	b := &Blueprint{}
	if top, ok := parseDocument(f, data); ok {
		parseTop(top, b)
		validate(f, b, registry)
	}
	if err := f.err(b.ID); err != nil {
		return nil, err
	}
	return b, nil
}

// UnmarshalJSON is [ParseBlueprint].
func (b *Blueprint) UnmarshalJSON(data []byte) error {
	if isNull(bytes.TrimSpace(data)) {
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
	checkBlueprint(top.faults, b)
	for i, raw := range nodes {
		b.Nodes[i] = parseNode(top.faults, fmt.Sprintf("nodes[%d]", i), raw)
	}
	for i, raw := range top.array("edges") {
		b.Edges = append(b.Edges, parseEdge(top.faults, fmt.Sprintf("edges[%d]", i), raw))
	}
}

func parseNode(f *faults, path string, raw json.RawMessage) (n Node) {
	o, ok := asObject(f, path, raw)
	if !ok {
		return n
	}
	n.ID = o.text("id")
	n.Uses = o.text("uses")
	n.Params = o.compact("params")
	if inputs, ok := o.get("inputs"); ok {
		n.Inputs = parseInputs(f, o.at("inputs"), inputs)
	}
	if config, ok := o.object("config"); ok {
		n.Config = parseConfig(config)
	}
	checkNode(f, path, n)
	return n
}

func parseEdge(f *faults, path string, raw json.RawMessage) (e Edge) {
	o, ok := asObject(f, path, raw)
	if !ok {
		return e
	}
	e = Edge{
		Source: o.text("source"), Target: o.text("target"),
		Action: o.text("action"), Condition: o.text("condition"), Transform: o.text("transform"),
	}
	checkEdge(f, path, e)
	return e
}

func parseInputs(f *faults, path string, raw json.RawMessage) (in Inputs) {
	if kindOf(raw) != "an object" {
		name, ok := decode[string](f, path, raw, "a name (a string) or an object of names")
		if ok && name == "" {
			f.invalid(path, "it is empty: name a node or a context key, or remove it")
		}
		return Inputs{Name: name}
	}
	o, _ := asObject(f, path, raw)
	in.Fields = make(map[string]string, len(o.fields))
	for _, key := range slices.Sorted(maps.Keys(o.fields)) {
		in.Fields[key], _ = decode[string](f, o.at(key), o.fields[key], "a name (a string)")
	}
	return in
}

// UnmarshalJSON reads the string or object form.
func (in *Inputs) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); isNull(data) {
		return nil
	}
	f := &faults{}
	parsed := parseInputs(f, "inputs", data)
	checkInputs(f, "inputs", parsed)
	if err := f.err(""); err != nil {
		return err
	}
	*in = parsed
	return nil
}

func parseConfig(o object) NodeConfig {
	c := NodeConfig{
		MaxRetries: int(o.whole("maxRetries", 1, math.MaxInt32)),
		RetryDelay: o.millis("retryDelay", 0),
		RetryOn:    o.texts("retryOn"),
		Timeout:    o.millis("timeout", 1),
		Fallback:   o.text("fallback"), JoinStrategy: JoinStrategy(o.text("joinStrategy")), Semantics: Semantics(o.text("semantics")),
	}
	if backoff, ok := o.object("backoff"); ok {
		c.Backoff = &Backoff{Factor: backoff.factor("factor"), MaxDelay: backoff.millis("maxDelay", 0), Jitter: backoff.boolean("jitter")}
		backoff.only("factor", "maxDelay", "jitter")
	}
	o.only("maxRetries", "retryDelay", "backoff", "retryOn", "timeout", "fallback", "joinStrategy", "semantics")
	return c
}

// UnmarshalJSON reads durations in milliseconds.
func (c *NodeConfig) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); isNull(data) {
		return nil
	}
	f := &faults{}
	o, ok := asObject(f, "config", data)
	if ok {
		parsed := parseConfig(o)
		if checkConfig(f, "config", parsed); len(f.issues) == 0 {
			*c = parsed
		}
	}
	return f.err("")
}
