package state

import "time"

// Timer is a message that is due later than a queue can delay it.
type Timer struct {
	RunID string
	TaskKey
	Attempt int
	DueAt   time.Time
	Body    string // of the message
	Tenant  string
	Expires time.Time
}
