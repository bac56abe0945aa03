package state

import (
	"encoding/json"

	"github.com/flowcraft-go/flowcraft/internal/describe"
)

// ContextValue is one context key of a run. A deleted key covers the run
// input's key of that name.
type ContextValue struct {
	Value   json.RawMessage
	Deleted bool
}

// String returns the fields that are set, and of values their size.
func (v ContextValue) String() string { return describe.Fields(v) }

// ContextWrite sets or deletes one context key.
type ContextWrite struct {
	Key string
	ContextValue
}

// String returns the fields that are set, and of values their size.
func (w ContextWrite) String() string { return describe.Fields(w) }
