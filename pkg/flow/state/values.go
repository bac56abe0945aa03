package state

import (
	"encoding/json"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
)

// ContextValue is one context key of a run. A deleted key covers the run
// input's key of that name.
type ContextValue struct {
	Value   json.RawMessage
	Deleted bool
	Clock   Clock // of the task that wrote it; "": none, as of code beside the engine
}

// String returns the fields that are set, and of values their size.
func (v ContextValue) String() string { return describe.Fields(v) }

// ContextWrite sets or deletes one context key. In a record that was loaded without
// the values of its writes it has neither a value nor is it a deletion.
type ContextWrite struct {
	Key string
	ContextValue
}

// String returns the fields that are set, and of values their size.
func (w ContextWrite) String() string { return describe.Fields(w) }

// Unread reports whether the write was loaded without its value.
func (w ContextWrite) Unread() bool { return w.Value == nil && !w.Deleted }

// ValueChange gives a context key the value that a recorded task has written. It is
// applied by every handling that leads on from the record, so late and more than once:
// its guard is [GuardNewer].
type ValueChange struct {
	RunID string
	ContextWrite
	Expires time.Time
}

// String returns the fields that are set, and of values their size.
func (c ValueChange) String() string { return describe.Fields(c) }

// Attribute implements [Attributes].
func (c ValueChange) Attribute(name string) any {
	switch name {
	case "clock":
		return present(string(c.Clock))
	case "ttl":
		return seconds(c.Expires)
	}
	return nil
}

// withoutValues returns the keys of writes.
func withoutValues(writes []ContextWrite) (keys []ContextWrite) {
	for _, w := range writes {
		keys = append(keys, ContextWrite{Key: w.Key})
	}
	return keys
}
