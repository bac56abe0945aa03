package state

import "time"

// Arrival adds to the sets of a join, or of the run's end.
type Arrival struct {
	RunID   string
	Join    TaskKey // the zero key: the run's end
	Arrived []string
	Taken   []string
	First   string // if set: becomes the join's first unless it has one
	Expires time.Time
}

// Join is where a join, or a run's end, stands.
type Join struct {
	Arrived []string // sorted
	Taken   []string // sorted
	First   string
}
