package secret

import (
	"errors"
	"fmt"
	"log/slog"
)

// Value is a secret that was read. It has no text in logs, errors and formatted
// output, and no form in JSON: only [Value.Reveal] returns it.
type Value struct {
	// A function, since package fmt prints unexported fields of any other type.
	reveal func() string
	name   Name
}

// NewValue returns a value for a test of node code.
func NewValue(name Name, text string) Value {
	return Value{func() string { return text }, name}
}

// Reveal returns the secret itself, for the call that needs it.
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// String returns the secret's name.
func (v Value) String() string { return "secret " + v.name.String() }

// GoString returns the secret's name.
func (v Value) GoString() string { return v.String() }

// Format writes the secret's name for every verb.
func (v Value) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, v.String()) }

// LogValue implements [slog.LogValuer].
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }

var errStored = errors.New("a secret has no form in JSON, so that no run stores it")

// MarshalJSON fails: the value must not become an output or a context key.
func (v Value) MarshalJSON() ([]byte, error) { return nil, errStored }

// MarshalText fails, as [Value.MarshalJSON] does.
func (v Value) MarshalText() ([]byte, error) { return nil, errStored }
