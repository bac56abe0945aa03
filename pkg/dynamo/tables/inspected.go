package tables

import "slices"

// Inspected attributes tell where runs and tasks stand, since when and why, by codes.
// None holds anything of a user's values. They are exactly those that a reader without
// values requests, and that may be granted to one.

// InspectedRun returns those of runs, in the status table.
func InspectedRun() []string {
	return slices.Clone(inspectedRun)
}

// InspectedTask returns those of task records, in the context table.
func InspectedTask() []string {
	return slices.Clone(inspectedTask)
}

var (
	inspectedRun = []string{
		RunID, TTL, Format, RunStatus, BlueprintID, BlueprintVersion, BlueprintHash, Tenant, Epoch,
		StartedAt, LastUpdated, FinishedAt, EndsBy, Awaiting, WaitingFor, Rescues, Items, Active, ErrorCode, ErrorNode,
		StartedBy, StartedByStated, CancelledBy, CancelledByStated, Traceparent,
	}
	inspectedTask = []string{
		RunID, ItemKey, TTL, State, LeaseUntil, Starts, Failures, DueAt, StartedAt, FinishedAt,
	}
)
