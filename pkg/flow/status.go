package flow

// Status is the status of a run.
type Status string

// The statuses of a run. The last three are terminal.
const (
	Running   Status = "running"
	Awaiting  Status = "awaiting" // reported for a running run that waits for a resume; never stored
	Completed Status = "completed"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

// Terminal reports whether a run in this status has ended.
func (s Status) Terminal() bool { return s == Completed || s == Failed || s == Cancelled }

// State is the state of a task. A pending or skipped task has no record.
type State string

// The states of a task.
const (
	TaskPending  State = "pending"
	TaskRunning  State = "running"
	TaskRetrying State = "retrying"
	TaskWaiting  State = "waiting"
	TaskDone     State = "done"
	TaskFailed   State = "failed"
	TaskSkipped  State = "skipped"
)

// Committed reports whether the state is an outcome, which never changes.
func (s State) Committed() bool { return s == TaskDone || s == TaskFailed }
