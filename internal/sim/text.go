package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// recordText returns a task's record as a story shows it.
func recordText(t state.TaskRecord) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s of %s, by %s", t.State, t.Owner, t.Via)
	if t.FiredBy != "" {
		fmt.Fprintf(&text, ", fired by %s", t.FiredBy)
	}
	fmt.Fprintf(&text, ", %d starts, %d failures, leased until %s", t.Starts, t.Failures, sinceEpoch(t.LeaseUntil))
	if t.Output != nil {
		fmt.Fprintf(&text, ", output %s", t.Output)
	}
	if t.Action != "" {
		fmt.Fprintf(&text, ", action %s", t.Action)
	}
	for _, e := range t.Edges {
		fmt.Fprintf(&text, ", edge %d", e.Index)
	}
	return text.String() + failureText(t.Error)
}

// runText returns a run as a story shows it.
func runText(r state.Run) string {
	text := fmt.Sprintf("%s, started by %s of %s, active %t, %d rescues, last updated at %s", r.Status, r.StartOwner, r.StartMessageID, r.Active, r.Rescues, sinceEpoch(r.LastUpdated))
	if r.Result != nil {
		text += fmt.Sprintf(", result %s", r.Result)
	}
	return text + failureText(r.Error)
}

func failureText(f *flow.Failure) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf(", failed in attempt %d of %s: %s: %s", f.Attempt, f.NodeID, f.Code, f.Message)
}

func sinceEpoch(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return t.Sub(epoch)
}
