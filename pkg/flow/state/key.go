package state

import "strings"

// TaskKey names a task within a run.
type TaskKey struct {
	Node  string
	Scope string // "" outside loops and maps
}

var keyEscaper = strings.NewReplacer("%", "%25", "#", "%23", "@", "%40", "/", "%2F")

// EscapeKey escapes one part of an item's key (%, #, @ and /), so that
// look-alike ids cannot collide.
func EscapeKey(part string) string { return keyEscaper.Replace(part) }

// Key returns the task's name in storage keys and idempotency keys: NODE or
// NODE@SCOPE, each part escaped.
func (k TaskKey) Key() string {
	if k.Scope == "" {
		return EscapeKey(k.Node)
	}
	return EscapeKey(k.Node) + "@" + EscapeKey(k.Scope)
}

// Name returns the task's name for people: node or node@scope.
func (k TaskKey) Name() string {
	if k.Scope == "" {
		return k.Node
	}
	return k.Node + "@" + k.Scope
}
