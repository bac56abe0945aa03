package suites

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// TestEngine runs whole blueprints over a store: undisturbed, with every message
// delivered twice, and then with one fault at a time, until each fault has struck
// each request: the request is lost before it takes effect, or its answer after it;
// it is repeated by the client; it is sent in part; the worker dies after it; a
// duplicate of the message is handled in the middle, also with the lease expired. A
// failure names the fault and its request, as in "crash after the 2nd load". Each
// time the run must give the same report, every outcome must be committed once and
// never change, no untaken branch may be executed, and no message may be left over.
//
// newStore may return the same store every time: each run has an id of its own.
func TestEngine(t *testing.T, newStore func(t *testing.T) Store) {
	t.Helper()
	testEngine(t, newStore, everyStrike)
}

// SampleEngine is [TestEngine] with a part of its faults, for a store on a server
// that passes [TestStore]: there the same store's conditions are proved one by one,
// and the engine's rules are the same over every store. Each request of each case
// is struck by one kind of fault, and the kinds take turns at requests of the same
// sort, so that each kind strikes each sort of request: see [sampleOfStrikes].
func SampleEngine(t *testing.T, newStore func(t *testing.T) Store) {
	t.Helper()
	testEngine(t, newStore, sampleOfStrikes)
}

// testEngine first runs all cases undisturbed, then with the faults that choose
// returns for the requests of each case.
func testEngine(t *testing.T, newStore func(t *testing.T) Store, choose func(requests [][]fault.Request) [][]fault.Plan) {
	t.Helper()
	var all []*suite
	for i, c := range engineCases() {
		all = append(all, &suite{c: &c, store: newStore(t), prefix: "e-" + rand.Text(), sent: i%2 == 1})
	}
	each := func(name string, do func(t *testing.T, i int)) {
		t.Run(name, func(t *testing.T) {
			for i, s := range all {
				t.Run(s.c.name, func(t *testing.T) {
					t.Parallel()
					do(t, i)
				})
			}
		})
	}
	requests := make([][]fault.Request, len(all))
	each("undisturbed", func(t *testing.T, i int) { requests[i] = all[i].undisturbed(t).faults.Requests() })
	if t.Failed() {
		return
	}
	plans := choose(requests)
	each("cases", func(t *testing.T, i int) { all[i].run(t, plans[i]) })
	points, trials := 0, 0
	for i, s := range all {
		points, trials = points+len(requests[i]), trials+s.trials
	}
	t.Logf("%d requests, struck by faults in %d runs", points, trials)
}

// suite tries one case in all ways.
type suite struct {
	c      *engineCase
	store  Store
	prefix string
	sent   bool // nothing is kept for strands: tasks that are ready have messages of their own
	trials int
}

func (s *suite) run(t *testing.T, strikes []fault.Plan) {
	s.try(t, "every message twice", func(tr *trial) {
		tr.twice = func(m state.Message) state.Message { m.Receives++; return m }
	})
	s.try(t, "every message twice, as if for the first time", func(tr *trial) {
		tr.twice = func(m state.Message) state.Message { return m }
	})
	for _, plan := range strikes {
		s.strike(t, plan)
	}
	t.Logf("%d runs", s.trials)
}

// undisturbed returns a run without faults, which was quick enough: a chain reads the
// status of its run again each second, so a slow run has requests that others lack.
func (s *suite) undisturbed(t *testing.T) (clean *trial) {
	t.Helper()
	for range 10 {
		begun := time.Now()
		if clean = s.try(t, "undisturbed", func(*trial) {}); time.Since(begun) < time.Second {
			break
		}
	}
	return clean
}

// strike tries the case with one fault, which must occur.
func (s *suite) strike(t *testing.T, plan fault.Plan) {
	t.Helper()
	tr := s.try(t, plan.String(), func(tr *trial) {
		if tr.fault = plan.Kind; tr.faults.Inject(plan) != nil {
			t.Fatalf("%s: the suite cannot do that", plan)
		}
	})
	if len(tr.faults.Hits()) == 0 {
		t.Errorf("%s: there was no such request:\n%s", plan, tr.trace())
	}
}

// try runs the case once and checks how it ended.
func (s *suite) try(t *testing.T, name string, prepare func(*trial)) *trial {
	t.Helper()
	s.trials++
	tr := newTrial(t, s, fmt.Sprintf("%s-%d", s.prefix, s.trials))
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
