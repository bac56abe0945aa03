package state

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
)

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

// String is the fields that are set, of the body its size.
func (t Timer) String() string {
	t.Body = describe.Size(len(t.Body))
	return describe.Fields(t)
}
