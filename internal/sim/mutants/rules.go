package main

import "slices"

// rule is a rule of the protocol other than a guard. Marks with its name are placed
// where it is implemented.
type rule struct {
	name   string
	says   string // the rule, as it holds until it is switched off
	places int    // number of marks; 0 means one
	unseen string // why no simulation can notice its loss; "" means that it must
}

// rules returns the table of all rules.
func rules() []rule {
	return slices.Concat(handlingRules(), taskRules(), joinRules(), reconcilerRules())
}

// handlingRules are about a message until its task begins.
func handlingRules() []rule {
	return []rule{
		{name: "owner-per-handling", says: "every handling has an owner token of its own"},
		{name: "inline-ends-after-death", says: "nothing goes on inline after a task that may have killed a worker",
			unseen: "it keeps one message's receives from paying for several tasks; nothing is lost without it"},
		{name: "lease-until-invocation-end", says: "a lease lasts until the invocation's end"},
		{name: "lease-outlasts-skew", says: "a lease outlasts the clocks' skew"},
		{name: "abridged-record-read-again", says: "a record that was loaded without all edges is read again for another task"},
		{name: "abridged-record-proves-no-death", says: "a record that was loaded without all edges proves no branch dead"},
		{name: "keys-read-for-each-task", says: "context keys are read again for each task"},
		{name: "inputs-bounded", says: "inputs that are too large together are not read", places: 2},
		{name: "inputs-await-memory", says: "large inputs wait for their share of the memory"},
		{name: "ended-run-starts-nothing", says: "a run that has ended starts nothing"},
		{name: "ended-run-acknowledges-jobs", says: "a job of a run that has ended is acknowledged"},
		{name: "job-led-to", says: "a job must have been led to"},
		{name: "join-job-when-ready", says: "a job of a join comes when its rule holds"},
		{name: "unknown-run-rejected", says: "a job of an unknown run is rejected"},
		{name: "live-work-sent-again", says: "live work is sent again on its last receive"},
		{name: "unread-job-sent-again", says: "a job that cannot be read is sent again on its last receive"},
		{name: "sent-again-carries-id", says: "a message that is sent again carries the id of the first"},
		{name: "sent-again-keeps-tenant", says: "a message that is sent again stays in the group of its tenant"},
		{name: "job-in-group-of-tenant", says: "a job is in the group of its run's tenant"},
		{name: "job-names-tenant", says: "a job names its tenant, for when its run cannot be read"},
		{name: "run-keeps-tenant", says: "a run keeps the tenant of its start"},
		{name: "timer-keeps-tenant", says: "a timer keeps the tenant of its run"},
		{name: "run-keeps-version", says: "a run keeps the version of its blueprint, whatever its worker's latest is"},
		{name: "pinned-timeout-clamped", says: "a node of a pinned version fits into the time that the worker has now"},
		{name: "message-counts-hop", says: "a message counts a hop"},
		{name: "no-worker-fails-run", says: "a run fails if no worker has had its code for long"},
		{name: "start-sent-again", says: "a start is sent again on its last receive"},
		{name: "run-touched", says: "a run is touched before its tasks are claimed"},
		{name: "run-touched-at-quarter", says: "a run is touched when a quarter of the threshold has passed"},
		{name: "rescued-run-touched", says: "a run that was rescued is touched",
			unseen: "progress shortens the wait for the next rescue; each comes within an hour without it"},
		{name: "inactive-run-touched", says: "a run that has left the index is touched",
			unseen: "a run that leaves the index only waits, and comes back by its timer; nodes that wait for a resume are not in this version"},
		{name: "same-start-replays", says: "the same start again replays the run"},
		{name: "other-start-ignored", says: "another start of the run is ignored"},
		{name: "start-held-by-lease", says: "a start comes back while the lease of its first delivery is live"},
		{name: "start-takes-lease", says: "a run's start holds a lease"},
		{name: "restart-replays", says: "a start that is taken over replays, and does not begin anew"},
		{name: "cancel-ends-run", says: "a cancel ends the run"},
		{name: "intake-takes-no-jobs", says: "the intake queue takes starts and cancels only",
			unseen: "a world has one queue; the engine's tests see it"},
		{name: "intake-cancels-own-runs", says: "through the intake queue a sender cancels its own runs only",
			unseen: "a world has one queue; the engine's tests see it"},
		{name: "cancel-before-start-ends-run", says: "a cancel that comes before the start ends the run"},
	}
}

