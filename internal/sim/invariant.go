package sim

import "strings"

// Invariant is a sentence that holds in every world, at every moment or at the end.
// Each is in a file of its own, check_….go, with the code that checks it.
type Invariant string

// Violation is a moment at which an invariant did not hold.
type Violation struct {
	Invariant Invariant
	Text      string // the run, the node, and how
}

// String returns the invariant, and how it was violated.
func (v Violation) String() string { return string(v.Invariant) + ": " + v.Text }

// Violations are those of a world, in the order in which they were seen.
type Violations []Violation

// String returns all of them in one line.
func (v Violations) String() string {
	texts := make([]string, len(v))
	for i := range v {
		texts[i] = v[i].String()
	}
	return strings.Join(texts, "; ")
}
