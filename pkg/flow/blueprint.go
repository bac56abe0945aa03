package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

// Blueprint is a workflow as data: the JSON that Flowcraft uses, unchanged.
// A Blueprint is never modified after it was given to an engine; every run pins
// the one it started with by its [Blueprint.Hash].
type Blueprint struct {
	ID       string          `json:"id"`
	Nodes    []Node          `json:"nodes"`
	Edges    []Edge          `json:"edges,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// Node is one step of a blueprint. Uses names its code: a built-in or an entry
// of the [Registry].
type Node struct {
	ID     string          `json:"id"`
	Uses   string          `json:"uses"`
	Params json.RawMessage `json:"params,omitempty"`
	Inputs Inputs          `json:"inputs,omitzero"`
	Config NodeConfig      `json:"config,omitzero"`
}

// Inputs says where a node's input comes from: one name (JSON: a string), or
// an object of names. The zero value takes what the incoming edges carry.
type Inputs struct {
	Name   string
	Fields map[string]string
}

// NodeConfig is how a node is run. The zero value is the default.
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
	// JoinStrategy matters where a node has several predecessors; "" means JoinAll.
	JoinStrategy JoinStrategy
	// Semantics "at-most-once" forbids a second start; "" means at-least-once.
	Semantics Semantics
}

// Backoff multiplies the delay of each further retry by Factor, up to MaxDelay.
type Backoff struct {
	// Factor is at least 1; 0 means 1.
	Factor float64
	// MaxDelay caps the delay (JSON: milliseconds); 0 means no cap.
	MaxDelay time.Duration
	// Jitter draws the delay uniformly from [delay/2, delay].
	Jitter bool
}

// JoinStrategy is when a node with several predecessors becomes ready.
type JoinStrategy string

// The join strategies.
const (
	JoinAll JoinStrategy = "all" // every predecessor resolved, at least one edge taken
	JoinAny JoinStrategy = "any" // the first taken edge
)

// Semantics is how often a node's code may start.
type Semantics string

// The semantics of a node.
const (
	AtLeastOnce Semantics = "at-least-once"
	AtMostOnce  Semantics = "at-most-once"
)

// Edge leads from Source to Target when Source's result has its Action (or
// the edge has none) and its Condition holds.
type Edge struct {
	Source    string `json:"source"`
	Target    string `json:"target"`
	Action    string `json:"action,omitempty"`
	Condition string `json:"condition,omitempty"`
	Transform string `json:"transform,omitempty"`
}

// IsZero reports whether nothing is said about the input.
func (in Inputs) IsZero() bool { return in.Name == "" && in.Fields == nil }

// MarshalJSON writes the string or object form.
func (in Inputs) MarshalJSON() ([]byte, error) {
	if in.Fields != nil {
		return json.Marshal(in.Fields)
	}
	return json.Marshal(in.Name)
}

type nodeConfigJSON struct {
	MaxRetries   int          `json:"maxRetries,omitempty"`
	RetryDelay   int64        `json:"retryDelay,omitempty"`
	Backoff      *backoffJSON `json:"backoff,omitempty"`
	RetryOn      []string     `json:"retryOn,omitempty"`
	Timeout      int64        `json:"timeout,omitempty"`
	Fallback     string       `json:"fallback,omitempty"`
	JoinStrategy JoinStrategy `json:"joinStrategy,omitempty"`
	Semantics    Semantics    `json:"semantics,omitempty"`
}

type backoffJSON struct {
	Factor   float64 `json:"factor,omitempty"`
	MaxDelay int64   `json:"maxDelay,omitempty"`
	Jitter   bool    `json:"jitter,omitempty"`
}

// MarshalJSON writes durations in milliseconds.
func (c NodeConfig) MarshalJSON() ([]byte, error) {
	wire := nodeConfigJSON{
		MaxRetries: c.MaxRetries, RetryDelay: c.RetryDelay.Milliseconds(), RetryOn: c.RetryOn,
		Timeout: c.Timeout.Milliseconds(), Fallback: c.Fallback, JoinStrategy: c.JoinStrategy, Semantics: c.Semantics,
	}
	if c.Backoff != nil {
		wire.Backoff = &backoffJSON{c.Backoff.Factor, c.Backoff.MaxDelay.Milliseconds(), c.Backoff.Jitter}
	}
	return json.Marshal(wire)
}

// IsZero reports whether everything is default.
func (c NodeConfig) IsZero() bool {
	return c.MaxRetries == 0 && c.RetryDelay == 0 && c.Backoff == nil && len(c.RetryOn) == 0 &&
		c.Timeout == 0 && c.Fallback == "" && c.JoinStrategy == "" && c.Semantics == ""
}

// Body returns the blueprint's canonical JSON: what is stored with its runs.
// Parsing it again gives an equal blueprint.
func (b *Blueprint) Body() ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return nil, fmt.Errorf("encode blueprint %q: %w", b.ID, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Hash returns the SHA-256 of [Blueprint.Body] in hex: the content a run is pinned to.
func (b *Blueprint) Hash() (string, error) {
	body, err := b.Body()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// Names are the node ids that expressions may use with their hyphens.
func (b *Blueprint) Names() expression.Names {
	names := expression.Names{}
	for i := range b.Nodes {
		if strings.Contains(b.Nodes[i].ID, "-") {
			names[b.Nodes[i].ID] = true
		}
	}
	return names
}
