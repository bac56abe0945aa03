package state

import "encoding/json"

// ContextValue is one context key of a run. A deleted key covers the run
// input's key of that name.
type ContextValue struct {
	Value   json.RawMessage
	Deleted bool
}

// ContextWrite sets or deletes one context key.
type ContextWrite struct {
	Key string
	ContextValue
}
