package flow

import "strings"

var keyEscaper = strings.NewReplacer("%", "%25", "#", "%23", "@", "%40", "/", "%2F")

// EscapeKey escapes one part of an item's key (%, #, @ and /), so that
// look-alike ids cannot collide.
func EscapeKey(part string) string { return keyEscaper.Replace(part) }

// String is the task as keys and messages name it: NODE or NODE@SCOPE, escaped.
func (k TaskKey) String() string {
	if k.Scope == "" {
		return EscapeKey(k.Node)
	}
	return EscapeKey(k.Node) + "@" + EscapeKey(k.Scope)
}
