// Package metrics counts the work of the two functions, and writes the counts to
// their logs in CloudWatch's embedded metric format: CloudWatch makes metrics of such
// lines, so that a function makes no request for them. It also names the metrics for
// alarms and dashboards.
package metrics

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// Namespace is the namespace of the metrics in CloudWatch.
const Namespace = "Flowcraft"

// The dimensions. Every metric has Flow; with [Config.ByBlueprint] the metrics of runs
// are kept a second time with both. There is no dimension for node, run or tenant: each value of a dimension
// is another metric, at a price.
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
	NodesFailed       = "NodesFailed"       // nodes whose last attempt has failed, with or without a fallback
	DuplicateMessages = "DuplicateMessages" // messages whose work was recorded before
	MessagesReturned  = "MessagesReturned"  // deliveries that an error kept from being handled, mostly one of the store or the queue
	CodeMissing       = "CodeMissing"       // deliveries that wait for a worker that has the code or the blueprint
	CodeStillRunning  = "CodeStillRunning"  // attempts whose code runs on after they are over, since it ignores its context
)

// The metrics of the reconciler. Each tick reports the first three, as 0 too.
const (
	RunsStalled   = "RunsStalled"   // runs that were due to be examined
	RunsRescued   = "RunsRescued"   // of the stalled runs, those that were sent messages again
	OldestRun     = "OldestRun"     // the time since the last progress of the active run that has waited longest, in s
	RescuesFailed = "RescuesFailed" // of the stalled runs, those whose examination failed with an error
	TimersFired   = "TimersFired"   // timers whose message was sent
	TimersFailed  = "TimersFailed"  // timers whose message could not be sent, by an error
)

// The units, as CloudWatch names them.
const (
	unitCount        = "Count"
	unitMilliseconds = "Milliseconds"
	unitSeconds      = "Seconds"
)

// ofRuns maps the events that can be counted by blueprint too.
var ofRuns = map[flow.EventKind]string{
	flow.RunStarted:   RunsStarted,
	flow.RunCompleted: RunsCompleted,
	flow.RunFailed:    RunsFailed,
	flow.RunCancelled: RunsCancelled,
}

// ofFlow maps the events that are counted only for the whole deployment.
var ofFlow = map[flow.EventKind]string{
	flow.NodeRetrying:     NodeRetries,
	flow.NodeFailed:       NodesFailed,
	flow.DuplicateMessage: DuplicateMessages,
	flow.RunRescued:       RunsRescued,
	flow.CodeMissing:      CodeMissing,
	flow.CodeStillRunning: CodeStillRunning,
	flow.MessageSentAgain: MessagesReturned, // it would have come back, but for its receives
}
