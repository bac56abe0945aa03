package sim

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// checked is a world of a chain in which a run has begun and a worker handles it.
type checked struct {
	*world
	run *run
	n0  *node
	p   *process
}

func newChecked() *checked {
	w := named("chain").world()
	c := &checked{world: w, run: w.runs.add("r1"), n0: w.setting.graph.nodes[0]}
	c.run.exists, c.run.state = true, state.Run{ID: "r1", Status: flow.Running, StartMessageID: "m1"}
	c.p = &process{name: "w0", handling: &handling{home: w.hosts.workers[0], message: &message{id: "m1", body: flow.MessageBody{RunID: "r1", NodeID: "n0"}}, deadline: time.Minute, worksUntil: time.Minute}}
	c.p.strands = []*process{c.p}
	w.scheduler.current = c.p
	return c
}

// record shows the world a record of n0.
func (c *checked) record(change func(*state.TaskRecord)) {
	t := state.TaskRecord{RunID: "r1", TaskKey: state.TaskKey{Node: "n0"}, State: flow.TaskDone, Owner: "o1", Edges: []state.TakenEdge{{Index: 0}}}
	change(&t)
	c.watcher.sawTask("r1", t)
}

func (c *checked) done() { c.record(func(*state.TaskRecord) {}) }

// create stores the run, and shows it to the world.
func (c *checked) create(change func(*state.Run)) {
	run := state.Run{ID: "r1", Status: flow.Running, StartMessageID: "m1", StartOwner: "o1"}
	change(&run)
	if _, err := c.store.inner.Create(background, run); err != nil {
		panic(err)
	}
	c.run.exists = false
	c.watcher.sawRun("r1")
}

func (c *checked) change(change state.RunChange) {
	change.RunID = "r1"
	if _, err := c.store.inner.Commit(background, state.Transition{Run: &change}); err != nil {
		panic(err)
	}
	c.watcher.sawRun("r1")
}

func (c *checked) began(n *node, attempt int) { c.watcher.began(start{c.run, n, attempt, c.p}) }

// beside starts the node n0 of another run in another process, which stays alive.
func (c *checked) beside() {
	run := c.runs.add("r2")
	run.exists, run.state = true, state.Run{ID: "r2", Status: flow.Running}
	other := *c.p
	other.name, other.running = "w1", nil
	c.scheduler.live[&other] = true
	c.watcher.began(start{run, c.n0, 1, &other})
}

func finished(status flow.Status) state.RunChange {
	return state.RunChange{Finish: &state.Finish{Status: status, Error: &flow.Failure{NodeID: "n0", Code: "busy"}}}
}

func nothing(*state.Run) {}