// taskRules are about a task from its claim to its successors.
func taskRules() []rule {
	return []rule{
		{name: "held-message-comes-back", says: "a message is not acknowledged while another's lease is live"},
		{name: "outcome-held-by-lease", says: "a recorded outcome leads on only when its lease has ended"},
		{name: "early-retry-sent-again", says: "a retry that is not due is sent again"},
		{name: "retry-sent", says: "a retry is sent after its failure"},
		{name: "retry-waits", says: "a retry waits"},
		{name: "retry-carries-attempt", says: "a retry's message carries its attempt",
			unseen: "by its due time a retry is free anyway; clocks that differ cost one more message"},
		{name: "at-most-once-abandoned", says: "at-most-once code is abandoned with its worker"},
		{name: "done-task-leads-on", says: "a task that is done already leads on"},
		{name: "lost-commit-leads-on", says: "a lost commit goes on with the recorded outcome"},
		{name: "lost-commit-not-acknowledged", says: "a lost commit is not acknowledged"},
		{name: "lease-kept-at-commit", says: "the lease stays at the commit"},
		{name: "commit-by-owner", says: "a claimed task is committed by its owner alone"},
		{name: "writes-with-outcome", says: "context writes are committed with the outcome"},
		{name: "suspect-task-alone", says: "a task that may have killed a worker is performed beside no other"},
		{name: "starts-bounded", says: "starts without an outcome are bounded"},
		{name: "claim-counts-start", says: "a claim counts a start"},
		{name: "unseen-start-counted", says: "a start that no claim counted is counted by the next claim"},
		{name: "refusal-gives-claim-back", says: "a claim whose outcome is refused is given back"},
		{name: "lost-claim-given-back", says: "a claim whose answer was lost is given back"},
		{name: "running-code-keeps-claim", says: "a claim is not given back while its code may run, nor of at-most-once code that has started"},
		{name: "unstarted-task-sent", says: "a task that cannot be performed here is sent, before its message is acknowledged"},
		{name: "commit-outlives-invocation", says: "an outcome is recorded although the invocation's context has ended"},
		{name: "straggler-holds-back-once", says: "at-most-once code waits for the end of its earlier attempt's code"},
		{name: "starts-per-attempt", says: "an attempt's starts are counted by themselves"},
		{name: "attempts-bounded", says: "attempts are bounded"},
		{name: "due-time-not-early", says: "the time of a retry is rounded up to whole seconds"},
		{name: "retry-message-not-early", says: "the delay of a retry's message is rounded up to whole seconds"},
		{name: "permanent-not-retried", says: "a permanent failure is not retried"},
		{name: "status-read-each-second", says: "the status is read again after a second"},
		{name: "status-read-before-claim", says: "the status is read before every claim"},
		{name: "task-needs-time", says: "a task is begun only with time for it"},
		{name: "all-but-one-sent", says: "all ready tasks but one are sent"},
		{name: "send-before-acknowledge", says: "the send is waited for before the message is acknowledged"},
		{name: "chain-ends-in-time", says: "a chain is handed on when its time is short"},
		{name: "inline-needs-code", says: "a worker goes on only with code that it has",
			unseen: "a task without code goes back to the queue, and with it the whole replay: dearer, and nothing is lost"},
		{name: "replay-ends-inline", says: "after a replay nothing goes on unclaimed",
			unseen: "a replay is of a redelivery or of a claim that was lost to one; the message's receives then pay for several tasks, and nothing is lost"},
		{name: "replay-claims", says: "a replay claims"},
		{name: "replay-sends-others", says: "a replay sends all tasks but one"},
		{name: "replay-stops-at-lease", says: "a replay stops at a live lease of a successor"},
		{name: "replay-sends-absent", says: "a replay sends tasks without a record"},
		{name: "replay-sends-abandoned", says: "a replay sends tasks that their worker left"},
		{name: "replay-sends-retries", says: "a replay sends retries again"},
		{name: "replay-reads-first", says: "a replay reads before it sends"},
		{name: "replay-leads-through-inline", says: "a replay leads through tasks that were done inline"},
		{name: "replay-passes-messages", says: "a replay leaves alone tasks that came by their own message",
			unseen: "it costs reads only: the message of that task answers for its successors too"},
		{name: "claim-known-by-owner", says: "one's own claim is known by its owner"},
		{name: "own-claim-succeeds", says: "one's own claim is a success"},
		{name: "commit-known-by-owner", says: "one's own commit is known by its owner",
			unseen: "a worker that loses a commit is past its deadline, and does no more than to send the tasks that the recorded outcome leads to"},
		{name: "start-known-by-owner", says: "one's own start is known by its owner"},
		{name: "at-most-once-claims", says: "at-most-once code always claims"},
		{name: "otherwise-when-none-matched", says: "an edge for all other cases is taken if no other edge of its node is"},
		{name: "otherwise-beside-no-other", says: "an edge for all other cases is not taken beside another"},
		{name: "no-match-fails", says: "a result that takes no edge fails its node if noMatch demands it"},
		{name: "no-match-ends-branch", says: "a result that takes no edge ends its branch otherwise"},
		{name: "failure-ends-run", says: "a failure without fallback ends the run"},
	}
}

