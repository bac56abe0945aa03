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

// Key is the task as storage keys and idempotency keys name it: NODE or
// NODE@SCOPE, each part escaped.
func (k TaskKey) Key() string {
	if k.Scope == "" {
		return EscapeKey(k.Node)
	}
	return EscapeKey(k.Node) + "@" + EscapeKey(k.Scope)
}

// Name is the task as people read it: node or node@scope.
func (k TaskKey) Name() string {
	if k.Scope == "" {
		return k.Node
	}
	return k.Node + "@" + k.Scope
}
