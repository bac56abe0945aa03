// Package metrics counts the work of the two functions, and writes the counts to
// their logs in CloudWatch's embedded metric format: CloudWatch makes metrics of such
// lines, so that a function makes no request for them. It also names the metrics for
// alarms and dashboards.
package metrics

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// Namespace is where CloudWatch keeps the metrics.
const Namespace = "Flowcraft"

// The dimensions. Every metric has Flow; the metrics of runs are kept a second
// time with both. There is none by node, run or tenant: each value of a dimension
// is a metric more, and paid for.
const (
	Flow      = "Flow"      // the deployment's name
	Blueprint = "Blueprint" // the blueprint's id; all but visible ASCII in it is %-escaped
)

// The metrics of runs, counted by the function that recorded the event.
const (
	RunsStarted   = "RunsStarted"
	RunsCompleted = "RunsCompleted"
	RunsFailed    = "RunsFailed"
	RunsCancelled = "RunsCancelled"
)

// The metrics of the worker.
const (
	NodeDuration      = "NodeDuration"      // of each attempt's code, in ms
	NodeRetries       = "NodeRetries"       // attempts that failed and are followed by another
	NodesFailed       = "NodesFailed"       // nodes that are out of attempts, whether or not a fallback stands in
	DuplicateMessages = "DuplicateMessages" // messages whose work was recorded before
)

// The metrics of the reconciler. Each tick reports the first two, as 0 too.
const (
	RunsStalled   = "RunsStalled"   // runs whose turn it was to be looked after
	RunsRescued   = "RunsRescued"   // of them, those that were sent messages again
	RescuesFailed = "RescuesFailed" // of them, those that an error kept from being looked after
	TimersFired   = "TimersFired"   // timers whose message was sent
	TimersFailed  = "TimersFailed"  // timers that an error kept from it
)

// The units, as CloudWatch names them.
const (
	unitCount        = "Count"
	unitMilliseconds = "Milliseconds"
)

// ofRuns are the events that are counted by blueprint too.
var ofRuns = map[flow.EventKind]string{
	flow.RunStarted:   RunsStarted,
	flow.RunCompleted: RunsCompleted,
	flow.RunFailed:    RunsFailed,
	flow.RunCancelled: RunsCancelled,
}

// ofFlow are the events that are counted for the whole deployment alone.
var ofFlow = map[flow.EventKind]string{
	flow.NodeRetrying:     NodeRetries,
	flow.NodeFailed:       NodesFailed,
	flow.DuplicateMessage: DuplicateMessages,
	flow.RunRescued:       RunsRescued,
}
