package httpnode

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
)

// Secrets returns the names of the secrets that a blueprint's nodes use, as often as
// they do. A worker must be allowed to read them.
func Secrets(b *flow.Blueprint) (names []secret.Name) {
	for _, node := range b.Nodes {
		if node.Uses != Name {
			continue
		}
		var params map[string]json.RawMessage
		if json.Unmarshal(node.Params, &params) == nil { // else a fault of the blueprint, which its validation reports
			names = append(names, secretsIn(params)...)
		}
	}
	return names
}

// secretsIn looks for {"secret": NAME} at any depth: no other object of the params has
// that key and a text that is a name.
func secretsIn(fields map[string]json.RawMessage) (names []secret.Name) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		var inner map[string]json.RawMessage
		if json.Unmarshal(fields[key], &inner) != nil {
			continue
		}
		var text string
		if json.Unmarshal(inner["secret"], &text) == nil {
			if name, err := secret.Parse(text); err == nil {
				names = append(names, name)
				continue
			}
		}
		names = append(names, secretsIn(inner)...)
	}
	return names
}
