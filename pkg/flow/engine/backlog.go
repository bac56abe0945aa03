package engine

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// backlog holds back the rescue of runs whose messages may only be late: a backlog is
// a delay, not a loss. It is pure.
type backlog struct {
	visible int            // approximate number of messages that wait to be received
	limit   int            // of the jobs that a tick sends
	held    []state.RunRef // stalled runs, to any of which a visible message may belong
}

// rescues reports whether a run whose turn has come is rescued at once: if no message
// is visible, or if it is so old that its message counts as lost. While more messages
// are visible than a tick may send, no run is rescued. Other runs are held.
func (b *backlog) rescues(ref state.RunRef, age time.Duration) bool {
	switch {
	case b.visible > b.limit: //rule:queue-behind-gets-nothing
		return false
	case b.visible == 0 ||
		age >= maxBackoff: //rule:missed-after-an-hour
		return true
	}
	b.held = append(b.held, ref)
	return false
}

// full reports whether holding more runs would add no job to this tick.
func (b *backlog) full() bool { return len(b.held)-b.visible >= b.limit } // a limit may be the greatest integer

// lost returns the runs held beyond the number of visible messages, oldest first: at
// least that many have lost their message.
func (b *backlog) lost() []state.RunRef {
	slices.SortStableFunc(b.held, func(x, y state.RunRef) int { return x.LastUpdated.Compare(y.LastUpdated) })
	//rule:visible-message-may-be-theirs = b.held
	return b.held[:max(len(b.held)-b.visible, 0)] //rule:more-runs-than-messages = b.held[:0]
}
