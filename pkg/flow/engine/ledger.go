package engine

import (
	"sync"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ledger holds the outcomes that the strands of a handling have recorded, so that no other
// strand of it reads them. A handling of one strand needs none.
type ledger struct {
	mu    sync.Mutex
	known *decide.View // nil: not open
}

// open takes over what the first strand knows.
func (l *ledger) open(first *decide.View) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known != nil {
		return
	}
	l.known = decide.NewView(first.Plan, first.RunID)
	l.known.MostHeld = first.MostHeld
	for _, t := range first.Tasks {
		l.known.Keep(t)
	}
}

func (l *ledger) keep(t state.TaskRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		return
	}
	l.known.Keep(t)
	l.known.Forget(nil, "")
}

// recall adds to a view the outcomes of nodes that the ledger holds and the view lacks.
func (l *ledger) recall(view *decide.View, nodes []string, scope string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		return
	}
	for _, id := range nodes {
		key := state.TaskKey{Node: id, Scope: scope}
		if t, ok := l.known.Tasks[key]; ok {
			view.Keep(t)
		}
	}
}
