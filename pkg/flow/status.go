package flow

// Status is where a run stands.
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

// State is where a task stands. Of a task that is pending or skipped nothing
// is recorded.
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