// violations has, for every invariant, worlds that violate it.
var violations = map[Invariant][]func(*checked){
	CommitsOnce: {
		func(c *checked) { c.done(); c.record(func(t *state.TaskRecord) { t.Output = []byte(`1`) }) },
		func(c *checked) { c.done(); c.record(func(t *state.TaskRecord) { t.State = flow.TaskRunning }) },
	},
	FailuresCount: {
		func(c *checked) { c.record(func(t *state.TaskRecord) { t.State, t.Failures = flow.TaskRunning, 2 }) },
	},
	JoinFiresOnce: {
		func(c *checked) {
			c.record(func(t *state.TaskRecord) { t.State, t.FiredBy = flow.TaskRunning, "a" })
			c.record(func(t *state.TaskRecord) { t.State, t.FiredBy = flow.TaskRunning, "b" })
		},
		func(c *checked) {
			c.watcher.sawArrival(state.Arrival{RunID: "r1"}, state.Join{First: "a"})
			c.watcher.sawArrival(state.Arrival{RunID: "r1"}, state.Join{First: "b"})
		},
		func(c *checked) {
			c.record(func(t *state.TaskRecord) { t.FiredBy = "n2" })
			firing(c.watcher, c.run, c.n0)
		},
		func(c *checked) { // no edge of n0 was taken
			c.watcher.sawTask("r1", state.TaskRecord{TaskKey: state.TaskKey{Node: "n1"}, State: flow.TaskRunning, FiredBy: "n0"})
			firing(c.watcher, c.run, c.setting.graph.nodes[1])
		},
		func(c *checked) { // the worker began after the first arrival
			c.watcher.sawArrival(state.Arrival{RunID: "r1", Join: state.JoinKey{TaskKey: state.TaskKey{Node: "n0"}}}, state.Join{First: "n1"})
			c.p.from = time.Second
			c.record(func(t *state.TaskRecord) { t.State, t.FiredBy = flow.TaskRunning, "n2" })
		},
	},
	AttemptsAreBounded: {
		func(c *checked) { c.began(c.n0, 2) },
		func(c *checked) { c.record(func(t *state.TaskRecord) { t.State, t.Failures = flow.TaskRetrying, 1 }) },
	},
	RetriesArePunctual: {
		func(c *checked) {
			c.n0.attempts, c.n0.delay = 2, time.Minute
			c.record(func(t *state.TaskRecord) {
				t.State, t.Failures, t.FinishedAt = flow.TaskRetrying, 1, c.scheduler.time()
			})
			c.scheduler.now += 50 * time.Second
			c.p.worksUntil = time.Hour
			c.began(c.n0, 2)
		},
		func(c *checked) { // its message comes two seconds late
			c.n0.attempts, c.n0.delay = 2, time.Minute
			c.record(func(t *state.TaskRecord) {
				t.State, t.Failures, t.FinishedAt, t.DueAt = flow.TaskRetrying, 1, c.scheduler.time(), c.scheduler.time().Add(time.Minute)
			})
			c.watcher.sawSend(c.p, &message{body: flow.MessageBody{RunID: "r1", NodeID: "n0", Attempt: 2, Hops: 1}, delay: 62 * time.Second})
		},
	},
	EndsOnce: {
		func(c *checked) {
			c.asks()
			c.create(nothing)
			c.change(finished(flow.Cancelled))
			c.change(finished(flow.Failed))
		},
		func(c *checked) {
			c.asks()
			c.create(nothing)
			c.change(finished(flow.Cancelled))
			c.change(state.RunChange{LastUpdated: c.scheduler.time()})
		},
	},
	StartsOnce: {
		func(c *checked) {
			c.create(nothing)
			c.p.message = &message{id: "m2"}
			c.change(state.RunChange{StartOwner: "o2"})
		},
		func(c *checked) { c.create(nothing); c.run.state.StartMessageID = "m2"; c.watcher.sawRun("r1") },
		func(c *checked) { c.watcher.runByID("r9") },
	},
	RescuesBackOff: {
		func(c *checked) {
			c.create(func(r *state.Run) { r.LastUpdated = c.scheduler.time() })
			c.change(state.RunChange{Rescues: 1, LastUpdated: c.scheduler.time()})
		},
	},
	EndsByItsRules: {
		func(c *checked) { c.create(nothing); c.change(finished(flow.Completed)) },
		func(c *checked) { c.create(nothing); c.change(finished(flow.Failed)) },
		func(c *checked) { c.create(nothing); c.change(finished(flow.Cancelled)) },
	},
	ArrivalsAreDecided: {
		func(c *checked) { c.watcher.sawArrival(arrivalAt("n1", 0), state.Join{}) },
		func(c *checked) { c.done(); c.watcher.sawArrival(arrivalAt("n1"), state.Join{}) },
		func(c *checked) {
			c.watcher.sawArrival(state.Arrival{RunID: "r1", Join: state.JoinKey{TaskKey: state.TaskKey{Node: "n1"}}, Arrived: []int{7}}, state.Join{})
		},
	},
	StatusIsRead: {
		func(c *checked) { checkStatusIsRead(c.watcher, state.Claim{RunID: "r1"}) },
		func(c *checked) {
			c.p.sawStatus(&c.run.state)
			c.p.stepped()
			checkStatusIsRead(c.watcher, state.Claim{RunID: "r1"})
		},
	},
	NothingAfterTheEnd: {
		func(c *checked) { c.run.state.Status, c.p.knew = flow.Failed, true; c.began(c.n0, 1) },
		func(c *checked) { c.run.state.Status, c.p.worked = flow.Failed, 2*time.Second; c.began(c.n0, 1) },
	},
	LoserClaims: {
		func(c *checked) {
			c.done()
			c.p.sawOwner(false, "o1", state.TaskRecord{TaskKey: state.TaskKey{Node: "n0"}, Owner: "o2"})
			c.began(c.setting.graph.nodes[1], 1)
		},
	},
	StraysAreAwaited: {func(c *checked) {
		c.n0.once = true
		c.began(c.n0, 1)
		c.p.leave(c.scheduler.now)
		c.began(c.n0, 2)
	}},
	TimeoutsAreTrue: {func(c *checked) {
		c.n0.attempts = 2
		c.record(func(t *state.TaskRecord) {
			t.State, t.Failures, t.Error = flow.TaskRetrying, 1, &flow.Failure{Code: flow.CodeTimeout}
		})
	}},
	OutcomesAreRecorded: {
		func(c *checked) { c.p.reached = &execution{}; c.watcher.sawSettled(c.p) },
		func(c *checked) {
			c.p.reached, c.p.hindered, c.p.ended = &execution{}, true, true
			c.watcher.sawSettled(c.p)
		},
	},
	StartsInTime:          {func(c *checked) { c.p.worksUntil = 15 * time.Second; c.began(c.n0, 1) }},
	UntakenNeverRuns:      {func(c *checked) { c.began(c.setting.graph.nodes[1], 1) }},
	RecordedNeverRestarts: {func(c *checked) { c.done(); c.began(c.n0, 1) }},
	OneAtATime:            {func(c *checked) { c.began(c.n0, 1); c.began(c.n0, 1) }},
	AtMostOnce:            {func(c *checked) { c.n0.once = true; c.began(c.n0, 1); c.p.stopped(c.scheduler.now); c.began(c.n0, 1) }},
	CancelsTakeEffect:     {func(c *checked) { c.p.message.body.Type = flow.TypeCancel; c.watcher.sawAcknowledged(c.p) }},
	ForgedJobsAreRefused: {
		func(c *checked) {
			c.p.message.forged, c.p.message.body.NodeID = true, "n1"
			c.watcher.sawAcknowledged(c.p)
		},
	},
	TenantsAreKept: {
		func(c *checked) {
			c.run.tenant = "t1"
			c.watcher.sawSend(c.p, &message{body: flow.MessageBody{RunID: "r1", Type: flow.TypeCancel}})
		},
		func(c *checked) { c.asks(); c.create(nothing); c.run.tenant = "t1"; c.change(finished(flow.Cancelled)) },
	},
	SuspectsAreAlone: {func(c *checked) {
		c.p.tick, c.p.rescuing = true, true
		c.watcher.sawSend(c.p, &message{body: flow.MessageBody{RunID: "r1", Type: flow.TypeCancel}})
	}, func(c *checked) { // another run's node begins beside n0, which was started before
		c.setting.batching = true
		c.record(func(t *state.TaskRecord) { t.State, t.Starts = flow.TaskRunning, 2 })
		c.scheduler.live[c.p] = true
		c.began(c.n0, 1)
		c.beside()
		clear(c.scheduler.live)
	}, func(c *checked) { // n0 begins beside another run's node
		c.setting.batching = true
		c.record(func(t *state.TaskRecord) { t.State, t.Starts = flow.TaskRunning, 2 })
		c.beside()
		c.began(c.n0, 1)
		clear(c.scheduler.live)
	}},
	HopsCount: {func(c *checked) { c.watcher.sawSend(c.p, &message{body: flow.MessageBody{NodeID: "n1"}}) }},
	LocksExclude: {
		func(c *checked) {
			c.watcher.sawLock(lockSeen{"k", "o1", time.Minute, true})
			c.watcher.sawLock(lockSeen{"k", "o2", time.Minute, true})
		},
		func(c *checked) { c.watcher.sawLock(lockSeen{"k", "o1", time.Minute, false}) },
		func(c *checked) {
			c.watcher.sawLock(lockSeen{"k", "o1", time.Minute, true})
			c.watcher.sawRelease("k", "o2")
		},
		func(c *checked) {
			if taken, err := c.locks.inner.Take(background, "k", "o1", time.Minute); err == nil && taken.Mine {
				c.watcher.rested()
			}
		},
	},
	MessagesAreValid: {
		func(c *checked) { c.queue.put(flow.Outgoing{Body: "x"}) },
		func(c *checked) { c.queue.put(flow.Outgoing{Body: `{"type":"cancel","runId":"r"}`, Delay: time.Hour}) },
		func(c *checked) { checkRejected(c.watcher, c.p.message, errLost) },
	},
	NothingIsLeft: {
		func(c *checked) { c.queue.waiting = 1; c.watcher.rested() },
		func(c *checked) { c.queue.deadLetters = []*message{c.p.message}; c.watcher.rested() },
	},
	EveryRunEnds: {
		func(c *checked) { c.scheduler.steps = maxSteps + 1; c.watcher.goesOn() },
		func(c *checked) { c.scheduler.now = 7 * time.Hour; endsInTime(c.watcher) },
		func(c *checked) { c.run.exists = false; c.run.inputs["m1"] = nil; c.watcher.verify() },
		func(c *checked) { c.watcher.verify() },
		func(c *checked) {
			c.run.state.Status, c.run.state.Active = flow.Completed, true
			hasEnded(c.watcher, c.run)
		},
	},
	ContextIsWritten: {
		func(c *checked) {
			c.n0.writes, c.setting.graph.writers = []string{"k0"}, map[string][]*node{"k0": {c.n0}}
			c.create(nothing)
			c.run.state.Status = flow.Completed
			contextIsWritten(c.watcher).compared(c.run, newReference(c.setting.graph, 1, "r1", nil, judge{c.watcher, c.run}))
		},
		func(c *checked) {
			c.setting.graph.writers = map[string][]*node{"k0": {}}
			c.create(nothing)
			_, _ = c.store.inner.Commit(background, state.Transition{Value: &state.ValueChange{RunID: "r1",
				ContextWrite: state.ContextWrite{Key: "k0", ContextValue: state.ContextValue{Value: []byte(`1`)}}}})
			c.run.state.Status = flow.Completed
			contextIsWritten(c.watcher).compared(c.run, newReference(c.setting.graph, 1, "r1", nil, judge{c.watcher, c.run}))
		},
	},
	MatchesReference: {
		func(c *checked) { c.run.state.Status = flow.Completed; c.watcher.verifyRun(c.run) },
		func(c *checked) {
			c.run.state.Status, c.run.state.Error = flow.Failed, &flow.Failure{NodeID: "n0", Code: "busy"}
			c.watcher.verifyRun(c.run)
		},
		func(c *checked) { c.done(); c.run.state.Status = flow.Cancelled; c.watcher.verifyRun(c.run) }, // it has no output
		func(c *checked) {
			c.run.state.Status = flow.Cancelled
			c.record(func(t *state.TaskRecord) {
				t.State, t.Failures, t.Error = flow.TaskFailed, 1, &flow.Failure{Code: "busy"}
			})
			c.watcher.verifyRun(c.run)
		},
	},
	ReportIsTrue: {
		func(c *checked) {
			c.scheduler.current = nil
			checkReport(c.watcher, c.run, newReference(c.setting.graph, 1, "r1", nil, judge{c.watcher, c.run}))
		},
	},
	MemoryIsBounded: {
		func(c *checked) { // one task
			c.setting.memory, c.p.loaded = 40_000_000, 10_000_001
			c.watcher.sawGiven(c.p)
		},
		func(c *checked) { // two together
			other := &process{name: "w0", handling: &handling{home: c.p.home}, loaded: 2_000_000}
			c.setting.memory, c.p.loaded = 40_000_000, 3_000_001
			c.scheduler.live[c.p] = true
			c.scheduler.live[other] = true
			c.watcher.sawGiven(c.p)
			delete(c.scheduler.live, c.p)
			delete(c.scheduler.live, other)
		},
	},
	GoesOnInTime: {func(c *checked) {
		c.create(nothing)
		c.change(state.RunChange{LastUpdated: c.scheduler.time()})
		c.scheduler.now += time.Hour
		c.change(state.RunChange{LastUpdated: c.scheduler.time()})
	}},
	WithinBudget: {
		func(c *checked) { c.wire.requests = 1000; c.watcher.rested() },
		func(c *checked) { c.queue.sent = 1000; c.watcher.rested() },
	},
	HealthyIsLeftAlone: {
		func(c *checked) { c.run.rescues = 1; c.watcher.rested() },
		func(c *checked) { c.store.tickWrites = 1; c.watcher.rested() },
	},
	QuietIsLeftAlone: { // the run is still running
		func(c *checked) {
			c.scheduler.current = nil
			c.setting.reconciling = true
			c.create(func(r *state.Run) {
				r.Active, r.StartedAt, r.LastUpdated = true, c.scheduler.time(), c.scheduler.time()
			})
			checkQuiet(c.world)
		},
	},
	RescuesAreLimited: {func(c *checked) { checkRescueLimit(c.watcher, engine.Stats{Jobs: 1001}.Jobs) }},
	MissingCodeFails: {
		func(c *checked) { r := &Result{}; r.checkMissingCodeFails(); c.watcher.violations = r.Violations },
	},
	EndedIsFound: {
		func(c *checked) { r := &Result{}; r.checkEndedIsFound(0); c.watcher.violations = r.Violations },
	},
}

