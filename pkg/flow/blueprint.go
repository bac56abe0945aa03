package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

// Blueprint is a workflow as data, in Flowcraft's JSON format. A Blueprint is never
// modified after it was given to an engine; every run is pinned to its version by
// [Blueprint.Hash].
type Blueprint struct {
	ID       string          `json:"id"`
	Nodes    []Node          `json:"nodes"`
	Edges    []Edge          `json:"edges,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// String returns the blueprint's id and size.
func (b Blueprint) String() string {
	return fmt.Sprintf("blueprint %q of %d nodes and %d edges", b.ID, len(b.Nodes), len(b.Edges))
}

// Node is one step of a blueprint. Uses names its code: a built-in or an entry
// of the [Registry].
type Node struct {
	ID     string          `json:"id"`
	Uses   string          `json:"uses"`
	Params json.RawMessage `json:"params,omitempty"`
	Inputs Inputs          `json:"inputs,omitzero"`
	Config NodeConfig      `json:"config,omitzero"`
}

// String returns the node's id and code, and no params.
func (n Node) String() string { return fmt.Sprintf("%s (uses %s)", n.ID, n.Uses) }

// Inputs says where a node's input comes from: one name (JSON: a string), or an
// object of names. The zero value selects the values that the incoming edges carry.
type Inputs struct {
	Name   string
	Fields map[string]string
}

// String returns the JSON form.
func (in Inputs) String() string { return jsonText(in) }

// Edge leads from Source to Target when Source's result has its Action (or
// the edge has none) and its Condition holds; with Otherwise, when no other edge of
// Source is taken.
type Edge struct {
	Source    string `json:"source"`
	Target    string `json:"target"`
	Action    string `json:"action,omitempty"`
	Condition string `json:"condition,omitempty"`
	Transform string `json:"transform,omitempty"`
	Otherwise bool   `json:"otherwise,omitempty"`
}

// String returns the edge as an arrow, and the condition for taking it.
func (e Edge) String() string {
	text := e.Source + " -> " + e.Target
	if e.Action != "" {
		text += fmt.Sprintf(" on %q", e.Action)
	}
	if e.Condition != "" {
		text += " if " + e.Condition
	}
	if e.Otherwise {
		text += " otherwise"
	}
	return text
}

// IsZero reports whether no input is configured.
func (in Inputs) IsZero() bool { return in.Name == "" && in.Fields == nil }

// MarshalJSON writes the string or object form.
func (in Inputs) MarshalJSON() ([]byte, error) {
	if in.Fields != nil {
		return json.Marshal(in.Fields)
	}
	return json.Marshal(in.Name)
}

// Body returns the blueprint's canonical JSON, which is stored with its runs. Parsing
// it again gives an equal blueprint.
func (b *Blueprint) Body() ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return nil, fmt.Errorf("encode blueprint %q: %w", b.ID, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Hash returns the SHA-256 of [Blueprint.Body] in hex, which identifies a run's
// version of the blueprint.
func (b *Blueprint) Hash() (string, error) {
	body, err := b.Body()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// Names returns the names that expressions may use: those of nodes, with their hyphens,
// and the context keys of the built-in node set. It looks at every node: one result serves
// all expressions of the blueprint.
func (b *Blueprint) Names() expression.Names {
	names := expression.Names{}
	for _, n := range b.Nodes {
		if n.Uses != "set" {
			continue
		}
		var params struct{ Values map[string]json.RawMessage }
		_ = json.Unmarshal(n.Params, &params) // validation reports other params
		for key := range params.Values {
			names[key] = false
		}
	}
	for _, n := range b.Nodes {
		names[n.ID] = strings.Contains(n.ID, "-")
	}
	return names
}

// jsonText returns the JSON of a part of a blueprint.
func jsonText(part json.Marshaler) string {
	text, err := part.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return string(text)
}
