package sim

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// testSeeds are few enough for every run of the tests: make sim takes more.
const testSeeds = 2000

// No world of these seeds breaks a guarantee, most of them are hit by a fault,
// and every fault hits some.
func TestCampaign(t *testing.T) {
	t.Parallel()
	sum := Campaign(1, testSeeds, 3, func(seed uint64) Result { return Simulate(seed, nil) })
	for _, r := range sum.Failed {
		t.Errorf("seed %d (make sim SEED=%d tells its story): %s", r.Seed, r.Seed, r.Violations)
	}
	if share := sum.Share(); share < 0.6 {
		t.Errorf("a fault hit %.0f %% of the worlds, want at least 60 %%", 100*share)
	}
	for _, kind := range Faults() {
		if sum.Hits[kind] == 0 {
			t.Errorf("no world was hit by the fault %q", kind)
		}
	}
	if reached, all := len(sum.Reached), len(Rares()); reached < all*9/10 {
		t.Errorf("%d of %d rare states were reached, want nine tenths", reached, all)
	}
}

// Worlds of large values and little memory come to waits and to sums that are too large.
func TestLargeValues(t *testing.T) {
	t.Parallel()
	sum := Summary{Reached: map[Rare]int{}, Hits: map[fault.Kind]int{}, Statuses: map[flow.Status]int{}}
	rare := []Rare{MemoryAwaited, MemoryShared, InputsTooLarge}
	lacking := func(state Rare) bool { return sum.Reached[state] == 0 }
	for seed := uint64(1); sum.Seeds < 15 || sum.Seeds < 60 && slices.ContainsFunc(rare, lacking); seed++ {
		if drawsLarge(seed) {
			sum.add(Simulate(seed, nil))
		}
	}
	for _, r := range sum.Failed {
		t.Errorf("seed %d (make sim SEED=%d tells its story): %s", r.Seed, r.Seed, r.Violations)
	}
	for _, state := range rare {
		if lacking(state) {
			t.Errorf("no world came to this: %s", state)
		}
	}
}

func TestSameSeedSameStory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		var first, second strings.Builder
		Simulate(seed, &first)
		Simulate(seed, &second)
		if first.String() != second.String() {
			t.Fatalf("seed %d tells two stories:\n%s\nand\n%s", seed, first.String(), second.String())
		}
	}
}

func TestStoryIsToldOrNot(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		var story strings.Builder
		told, untold := Simulate(seed, &story), Simulate(seed, nil)
		if told.Requests != untold.Requests || told.Messages != untold.Messages || told.Lasted != untold.Lasted {
			t.Errorf("seed %d: told it is %+v, untold %+v", seed, told, untold)
		}
	}
}

// Every single fault at every request, and every pair of crashes.
func TestExhaustive(t *testing.T) {
	t.Parallel()
	tried, failed := Exhaustive(5)
	for _, s := range failed {
		t.Error(s)
	}
	if tried < 5000 {
		t.Errorf("%d worlds were tried, want thousands", tried)
	}
}
