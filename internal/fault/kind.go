package fault

// Kind is a kind of fault.
type Kind string

// Faults of one request. "After" means that the request took effect.
const (
	RequestLost      Kind = "request lost"
	AnswerLost       Kind = "answer lost"
	AnswerTorn       Kind = "answer torn"
	Repeated         Kind = "request repeated" // its answer was lost, and the client repeated it: the second answer counts
	Refused          Kind = "request refused"  // throttled
	ServerError      Kind = "server error"
	ServerErrorAfter Kind = "server error after the effect"
	Conflict         Kind = "transaction conflict" // another transaction was in the way
	PartialRead      Kind = "read in part"
	PartialSend      Kind = "sent in part"
	Slow             Kind = "slow request"
	Silent           Kind = "silent request" // it never returns: the caller's context, or its client, ends it
	ContextEnds      Kind = "context ends early"
	LateEffect       Kind = "effect after the client gave up"
	Contention       Kind = "conflict of requests to one item" // of those under way at the same time
	Throttled        Kind = "partition without capacity"       // too many writes within a second
	Torn             Kind = "torn read"                        // its items are of different moments
	Storm            Kind = "storm of refusals"                // of most requests to the store, for seconds to minutes
)

// Faults of the worker that makes a request.
const (
	CrashBefore         Kind = "crash before a request"
	CrashAfter          Kind = "crash after a request"
	CrashAfterDuplicate Kind = "crash after a request and a duplicate" // the duplicate was handled in between
	ZombieBefore        Kind = "zombie before a request"               // the worker goes on after its lease
	ZombieAfter         Kind = "zombie after a request"
	NodeHangs           Kind = "node code hangs" // it ignores its context
	NodeCrash           Kind = "node code crashes its worker"
	OldWorker           Kind = "worker with an older blueprint"
)

// Faults of messages.
const (
	Duplicate    Kind = "duplicate delivery"
	DuplicateNew Kind = "duplicate delivery as the first" // its receive count is 1 as well
	Late         Kind = "late message"
	QueueBehind  Kind = "queue behind"
	DeadLetter   Kind = "dead letter"
	LastReceive  Kind = "last receive"      // all receives but one are used up
	ForgedJob    Kind = "forged job"        // nothing led to it
	ForgedFields Kind = "forged fields"     // of a message that is due: of its body, and its attributes
	UsedAgain    Kind = "run id used again" // after its items have expired
	SecondStart  Kind = "second start"
	Cancel       Kind = "cancel"
)

// Faults of the reconciler.
const (
	ReconcilerCrash   Kind = "reconciler crash"
	ReconcilerSlow    Kind = "slow reconciler"
	ReconcilerRefused Kind = "reconciler's request refused"
	StaleLock         Kind = "stale lock"
)

// Circumstances are faults of the setup. Alone they disturb nothing.
const (
	ShortVisibility Kind = "visibility shorter than the timeout"
	Skew            Kind = "clocks differ"
	FarSkew         Kind = "clocks 5 s off, 10 s apart"
	IndexLag        Kind = "index lags behind"
	BusyQueue       Kind = "queue never empty"
	LongDeadline    Kind = "deadline beyond the timeout"
)

// Circumstance reports whether the fault is one of the setup.
func (k Kind) Circumstance() bool {
	switch k {
	case ShortVisibility, Skew, FarSkew, IndexLag, BusyQueue, LongDeadline:
		return true
	}
	return false
}