// joinRules are about joins, ends, fallbacks and dead branches.
func joinRules() []rule {
	return []rule{
		{name: "arrivals-are-a-set", says: "arrivals are a set"},
		{name: "join-claims", says: "joins claim"},
		{name: "dead-join-is-dead", says: "a join that is full of dead branches is dead"},
		{name: "join-waits-for-all", says: "a join waits for all"},
		{name: "all-join-judged-each-time", says: "an all join is judged at every arrival"},
		{name: "shard-completes-when-full", says: "a shard of a wide join is complete when all its sources have arrived"},
		{name: "shard-tells-of-taken", says: "a complete shard tells whether an edge of its sources was taken"},
		{name: "join-waits-for-all-shards", says: "a wide join waits for all its shards"},
		{name: "full-shard-arrives", says: "a complete shard arrives at its join"},
		{name: "any-join-fired-by-first", says: "an any join is fired by its first",
			unseen: "the claim lets one of them in, and its record fixes the source; it costs messages"},
		{name: "any-join-first-read", says: "a job of an any join reads the first that arrived"},
		{name: "any-join-keeps-first", says: "the first to arrive at an any join stays"},
		{name: "first-is-taken", says: "a dead branch is never the first", places: 2},
		{name: "source-fixed-by-claim", says: "a join's source is fixed by its first claim"},
		{name: "dead-edges-propagate", says: "dead branches reach the nodes behind them"},
		{name: "unused-fallback-dead", says: "an unused fallback is dead"},
		{name: "skipped-fallback-dead", says: "the fallback of a skipped node is dead"},
		{name: "fallback-leads-on", says: "a fallback leads on along the edges of the node that it stands in for"},
		{name: "failure-fires-fallback", says: "a failed node has its fallback follow"},
		{name: "any-join-edges-are-ends", says: "edges into an any join are ends"},
		{name: "run-awaits-any-join-edges", says: "the run waits for the late arrivals at an any join"},
		{name: "run-awaits-all-ends", says: "the run completes when all its ends are resolved"},
		{name: "edge-leads-to-target", says: "only taken edges into a node lead to it"},
		{name: "fallback-is-one-source", says: "a node and its fallback are one source of their successor"},
		{name: "fallback-decides", says: "a fallback's record decides for its node"},
		{name: "any-join-input-by-first", says: "an any join's input is that of the source that fired it"},
	}
}

// reconcilerRules are about stalled runs, timers and the backlog.
func reconcilerRules() []rule {
	return []rule{
		{name: "touched-run-skipped", says: "a run that was touched meanwhile is skipped"},
		{name: "run-marked-first", says: "the run is marked before anything is sent"},
		{name: "age-judged-on-run", says: "a run's age is judged on the run itself"},
		{name: "ended-run-left-alone", says: "a run that has ended is left alone"},
		{name: "working-task-left-alone", says: "a task that is being worked on is left alone",
			unseen: "its message comes back until the lease ends; it costs messages"},
		{name: "dead-workers-task-sent", says: "a task whose worker died is sent again"},
		{name: "retry-overdue-after-threshold", says: "a retry is overdue only after the threshold",
			unseen: "a duplicate of a delayed message dies at its claim; it costs messages"},
		{name: "overdue-retry-sent", says: "a retry that is overdue is sent again"},
		{name: "missing-timer-written", says: "a timer that was never written is written"},
		{name: "unbegun-task-sent", says: "a task that never began is sent again"},
		{name: "join-ready-by-rule", says: "a join is ready when its rule holds"},
		{name: "ready-only-if-led-to", says: "only a task that was led to is ready"},
		{name: "failure-found", says: "a failure that has not ended the run ends it"},
		{name: "first-failure-counts", says: "the first failure ends the run",
			unseen: "which of two failures was first is not determined while both are under way"},
		{name: "caught-failure-ends-no-run", says: "a failure that a fallback stands in for ends no run"},
		{name: "completion-found", says: "a run whose ends are all resolved is completed"},
		{name: "timer-reactivates-run", says: "a run that waits for a timer comes back into the index"},
		{name: "timer-dropped-last", says: "a timer is dropped only after its message was sent"},
		{name: "timer-message-sent", says: "a timer's message is sent"},
		{name: "timer-message-not-early", says: "a timer's message is not early"},
		{name: "timer-dropped", says: "a timer is dropped"},
		{name: "rescued-job-alone", says: "a job that is rescued is performed beside no other: it may have killed its worker", places: 2},
		{name: "lock-released", says: "a lock is given back"},
		{name: "lock-released-later", says: "a lock that could not be given back is given back later: its reconciler has not died",
			unseen: "a run is then rescued late, by up to an hour; the bounds of a storm tell, in few worlds"},
		{name: "ended-run-inactive", says: "a run that has ended leaves the index"},
		{name: "queue-behind-gets-nothing", says: "a queue that is behind gets nothing"},
		{name: "visible-message-may-be-theirs", says: "a visible message may be a stalled run's"},
		{name: "more-runs-than-messages", says: "more runs wait than messages do",
			unseen: "after an hour they are rescued all the same; it is about time"},
		{name: "missed-after-an-hour", says: "after an hour a message is missed"},
		{name: "rescue-doubles-wait", says: "each rescue doubles the wait"},
		{name: "tick-bounded", says: "a tick sends only so many jobs"},
	}
}
