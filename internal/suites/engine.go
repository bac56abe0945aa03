package suites

import (
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// TestEngine runs whole blueprints over a store: undisturbed, with every
// message delivered twice, and again and again with one mishap at one of its
// requests, until each mishap has struck each request: lost before it takes
// effect, or after it; repeated by the client; sent in part; the worker dead
// behind it; a duplicate of the message handled in the middle, also when the
// lease has run out. Each time the run must come to the same report, every
// outcome be committed once and never change, no branch that is not taken be
// executed, and no message be left over.
//
// newStore may return the same store every time: each run has an id of its own.
func TestEngine(t *testing.T, newStore func(t *testing.T) Store) {
	t.Helper()
	var trials, points atomic.Int64
	t.Run("cases", func(t *testing.T) {
		for _, c := range engineCases() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := &suite{c: &c, store: newStore(t), prefix: "e-" + rand.Text()}
				s.run(t)
				trials.Add(int64(s.trials))
				points.Add(int64(s.points))
			})
		}
	})
	t.Logf("%d requests, each struck by every mishap in %d runs", points.Load(), trials.Load())
}

// suite tries one case in all its ways.
type suite struct {
	c      *engineCase
	store  Store
	prefix string
	trials int
	points int // requests of the undisturbed run
}

func (s *suite) run(t *testing.T) {
	clean := s.try(t, "undisturbed", func(*trial) {})
	s.points = len(clean.wire.names)
	s.try(t, "every message twice", func(tr *trial) {
		tr.twice = func(m state.Message) state.Message { m.Receives++; return m }
	})
	s.try(t, "every message twice, as if for the first time", func(tr *trial) {
		tr.twice = func(m state.Message) state.Message { return m }
	})
	for _, kind := range []mishap{lostRequest, lostResponse, repeated, death, overlap, lastWord, zombie} {
		for at := range s.points {
			s.strike(t, kind, at+1, 0)
		}
	}
	for at, size := range clean.wire.sizes {
		for part := 1; part < size; part++ {
			s.strike(t, partlySent, at+1, part)
		}
	}
	t.Logf("%d requests, %d runs", s.points, s.trials)
}

// strike tries the case with one mishap, which must happen.
func (s *suite) strike(t *testing.T, kind mishap, at, part int) {
	t.Helper()
	name := fmt.Sprintf("request %d: %s", at, kind)
	if kind == partlySent {
		name = fmt.Sprintf("%s (%d)", name, part)
	}
	tr := s.try(t, name, func(tr *trial) { tr.wire.kind, tr.wire.at, tr.wire.part = kind, at, part })
	if !tr.wire.struck {
		t.Errorf("%s: there was no such request:\n%s", name, tr.trace())
	}
}

// try runs the case once and checks how it ended.
func (s *suite) try(t *testing.T, name string, prepare func(*trial)) *trial {
	t.Helper()
	s.trials++
	tr := newTrial(t, s.c, s.store, fmt.Sprintf("%s-%d", s.prefix, s.trials))
	prepare(tr)
	problems := s.problems(t, tr)
	for _, problem := range problems {
		t.Errorf("%s: %s", name, problem)
	}
	if len(problems) > 0 {
		t.Fatalf("%s: the requests were:\n%s", name, tr.trace())
	}
	return tr
}
