package state

import (
	"encoding/json"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Format is the format of a run's items that this version writes, and the
// highest that it reads. Since format 2, context writes are in the records of tasks, and a
// run's input has its hash for a name.
const Format = 2

// RunOutlives is the time by which a run's own item expires later than its records,
// so that no record outlives its run.
const RunOutlives = 7 * 24 * time.Hour

// Run is one execution of a blueprint: one item of a store.
type Run struct {
	ID               string
	Format           int // of its items; a run with a higher one than [Format] must not be read on
	BlueprintID      string
	BlueprintVersion string
	BlueprintHash    string
	Tenant           string
	Status           flow.Status
	Epoch            int // counts redrives
	StartedAt        time.Time
	EndsBy           time.Time // the end of its maximum duration, when it fails if still running; zero: none
	LastUpdated      time.Time // whole seconds
	FinishedAt       time.Time
	Awaiting         []string // the tasks that wait for a resume
	WaitingFor       string   // why no worker could go on, as in "code: charge-card"
	Active           bool     // the reconciler must examine it when it has not been touched for long
	Rescues          int
	Result           json.RawMessage
	Error            *flow.Failure
	Expires          time.Time // from then on the item counts as absent, and may be collected
	Items            bool      // tasks in the scopes of batch items lie in partitions of their own

	// The start message's claim on the run: the run's item is that message's task record.
	StartMessageID string
	StartedBy      string // the sender of the start, as [Message.Sender]
	CancelledBy    string // the sender of the cancel

	// The names that the start and the cancel state for themselves: nobody has proved them.
	StartedByStated   string
	CancelledByStated string

	StartOwner      string
	StartLeaseUntil time.Time
	Traceparent     string // of the start that created the run; "" is none

	// Input is written by Create as an item of its own, and read only where a ReadSet asks for it.
	Input     json.RawMessage
	InputHash string
}

// String returns the fields that are set, and of values their size.
func (r Run) String() string { return describe.Fields(r) }

// InputName names the run's input in a store; "" if it has none, as in the first format.
func (r Run) InputName() string {
	if r.Format < 2 {
		return ""
	}
	return r.InputHash
}

// Blueprint is the key of the blueprint that the run pins.
func (r Run) Blueprint() BlueprintKey { return BlueprintKey{r.BlueprintID, r.BlueprintHash} }

// RecordsExpire is the time to expire of everything that belongs to the run, except
// for its own item. The zero time is never.
func (r Run) RecordsExpire() time.Time {
	if r.Expires.IsZero() {
		return time.Time{}
	}
	return r.Expires.Add(-RunOutlives)
}

// StartLive reports whether a start message other than the handling of owner holds
// the run.
func (r Run) StartLive(owner string, now time.Time) bool {
	return r.StartOwner != owner && r.StartLeaseUntil.After(now)
}

// RunChange changes the named fields of a run; zero fields stay as they are.
type RunChange struct {
	RunID           string
	LastUpdated     time.Time // if set, the run is active, too
	ResetRescues    bool
	WaitingFor      *string
	Rescues         int  // counted up by the reconciler
	Leave           bool // no longer active: nothing to rescue until a message comes
	StartOwner      string
	StartLeaseUntil time.Time
	Finish          *Finish
}

// String returns the fields that are set, and of values their size.
func (c RunChange) String() string { return describe.Fields(c) }

// Finish ends a run, which is then no longer active.
type Finish struct {
	Status     flow.Status
	Result     json.RawMessage
	Error      *flow.Failure
	FinishedAt time.Time
	By         string // of a cancel: its sender
	ByStated   string // of a cancel: the name that it states
}

// String returns the fields that are set, and of values their size.
func (f Finish) String() string { return describe.Fields(f) }

// Apply returns the effect of the change on the stored run.
func (c RunChange) Apply(r Run) Run {
	if !c.LastUpdated.IsZero() {
		r.LastUpdated, r.Active = c.LastUpdated.Truncate(time.Second), true
	}
	switch {
	case c.ResetRescues:
		r.Rescues = 0
	case c.Rescues > 0:
		r.Rescues = c.Rescues
	}
	if c.Leave {
		r.Active = false
	}
	if c.WaitingFor != nil {
		r.WaitingFor = *c.WaitingFor
	}
	if c.StartOwner != "" {
		r.StartOwner, r.StartLeaseUntil = c.StartOwner, c.StartLeaseUntil
	}
	if f := c.Finish; f != nil {
		r.Status, r.Result, r.Error, r.FinishedAt = f.Status, f.Result, f.Error, f.FinishedAt
		r.CancelledBy, r.CancelledByStated = f.By, f.ByStated
		r.Active = false //rule:ended-run-inactive
	}
	return r
}

// Attribute implements [Attributes].
func (r Run) Attribute(name string) any {
	switch name {
	case "runId":
		return present(r.ID)
	case "status":
		return present(string(r.Status))
	case "epoch":
		return int64(r.Epoch)
	case "lastUpdated":
		return seconds(r.LastUpdated)
	case "startMessageId":
		return present(r.StartMessageID)
	case "startLeaseUntil":
		return millis(r.StartLeaseUntil)
	case "ttl":
		return seconds(r.Expires)
	}
	return nil
}
