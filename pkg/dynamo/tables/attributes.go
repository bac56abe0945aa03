package tables

// Attributes of items. Times are in epoch milliseconds, but LastUpdated and TTL in
// epoch seconds.
const (
	RunID           = "runId"           // hash key of context and status
	ItemKey         = "key"             // range key of context
	CoordinationKey = "coordinationKey" // hash key of coordination
	TTL             = "ttl"             // from then on the item counts as absent; DynamoDB deletes it some days later
	Codec           = "codec"           // of the item's values; absent: they are plain JSON text

	// Of runs.
	Format            = "format"
	RunStatus         = "status"
	BlueprintID       = "blueprintId"
	BlueprintVersion  = "blueprintVersion"
	BlueprintHash     = "blueprintHash"
	InputHash         = "inputHash"
	StartMessageID    = "startMessageId"
	StartOwner        = "startOwner"
	StartedBy         = "startedBy"
	CancelledBy       = "cancelledBy"
	StartedByStated   = "startedByStated"
	CancelledByStated = "cancelledByStated"
	StartLeaseUntil   = "startLeaseUntil"
	Traceparent       = "traceparent"
	Epoch             = "epoch"
	LastUpdated       = "lastUpdated"
	Awaiting          = "awaiting"
	WaitingFor        = "waitingFor"
	Rescues           = "rescues"
	EndsBy            = "endsBy"
	Items             = "items" // tasks of batch items are in partitions of their own
	Result            = "result"
	Tenant            = "tenant"
	Redrives          = "redrives"
	Parent            = "parent"

	// Of runs, for the indexes.
	Active    = "active"    // the shard
	List      = "list"      // blueprintId#shard
	Attention = "attention" // failed#shard
	Since     = "since"
	ErrorCode = "errorCode"
	ErrorNode = "errorNode"
	Waits     = "waits"
	WaitCount = "waitCount"

	// Of task records, some of runs too.
	State      = "state"
	Owner      = "owner" // also of locks
	LeaseUntil = "leaseUntil"
	Via        = "via"
	Starts     = "starts"
	Failures   = "failures"
	DueAt      = "dueAt" // also of timers
	FiredBy    = "firedBy"
	StartedAt  = "startedAt"
	FinishedAt = "finishedAt"
	Output     = "output"
	Action     = "action"
	Edges      = "edges"
	EdgeIndex  = "edge" // of an element of Edges, which may have a Value
	Error      = "error"
	Writes     = "writes"
	WriteKey   = "name" // of an element of Writes, which has a Clock, and a Value or Deleted

	// Of inputs, context keys, blueprint bodies and the parts of large values.
	Value   = "value" // also of a decided edge and of a counter
	Deleted = "deleted"
	Clock   = "clock" // of the write to a context key
	Body    = "body"
	Part    = "part"

	// Of blueprints' versions.
	Version    = "version"
	FirstStart = "firstStart"
	LastStart  = "lastStart"

	// Of joins.
	Arrived   = "arrived"
	Taken     = "taken"
	First     = "first"
	Full      = "full"
	FullTaken = "fullTaken"

	// Of timers.
	DueShard = "dueShard"
	Node     = "nodeId"
	Scope    = "scope"
	Attempt  = "attempt"
	Job      = "job"

	// Of locks and counters.
	ExpiresAt = "expiresAt"
	Deaths    = "deaths" // holders before that did not release the lock
)

// RefSuffix ends the name of the attribute that replaces one whose value is too
// large for its item, and names its parts: "outputRef" for "output".
const RefSuffix = "Ref"

// Attributes of a reference.
const (
	RefSHA256 = "sha256"
	RefParts  = "parts"
	RefBytes  = "bytes"
	RefPages  = "pages" // of edges, instead of the two above
)
