package decide

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestGate_judges_one_set(t *testing.T) {
	t.Parallel()
	a, b := []string{"a"}, []string{"b"}
	for name, tc := range map[string]struct {
		node           string
		sources, taken []string
		join           state.Join
		want           JoinState
	}{
		"all: waits for the others":             {"j", a, a, state.Join{Arrived: []int{0}, Taken: []int{0}}, JoinWaits},
		"all: complete with one taken":          {"j", b, nil, state.Join{Arrived: []int{0, 1}, Taken: []int{0}}, JoinReady},
		"all: complete, seen by a repetition":   {"j", a, a, state.Join{Arrived: []int{0, 1}, Taken: []int{0}}, JoinReady},
		"all: complete with none taken is dead": {"j", b, nil, state.Join{Arrived: []int{0, 1}}, JoinDead},
		"any: the first taken fires":            {"any", a, a, state.Join{Arrived: []int{0}, Taken: []int{0}, First: "a"}, JoinReady},
		"any: a later taken does not":           {"any", b, b, state.Join{Arrived: []int{0, 1}, Taken: []int{0, 1}, First: "a"}, JoinWaits},
		"any: the first fires again":            {"any", a, a, state.Join{Arrived: []int{0, 1}, Taken: []int{0, 1}, First: "a"}, JoinReady},
		"any: a dead arrival waits":             {"any", a, nil, state.Join{Arrived: []int{0}}, JoinWaits},
		"any: complete but not first is no end": {"any", a, nil, state.Join{Arrived: []int{0, 1}, Taken: []int{1}, First: "b"}, JoinWaits},
		"any: complete with none taken is dead": {"any", a, nil, state.Join{Arrived: []int{0, 1}}, JoinDead},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gate := shape(t, "a>j b>j a>any b>any").Gate(tc.node)
			got, more := gate.Judge(gate.Parts(tc.sources, tc.taken)[0], tc.join)
			if got != tc.want || more != nil {
				t.Errorf("Judge = %v, %v, want %v and nothing more", got, more, tc.want)
			}
		})
	}
}

