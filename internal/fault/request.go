package fault

import (
	"cmp"
	"strconv"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Request is a request of an engine or a reconciler by its name, in parts, so that
// an unused name costs nothing.
type Request struct {
	Verb    string // "commit", "arrive at"
	Of      string // "b", "run", "the end"; "" is nothing
	Outcome string // of a commit or a finish: "done"
	Count   int    // of messages
}

// The requests without an object.
var (
	CreateRun    = Request{Verb: "create", Of: "run"}
	Load         = Request{Verb: "load"}
	ReadRun      = Request{Verb: "read", Of: "run"}
	ReadBody     = Request{Verb: "read", Of: "blueprint"}
	ListTasks    = Request{Verb: "list", Of: "tasks"}
	ListStalled  = Request{Verb: "list", Of: "stalled runs"}
	ReadOldest   = Request{Verb: "read", Of: "oldest run"}
	ListTimers   = Request{Verb: "list", Of: "due timers"}
	CountBacklog = Request{Verb: "count", Of: "backlog"}
)

// ClaimRequest returns a claim's name: "claim b".
func ClaimRequest(c state.Claim) Request { return Request{Verb: "claim", Of: c.Name()} }

// CommitRequest returns a transition's name: "commit b done", "finish run
// completed", "touch run", "write key k", "keep timer b".
func CommitRequest(t state.Transition) Request {
	switch {
	case t.Task != nil:
		return Request{Verb: "commit", Of: t.Task.Name(), Outcome: string(t.Task.State)}
	case t.Value != nil:
		return Request{Verb: "write key", Of: t.Value.Key}
	case t.Run != nil:
		return changeRequest(t.Run)
	case t.Timer != nil:
		return timerRequest("keep timer", *t.Timer)
	}
	return Request{Verb: "keep", Of: "blueprint"}
}

func changeRequest(c *state.RunChange) Request {
	switch {
	case c.Finish != nil:
		return Request{Verb: "finish", Of: "run", Outcome: string(c.Finish.Status)}
	case c.StartOwner != "":
		return Request{Verb: "take over", Of: "run"}
	case c.Leave:
		return Request{Verb: "leave", Of: "index"}
	case c.Rescues > 0:
		return Request{Verb: "mark", Of: "run"}
	}
	return Request{Verb: "touch", Of: "run"}
}

// ArriveRequest returns an arrival's name: "arrive at j", "arrive at the end",
// "arrive at j shard 2".
func ArriveRequest(a state.Arrival) Request {
	of := cmp.Or(a.Join.Name(), "the end")
	if a.Join.Shard > 0 {
		of += " shard " + strconv.Itoa(a.Join.Shard)
	}
	return Request{Verb: "arrive at", Of: of}
}

// SendRequest returns the name of a send: "send 2 messages".
func SendRequest(messages []flow.Outgoing) Request {
	return Request{Verb: "send", Count: len(messages)}
}

// DropRequest returns the name of a timer's removal: "drop timer b".
func DropRequest(t state.Timer) Request { return timerRequest("drop timer", t) }

// LockRequest returns the name of an attempt to take a lock: "lock KEY".
func LockRequest(key string) Request { return Request{Verb: "lock", Of: key} }

// UnlockRequest returns the name of a lock's release: "unlock KEY".
func UnlockRequest(key string) Request { return Request{Verb: "unlock", Of: key} }

func timerRequest(verb string, t state.Timer) Request {
	if t.TaskKey == (state.TaskKey{}) {
		return Request{Verb: verb, Of: "of the run"}
	}
	return Request{Verb: verb, Of: t.Name()}
}

// String returns the name.
func (r Request) String() string {
	if r.Outcome == "" {
		return r.short()
	}
	return r.short() + " " + r.Outcome
}

// short returns the name without the outcome.
func (r Request) short() string {
	switch {
	case r.Count == 1:
		return r.Verb + " 1 message"
	case r.Count > 1:
		return r.Verb + " " + strconv.Itoa(r.Count) + " messages"
	case r.Of == "":
		return r.Verb
	}
	return r.Verb + " " + r.Of
}

// Is reports whether name matches the request. The outcome may be left out, and the
// number of messages: "commit b" matches "commit b done" and "commit b failed".
func (r Request) Is(name string) bool {
	return name == r.String() || name == r.short() || r.Count > 0 && name == r.Verb
}
