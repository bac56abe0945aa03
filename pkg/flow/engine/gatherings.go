package engine

import (
	"cmp"
	"slices"
	"sync"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// gatherings are the arrivals of one handling at "all" joins, and at the run's end (the zero
// key), that are not written. If all sources of a join arrive by decisions of this handling
// alone, nobody else can know of the join, and nothing needs to be written.
type gatherings struct {
	mu    sync.Mutex
	joins map[state.TaskKey]*gathering
}

// gathering is one of them.
type gathering struct {
	task    state.TaskKey
	gate    *decide.Gate
	known   map[string]bool // sources
	sources []string
	taken   []string
	written bool // later ones are written at once
}

// add adds sources that arrive. It returns the state of the join, and false if the arrival
// is to be written instead.
func (g *gatherings) add(task state.TaskKey, gate *decide.Gate, sources, taken []string) (decide.JoinState, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.joins[task]
	if at == nil {
		at = &gathering{task: task, gate: gate, known: map[string]bool{}}
		if g.joins == nil {
			g.joins = map[state.TaskKey]*gathering{}
		}
		g.joins[task] = at
	}
	if at.written {
		return decide.JoinWaits, false
	}
	at.add(sources, taken)
	if len(at.sources) < gate.Size() { //rule:own-join-complete = false
		return decide.JoinWaits, true
	}
	delete(g.joins, task)
	return gate.Complete(len(at.taken)), true
}

func (at *gathering) add(sources, taken []string) {
	for _, source := range sources {
		if at.known[source] {
			continue
		}
		at.known[source] = true
		at.sources = append(at.sources, source)
		if slices.Contains(taken, source) {
			at.taken = append(at.taken, source)
		}
	}
}

// take returns the arrivals at the joins that are chosen, which are to be written now, in
// the order of their tasks: the run's end comes last.
func (g *gatherings) take(chosen func(task state.TaskKey) bool) (now []*gathering) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for task, at := range g.joins {
		if !at.written && chosen(task) {
			at.written = true
			now = append(now, at)
		}
	}
	slices.SortFunc(now, func(a, b *gathering) int {
		switch (state.TaskKey{}) {
		case a.task:
			return 1
		case b.task:
			return -1
		}
		return cmp.Compare(a.task.Key(), b.task.Key())
	})
	return now
}