func TestGate_numbers_sources_in_the_order_of_edges(t *testing.T) {
	t.Parallel()
	p := shape(t, "c>j a>j b>j d any x>any a>any")
	for text, tc := range map[string]struct {
		gate           *Gate
		sources, taken []string
		want           []Part
	}{
		"some taken":            {p.Gate("j"), []string{"a", "b"}, []string{"b"}, []Part{{Arrived: []int{1, 2}, Taken: []int{2}}}},
		"the first of any":      {p.Gate("any"), []string{"a"}, []string{"a"}, []Part{{Arrived: []int{1}, Taken: []int{1}, First: "a"}}},
		"a dead one of any":     {p.Gate("any"), []string{"a"}, nil, []Part{{Arrived: []int{1}}}},
		"sinks before edges":    {p.End(), []string{"sink#d"}, nil, []Part{{Arrived: []int{1}}}},
		"edges into any joins":  {p.End(), []string{"edge#x#any", "edge#a#any"}, nil, []Part{{Arrived: []int{3, 4}}}},
		"the sink of any's way": {p.End(), []string{"sink#any"}, nil, []Part{{Arrived: []int{2}}}},
	} {
		if diff := cmp.Diff(tc.want, tc.gate.Parts(tc.sources, tc.taken), cmpopts.IgnoreUnexported(Part{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// wide is a gate of n sources, s0 to s(n-1), with the sets that its parts made.
type wide struct {
	*Gate
	sets map[int]state.Join
}

func wideGate(n int, anyJoin, end bool) *wide {
	var sources []string
	for i := range n {
		sources = append(sources, fmt.Sprintf("s%d", i))
	}
	g := newGate(sources)
	g.any, g.end = anyJoin, end
	return &wide{g, map[int]state.Join{}}
}

// arrive adds sources and everything that follows. It returns the last state that is not
// waiting, and the number of sets written.
func (w *wide) arrive(taken bool, sources ...int) (got JoinState, writes int) {
	var names, takenNames []string
	for _, n := range sources {
		names = append(names, fmt.Sprintf("s%d", n))
	}
	if taken {
		takenNames = names
	}
	for parts := w.Parts(names, takenNames); len(parts) > 0; parts = parts[1:] {
		p := parts[0]
		set := w.sets[p.Shard]
		set.Arrived, set.Taken = with(set.Arrived, p.Arrived), with(set.Taken, p.Taken)
		set.Full, set.FullTaken = with(set.Full, p.Full), with(set.FullTaken, p.FullTaken)
		if set.First == "" {
			set.First = p.First
		}
		w.sets[p.Shard] = set
		writes++
		state, more := w.Judge(p, set)
		if more != nil {
			parts = append(parts, *more)
		}
		if state != JoinWaits {
			got = state
		}
	}
	return got, writes
}

func with(set, added []int) []int {
	for _, n := range added {
		if !slices.Contains(set, n) {
			set = append(slices.Clone(set), n)
		}
	}
	return set
}

func TestGate_sharded_all(t *testing.T) {
	t.Parallel()
	for _, n := range []int{51, 99, 100, 101, 150, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			for name, tc := range map[string]struct {
				taken func(i int) bool
				want  JoinState
			}{
				"one taken":  {func(i int) bool { return i == n/2 }, JoinReady},
				"none taken": {func(int) bool { return false }, JoinDead},
			} {
				w := wideGate(n, false, false)
				total := 0
				for i := range n - 1 {
					got, writes := w.arrive(tc.taken(i), i)
					total += writes
					if got != JoinWaits {
						t.Fatalf("%s: %v after %d of %d", name, got, i+1, n)
					}
				}
				got, writes := w.arrive(tc.taken(n-1), n-1)
				if total += writes; total > n+w.shards() {
					t.Errorf("%s: %d sets written, want at most %d", name, total, n+w.shards())
				}
				if got != tc.want {
					t.Errorf("%s: %v at the last arrival, want %v", name, got, tc.want)
				}
				for i := range n { // every repetition gets the same answer
					if got, _ := w.arrive(tc.taken(i), i); got != tc.want {
						t.Errorf("%s: %v at the repetition of %d, want %v", name, got, i, tc.want)
					}
				}
			}
		})
	}
}

func TestGate_sharded_any(t *testing.T) {
	t.Parallel()
	const n = 120
	w := wideGate(n, true, false)
	for i := range n {
		want := JoinWaits
		if i == 70 {
			want = JoinReady
		}
		if got, writes := w.arrive(i >= 70, i); got != want || writes > 2 {
			t.Errorf("source %d: %v in %d writes, want %v in at most 2", i, got, writes, want)
		}
	}
	if got, _ := w.arrive(true, 70); got != JoinReady {
		t.Errorf("the first again: %v, want ready", got)
	}
	if got, _ := w.arrive(true, 71); got != JoinWaits {
		t.Errorf("a later one again: %v, want that it waits", got)
	}
	dead := wideGate(n, true, false)
	for i := range n {
		want := JoinWaits
		if i == n-1 {
			want = JoinDead
		}
		if got, _ := dead.arrive(false, i); got != want {
			t.Errorf("dead source %d: %v, want %v", i, got, want)
		}
	}
}

func TestGate_sharded_end(t *testing.T) {
	t.Parallel()
	const n = 130
	w := wideGate(n, false, true)
	var rest []int
	for i := 1; i < n; i++ {
		rest = append(rest, i)
	}
	if got, writes := w.arrive(false, rest...); got != JoinWaits || writes != 3+2 { // three shards, of which two are full
		t.Errorf("all but one: %v in %d writes, want that it waits, in 5", got, writes)
	}
	if got, _ := w.arrive(false, 0); got != JoinReady {
		t.Errorf("the last: %v, want ready", got)
	}
}
