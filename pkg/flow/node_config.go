package flow

import (
	"bytes"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// NodeConfig configures how a node is run. The zero value is the default.
type NodeConfig struct {
	// MaxRetries is the number of attempts in all; 0 means 1.
	MaxRetries int
	// RetryDelay is the wait before the second attempt (JSON: milliseconds).
	RetryDelay time.Duration
	// Backoff changes RetryDelay from attempt to attempt.
	Backoff *Backoff
	// RetryOn lists the error codes that are retried; empty means all.
	RetryOn []string
	// Timeout bounds one attempt (JSON: milliseconds); 0 means Config.NodeTimeout.
	Timeout time.Duration
	// Fallback is the node that runs when this one is out of attempts.
	Fallback string
	// JoinStrategy applies to a node with several predecessors; "" means JoinAll.
	JoinStrategy JoinStrategy
	// IdempotencyKey is the expression whose value is [Task].Key; "" means a key of the
	// run and the node.
	IdempotencyKey string
	// Semantics "at-most-once" forbids a second start; "" means at-least-once.
	Semantics Semantics
	// Apart keeps the node from running inside the message of a node before it, beside others:
	// it always has a message, and so a worker, of its own (JSON: inline false).
	Apart bool
	// NoMatch "fail" fails a node whose result takes none of its edges; "" means "end": the
	// branch ends there.
	NoMatch string
}

// String returns the JSON form.
func (c NodeConfig) String() string { return jsonText(c) }

// Backoff multiplies the delay of each further retry by Factor, up to MaxDelay.
type Backoff struct {
	// Factor is at least 1; 0 means 1.
	Factor float64
	// MaxDelay caps the delay (JSON: milliseconds); 0 means no cap.
	MaxDelay time.Duration
	// Jitter draws the delay uniformly from [delay/2, delay].
	Jitter bool
}

// JoinStrategy says when a node with several predecessors becomes ready.
type JoinStrategy string

// The join strategies.
const (
	JoinAll JoinStrategy = "all" // every predecessor resolved, at least one edge taken
	JoinAny JoinStrategy = "any" // the first taken edge
)

// Semantics says how often a node's code may start.
type Semantics string

// The semantics of a node.
const (
	AtLeastOnce Semantics = "at-least-once"
	AtMostOnce  Semantics = "at-most-once"
)

// configKeys are the keys of a node's config, in the order in which they are
// written. A new one is a field of [NodeConfig] and an entry here: parsing,
// checks, JSON, the schema and the table of docs/nodes.md are made from it.
var configKeys = objectKeys[NodeConfig]{
	keyOf("maxRetries", func(c *NodeConfig) *int { return &c.MaxRetries }, attemptsForm,
		"Attempts in all; the default is 1."),
	keyOf("retryDelay", func(c *NodeConfig) *time.Duration { return &c.RetryDelay }, millisForm(0),
		"Time before the second attempt, and without `backoff` before each further one; the default is 0."),
	keyOf("backoff", func(c *NodeConfig) **Backoff { return &c.Backoff }, objectForm(backoffKeys),
		"Changes `retryDelay` from attempt to attempt."),
	keyOf("retryOn", func(c *NodeConfig) *[]string { return &c.RetryOn }, codesForm,
		"The error codes that are retried, all by default; a permanent error never is."),
	keyOf("timeout", func(c *NodeConfig) *time.Duration { return &c.Timeout }, millisForm(1),
		"Time for one attempt; the default is the engine's node timeout."),
	keyOf("fallback", func(c *NodeConfig) *string { return &c.Fallback }, textForm,
		"The id of the node that runs when the attempts are used up, and stands in for the failed one."),
	keyOf("joinStrategy", func(c *NodeConfig) *JoinStrategy { return &c.JoinStrategy }, oneOfForm(JoinAll, JoinAny),
		"When a node with several predecessors runs: with `all`, the default, once every predecessor is resolved and at least one edge is taken; with `any` at the first taken edge."),
	keyOf("idempotencyKey", func(c *NodeConfig) *string { return &c.IdempotencyKey }, expressionForm,
		"The key under which other systems know the node's work, as in `'charge-' + input.orderId`: a string of 1 to 255 bytes, or a number; the default is `runId/nodeId`. It may read `input`, `run` and `outputs`, and no context key."),
	keyOf("semantics", func(c *NodeConfig) *Semantics { return &c.Semantics }, oneOfForm(AtLeastOnce, AtMostOnce),
		"`at-most-once` forbids a second start of the node's code; the default is `at-least-once`."),
	keyOf("inline", func(c *NodeConfig) *bool { return &c.Apart }, unlessFalseForm,
		"`false` gives the node a message, and so a worker, of its own, for code that needs long, or much memory; by default short nodes run in the worker of the node before them."),
	keyOf("noMatch", func(c *NodeConfig) *string { return &c.NoMatch }, oneOfForm("end", "fail"),
		"What a result means that takes none of the node's edges: with `end`, the default, its branch ends there, with a warning in the log; with `fail` the node fails for good with code `no_match`."),
}

var backoffKeys = objectKeys[Backoff]{
	keyOf("factor", func(b *Backoff) *float64 { return &b.Factor }, factorForm,
		"Multiplies the delay of each further attempt; the default is 1."),
	keyOf("maxDelay", func(b *Backoff) *time.Duration { return &b.MaxDelay }, millisForm(0),
		"The longest delay; there is no limit by default."),
	keyOf("jitter", func(b *Backoff) *bool { return &b.Jitter }, boolForm,
		"Draws each delay at random, from half of it to all of it."),
}

// MarshalJSON writes durations in milliseconds.
func (c NodeConfig) MarshalJSON() ([]byte, error) { return configKeys.write(&c) }

// UnmarshalJSON reads durations in milliseconds.
func (c *NodeConfig) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); rawjson.IsNull(data) {
		return nil
	}
	found := &issues{}
	o, ok := asObject(found, "config", data)
	if ok {
		parsed := configKeys.read(o)
		if configKeys.check(found, "config", &parsed); len(found.list) == 0 {
			*c = parsed
		}
	}
	return found.err(&Blueprint{})
}

// IsZero reports whether every setting has its default.
func (c NodeConfig) IsZero() bool { return configKeys.unset(&c) }
