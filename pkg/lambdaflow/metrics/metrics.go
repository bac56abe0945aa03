// Package metrics counts what the two functions do, and writes it to their logs
// in CloudWatch's embedded metric format: CloudWatch makes metrics of such lines,
// so that a function makes no request for them. It names the metrics for who
// watches them, too: alarms and dashboards.
package metrics

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// Namespace is where CloudWatch keeps the metrics.
const Namespace = "Flowcraft"

// The dimensions. Every metric has Flow; the metrics of runs are kept a second
// time with both. There is none by node, run or tenant: each value of a dimension
// is a metric more, and paid for.
const (
	Flow      = "Flow"      // the deployment's name
	Blueprint = "Blueprint" // the blueprint's id; what is no visible ASCII in it is %-escaped
)

// The metrics of runs, counted by whichever function recorded it.
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
	MessagesReturned  = "MessagesReturned"  // deliveries that an error kept from being handled, mostly one of the store or the queue
	CodeMissing       = "CodeMissing"       // deliveries that wait for a worker that has the code or the blueprint
)

// The metrics of the reconciler. Each tick reports the first three, as 0 too.
const (
	RunsStalled   = "RunsStalled"   // runs whose turn it was to be looked after
	RunsRescued   = "RunsRescued"   // of them, those that were sent messages again
	OldestRun     = "OldestRun"     // the time since the last progress of the active run that has waited longest, in s
	RescuesFailed = "RescuesFailed" // of them, those that an error kept from being looked after
	TimersFired   = "TimersFired"   // timers whose message was sent
	TimersFailed  = "TimersFailed"  // timers that an error kept from it
)

// The units, as CloudWatch names them.
const (
	unitCount        = "Count"
	unitMilliseconds = "Milliseconds"
	unitSeconds      = "Seconds"
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
	flow.CodeMissing:      CodeMissing,
	flow.MessageSentAgain: MessagesReturned, // it would have come back, but for its receives
}
