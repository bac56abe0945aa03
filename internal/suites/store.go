package suites

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Store is the type that [TestStore] tests.
type Store interface {
	state.Store
	state.Directory
	state.Sweep
}

// TestStore runs the contract of [state.Store], [state.Directory] and
// [state.Sweep]: one parallel sub-test for each fact. The store's clock must show a
// time after 2001 and before 2126. newStore may return the same store every time:
// each fact uses run ids of its own and does not expect an empty store.
func TestStore(t *testing.T, newStore func(t *testing.T) Store) {
	groups := map[string][]fact{
		"Create": createFacts, "Load": loadFacts, "Claim": claimFacts, "ClaimGuard": claimGuardFacts(),
		"Commit": commitFacts, "Write": writeFacts, "ChangeRun": changeRunFacts, "Keep": keepFacts, "Arrive": arriveFacts,
		"Full": fullFacts, "Values": slices.Concat(textFacts(), sizeFacts), "Keys": keyFacts, "Directory": directoryFacts, "Sweep": sweepFacts,
		"Expiry": expiryFacts, "Bounds": boundFacts(),
	}
	for group, facts := range groups {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			for _, f := range facts {
				t.Run(f.name, func(t *testing.T) {
					t.Parallel()
					f.check(newStoreTest(t, newStore(t)))
				})
			}
		})
	}
}

// fact is one sentence of the contract.
type fact struct {
	name  string
	check func(s *storeTest)
}

// storeTest holds the store and the run that a fact is checked with.
type storeTest struct {
	*testing.T
	Store  Store
	run    string // a run id for this fact alone
	stored *stored
	sample *sample
}

func newStoreTest(t *testing.T, store Store) *storeTest {
	run := "t-" + rand.Text()
	return &storeTest{T: t, Store: store, run: run, stored: &stored{t, store, run}, sample: &sample{t, run}}
}

// at is the time of all steps: so late that nothing has expired by the clock of a
// store or its server.
var at = time.Date(2126, 3, 4, 5, 6, 7, 89e6, time.UTC)

// Now is the time in tests with a server: far ahead, so that a server that deletes
// expired items keeps those of the test.
var Now = time.Date(2096, 11, 23, 12, 0, 0, 0, time.UTC)

// past is a time at which an item has expired by any clock.
var past = time.Date(2001, 9, 9, 1, 46, 40, 0, time.UTC)

// create stores a minimal run with input.
func (s *storeTest) create(input string) state.Run {
	s.Helper()
	run := state.Run{ID: s.run, Format: state.Format, InputHash: hashOf(input), BlueprintID: "order", Status: flow.Running, StartedAt: at, LastUpdated: at.Truncate(time.Second),
		StartMessageID: "m-1", StartOwner: "starter", StartLeaseUntil: at.Add(time.Minute), Active: true}
	run.Input = []byte(input)
	if _, err := s.Store.Create(s.Context(), run); err != nil {
		s.Fatal(err)
	}
	run.Input = nil
	return run
}

func hashOf(input string) string {
	sum := sha256.Sum256([]byte(input))
	return hex.EncodeToString(sum[:])
}

// put stores a record and context keys unconditionally.
func (s *storeTest) put(task state.TaskRecord, writes ...state.ContextWrite) {
	s.Helper()
	if _, err := s.commit(state.Guard{}, task); err != nil {
		s.Fatal(err)
	}
	for _, w := range writes {
		s.wantNil("Commit of "+w.Key, s.apply(state.Guard{}, w, task.Expires))
	}
}

func (s *storeTest) commit(guard state.Guard, task state.TaskRecord) (state.TaskRecord, error) {
	return s.Store.Commit(s.Context(), state.Transition{Guard: guard, Task: &task})
}

// apply gives a context key of the fact's run the value of a write.
func (s *storeTest) apply(guard state.Guard, w state.ContextWrite, expires time.Time) error {
	_, err := s.Store.Commit(s.Context(), state.Transition{Guard: guard, Value: &state.ValueChange{RunID: s.run, ContextWrite: w, Expires: expires}})
	return err
}

// change commits a change of the fact's run.
func (s *storeTest) change(guard state.Guard, change state.RunChange) error {
	change.RunID = s.run
	_, err := s.Store.Commit(s.Context(), state.Transition{Guard: guard, Run: &change})
	return err
}

func (s *storeTest) wantNil(op string, err error) {
	s.Helper()
	if err != nil {
		s.Errorf("%s = %v, want nil", op, err)
	}
}

func (s *storeTest) wantConflict(op string, err error) {
	s.Helper()
	if !errors.Is(err, state.ErrConflict) {
		s.Errorf("%s = %v, want ErrConflict", op, err)
	}
}

// same compares stored values: nil equals empty, times are compared as moments, and
// the order in which a run awaits its tasks is ignored.
func (s *storeTest) same(what string, want, got any) {
	s.Helper()
	awaiting := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Awaiting" },
		cmpopts.SortSlices(func(a, b string) bool { return a < b }))
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), awaiting); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (s *storeTest) sameText(what string, want, got []byte) {
	s.Helper()
	if string(want) != string(got) || (want == nil) != (got == nil) {
		s.Errorf("%s = %s (%d bytes), want %s (%d bytes)", what, excerpt(got), len(got), excerpt(want), len(want))
	}
}

// excerpt returns JSON text short enough for a test failure.
func excerpt(value []byte) string {
	if len(value) > 60 {
		return string(value[:30]) + "…" + string(value[len(value)-30:])
	}
	return string(value)
}
