package engine

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// backlog keeps back the rescue of runs whose messages may only be late: a
// backlog is a delay, not a loss. It is pure.
type backlog struct {
	visible int            // messages that wait to be received, about
	limit   int            // of the jobs that a tick sends
	held    []state.RunRef // stalled runs, to any of which a visible message may belong
}

// rescues reports whether a run whose turn it is gets its rescue at once: as
// long as no message is visible, or after so long that its message is missed
// whatever is visible. While more messages are visible than a tick may send,
// no run does. Others are held.
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

// full reports whether more runs would add nothing that the tick may send.
func (b *backlog) full() bool { return len(b.held) >= b.visible+b.limit }

// lost are the runs held beyond what the visible messages can account for, the
// oldest first: so many at least have lost theirs.
func (b *backlog) lost() []state.RunRef {
	slices.SortStableFunc(b.held, func(x, y state.RunRef) int { return x.LastUpdated.Compare(y.LastUpdated) })
	//rule:visible-message-may-be-theirs = b.held
	return b.held[:max(len(b.held)-b.visible, 0)] //rule:more-runs-than-messages = b.held[:0]
}
