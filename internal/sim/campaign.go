package sim

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Summary sums up the results of many worlds.
type Summary struct {
	Seeds      int
	Failed     []Result           // in the order of their seeds
	Disturbed  int                // worlds that a fault hit
	Reconciled int                // worlds with a reconciler
	Hits       map[fault.Kind]int // worlds by fault
	Statuses   map[flow.Status]int
	Reached    map[Rare]int // worlds by rare state
	Requests   int
	Messages   int
	Longest    time.Duration // of the worlds' own times
	Took       time.Duration
}

// Campaign simulates count seeds from the first on, on all processors. It stops
// early at the limit of failing worlds; 0 means none.
func Campaign(from, count uint64, limit int, simulate func(seed uint64) Result) Summary {
	var (
		sum     = Summary{Hits: map[fault.Kind]int{}, Statuses: map[flow.Status]int{}, Reached: map[Rare]int{}}
		mu      sync.Mutex
		next    atomic.Uint64
		workers sync.WaitGroup
		began   = time.Now()
	)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= count {
					return
				}
				result := simulate(from + i)
				mu.Lock()
				sum.add(result)
				if limit > 0 && len(sum.Failed) >= limit {
					next.Store(count)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	sum.Took = time.Since(began)
	slices.SortFunc(sum.Failed, func(a, b Result) int { return int(a.Seed) - int(b.Seed) })
	return sum
}

func (s *Summary) add(r Result) {
	s.Seeds++
	if len(r.Violations) > 0 {
		s.Failed = append(s.Failed, r)
	}
	if r.Disturbed() {
		s.Disturbed++
	}
	if r.Reconciled {
		s.Reconciled++
	}
	for kind := range r.Hits {
		s.Hits[kind]++
	}
	for status, n := range r.Statuses {
		s.Statuses[status] += n
	}
	for _, state := range r.Reached {
		s.Reached[state]++
	}
	s.Requests += r.Requests
	s.Messages += r.Messages
	s.Longest = max(s.Longest, r.Lasted)
}

// PerSecond is the number of worlds simulated in a second.
func (s Summary) PerSecond() float64 { return float64(s.Seeds) / s.Took.Seconds() }

// Share is the share of the worlds that a fault hit, from 0 to 1.
func (s Summary) Share() float64 { return float64(s.Disturbed) / float64(max(s.Seeds, 1)) }

// Write prints the summary for people.
func (s Summary) Write(out io.Writer) error {
	var text strings.Builder
	percent := func(n int) float64 { return 100 * float64(n) / float64(max(s.Seeds, 1)) }
	fmt.Fprintf(&text, "%d schedules, each in a world of its own, in %s, %.0f a second: %d failed\n", s.Seeds, s.Took.Round(time.Millisecond), s.PerSecond(), len(s.Failed))
	fmt.Fprintf(&text, "a fault hit %.1f %% of them; a reconciler was at work in %.1f %%\n", percent(s.Disturbed), percent(s.Reconciled))
	fmt.Fprintf(&text, "%d requests, %d messages; the longest world lasted %s\n", s.Requests, s.Messages, s.Longest.Round(time.Second))
	for _, status := range []flow.Status{flow.Completed, flow.Failed, flow.Cancelled, flow.Running, ""} {
		if n := s.Statuses[status]; n > 0 {
			fmt.Fprintf(&text, "  %8d runs %s\n", n, cmp.Or(string(status), "never began"))
		}
	}
	for _, kind := range Faults() {
		fmt.Fprintf(&text, "  %7.2f %% %s\n", percent(s.Hits[kind]), kind)
	}
	for _, state := range Rares() {
		fmt.Fprintf(&text, "  %8d worlds: %s\n", s.Reached[state], state)
	}
	for _, r := range s.Failed[:min(len(s.Failed), 10)] {
		fmt.Fprintf(&text, "seed %d: %s\n", r.Seed, r.Violations)
	}
	_, err := io.WriteString(out, text.String())
	return err
}
