package flow

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// Report is the JSON form of a run, the same in every place that shows one.
type Report struct {
	RunID             string                     `json:"runId"`
	BlueprintID       string                     `json:"blueprintId"`
	Status            Status                     `json:"status"`
	StartedBy         string                     `json:"startedBy,omitempty"`       // the start's sender, as the queue knows it
	StartedByStated   string                     `json:"startedByStated,omitempty"` // the name that the start states, which nobody has proved
	CancelledBy       string                     `json:"cancelledBy,omitempty"`     // of the cancel, likewise
	CancelledByStated string                     `json:"cancelledByStated,omitempty"`
	TraceID           string                     `json:"traceId,omitempty"`    // of the traceparent of the start
	WaitingFor        string                     `json:"waitingFor,omitempty"` // why no worker can go on: "code: charge-card"
	Result            json.RawMessage            `json:"result"`
	Outputs           map[string]json.RawMessage `json:"outputs"`             // by node id; a used fallback's under both ids
	Unmatched         int                        `json:"unmatched,omitempty"` // nodes whose result takes none of their edges
	Omitted           map[string]int             `json:"omitted,omitempty"`   // bytes of the outputs that are too large to be shown, by node id
	Nodes             []NodeReport               `json:"nodes"`               // in the blueprint's order
	Error             *Failure                   `json:"error,omitempty"`
}

// NodeReport is the state of one task.
type NodeReport struct {
	ID         string     `json:"id"`
	Scope      string     `json:"scope,omitempty"`
	State      State      `json:"state"`
	Attempts   int        `json:"attempts"`
	StartedAt  *time.Time `json:"startedAt,omitempty"`
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
	Unmatched  bool       `json:"unmatched,omitempty"` // its result takes none of its edges: its branch ends there
	Error      *Failure   `json:"error,omitempty"`
}

// Node returns the report of a node outside of scopes, and a zero report, with the
// state "", if the blueprint has no such node.
func (r *Report) Node(id string) NodeReport {
	for _, n := range r.Nodes {
		if n.ID == id && n.Scope == "" {
			return n
		}
	}
	return NodeReport{}
}

// Err returns the error of a failed run, a [*NodeError], and nil for any other.
func (r *Report) Err() error {
	if r.Status != Failed || r.Error == nil {
		return nil
	}
	return r.Error.Err(r.RunID)
}

// String returns the run's status and the state of every node, on a line each, and no
// values.
func (r Report) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "run %s of %s: %s", r.RunID, r.BlueprintID, r.Status)
	if r.WaitingFor != "" {
		fmt.Fprintf(&text, ", waits for %s", r.WaitingFor)
	}
	if r.Error != nil {
		fmt.Fprintf(&text, ": %s", r.Error)
	}
	for _, n := range r.Nodes {
		fmt.Fprintf(&text, "\n  %s", n)
	}
	if len(r.Omitted) > 0 {
		fmt.Fprintf(&text, "\n  without the outputs of %d nodes, which are too large", len(r.Omitted))
	}
	return text.String()
}

// String returns the node's state on one line.
func (n NodeReport) String() string {
	text := n.ID
	if n.Scope != "" {
		text += "@" + n.Scope
	}
	text += ": " + string(n.State)
	if n.Unmatched {
		text += ", takes no edge"
	}
	if n.Attempts > 1 {
		text += fmt.Sprintf(" after %d attempts", n.Attempts)
	}
	if n.Error != nil {
		text += ": " + n.Error.Code + ": " + n.Error.Message
	}
	return text
}

// Output decodes the output of a node of the run. A missing output, and one that does
// not decode as a T, is an error, which quotes no value.
func Output[T any](r *Report, node string) (output T, err error) {
	value, ok := r.Outputs[node]
	if size := r.Omitted[node]; size > 0 {
		return output, fmt.Errorf("run %s: the output of node %s has up to %d bytes, which are too many for a report", r.RunID, node, size)
	}
	if !ok {
		return output, fmt.Errorf("run %s: node %s has no output: it is %q", r.RunID, node, r.Node(node).State)
	}
	if err := json.Unmarshal(value, &output); err != nil {
		return output, fmt.Errorf("run %s: decode the output of node %s: %s", r.RunID, node, rawjson.DecodeFault(err))
	}
	return output, nil
}