func (c *checked) asks() { c.run.asked = true }

func arrivalAt(join string, taken ...int) state.Arrival {
	return state.Arrival{RunID: "r1", Join: state.JoinKey{TaskKey: state.TaskKey{Node: join}}, Arrived: []int{0}, Taken: taken}
}

// Every check notices the violation of its invariant, and names it.
func TestEveryInvariantIsChecked(t *testing.T) {
	t.Parallel()
	for invariant, worlds := range violations {
		for i, violate := range worlds {
			t.Run(fmt.Sprintf("%s %d", invariant, i), func(t *testing.T) {
				t.Parallel()
				c := newChecked()
				violate(c)
				c.scheduler.current = nil
				c.scheduler.rest()
				got := c.watcher.violations
				if len(got) == 0 {
					t.Fatal("it was not noticed")
				}
				if text := got.String(); got[0].Invariant != invariant || !strings.HasPrefix(text, string(invariant)+": ") {
					t.Errorf("noticed was %q, want a violation of %q", text, invariant)
				}
			})
		}
	}
}

// Each invariant has a file of its own, and worlds that violate it.
func TestInvariantsHaveFilesOfTheirOwn(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		found := invariantsOf(file)
		if want := strings.HasPrefix(entry.Name(), "check_"); (len(found) == 1) != want || len(found) > 1 {
			t.Errorf("%s has the invariants %q, want one in each file check_*.go", entry.Name(), found)
		}
		for _, text := range found {
			if other, again := seen[text]; again {
				t.Errorf("%s and %s have the same invariant", other, entry.Name())
			}
			seen[text] = entry.Name()
			if len(violations[Invariant(text)]) == 0 {
				t.Errorf("%s: no world of this test violates it", entry.Name())
			}
		}
	}
	if len(seen) != len(violations) {
		t.Errorf("%d invariants are declared, and %d are violated", len(seen), len(violations))
	}
}

// invariantsOf returns the texts of the constants of type Invariant.
func invariantsOf(file *ast.File) (found []string) {
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			spec := s.(*ast.ValueSpec)
			if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Invariant" {
				found = append(found, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
			}
		}
	}
	return found
}
