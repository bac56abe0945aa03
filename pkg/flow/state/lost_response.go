package state

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// A write whose response was lost is repeated and then meets its own effect: its
// guard no longer holds, yet the write succeeded. These methods recognise that in
// the stored item, for all stores alike. They depend on owners being unique per
// record handling.

// Mine reports whether stored was created by this very start.
func (r Run) Mine(stored Run) bool {
	return r.StartOwner != "" && r.StartOwner == stored.StartOwner && //rule:start-known-by-owner
		r.StartMessageID == stored.StartMessageID
}

// Mine reports whether this very claim left stored.
func (c Claim) Mine(stored TaskRecord) bool {
	//rule:own-claim-succeeds = false
	return c.Owner != "" && c.Owner == stored.Owner && //rule:claim-known-by-owner
		stored.State == flow.TaskRunning
}

// Mine reports whether this very task transition left stored.
func (t Transition) Mine(stored TaskRecord) bool {
	return t.Task != nil &&
		t.Task.Owner != "" && t.Task.Owner == stored.Owner && //rule:commit-known-by-owner
		t.Task.State == stored.State && t.Task.Failures == stored.Failures
}

// Mine reports whether this very write left stored: a task writes a key once.
func (c ValueChange) Mine(stored ContextValue) bool {
	return c.Clock != "" && c.Clock == stored.Clock
}

// Mine reports whether this very change gave stored its start lease, or counted
// this rescue: only the reconciler counts, and it holds the run's lock. Other
// changes have no owner: the caller must decide about a run that has already ended.
func (c RunChange) Mine(stored Run) bool {
	if c.Rescues > 0 {
		return c.Rescues == stored.Rescues && c.LastUpdated.Unix() == stored.LastUpdated.Unix()
	}
	return c.StartOwner != "" && c.StartOwner == stored.StartOwner
}
