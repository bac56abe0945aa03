package engine

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// work is a task to be performed.
type work struct {
	state.TaskKey
	via     state.Via
	attempt int      // number that the message names
	first   string   // the source that fired an "any" join, where known
	taken   []string // sources that led to a join, as its set says, where known
	claim   bool     // inline tasks right after an own commit need none
	unread  bool     // its message is handed over: no values are needed
	unseen  int      // starts without a claim that may have ended a worker

	loaded   bool // its read set has just been read
	deferred bool // without its values, which are to be read after the claim
	bytes    int  // of the values of its read set
}

// headOf returns the task that a message names.
func headOf(task state.TaskKey, attempt int) work {
	return work{TaskKey: task, via: state.ViaMessage, attempt: attempt, claim: true}
}

// inlineWork returns a task that goes on under the message of an earlier one.
func inlineWork(task state.TaskKey, claim bool) work {
	return work{TaskKey: task, via: state.ViaInline, claim: claim}
}
