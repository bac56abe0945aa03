package budget

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// TestFanOutIsLinear checks that the cost of a branch does not depend on the number
// of branches, neither at their fork nor at their join, nor at the run's end.
func TestFanOutIsLinear(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]struct {
		of       func(int) *flow.Blueprint
		branches []int
	}{"join": {fan, []int{100, 1000, 10_000}}, "ends": {open, []int{100, 1000}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var narrow usage
			for _, branches := range shape.branches {
				if testing.Short() && branches > 1000 {
					break // fifty thousand requests take minutes under the race detector
				}
				u := measureFan(t, shape.of(branches))
				t.Logf("%d branches: %d requests, %.0f write units, %.0f read units", branches, u.dynamo, u.writes, u.reads)
				if narrow.dynamo == 0 {
					narrow = u
				}
				wide := float64(branches) / 100
				for what, pair := range map[string][2]float64{
					"requests":    {float64(u.dynamo), float64(narrow.dynamo)},
					"write units": {u.writes, narrow.writes},
					"read units":  {u.reads, narrow.reads},
				} {
					if most := pair[1] * wide * 1.05; pair[0] > most {
						t.Errorf("%d branches cost %.0f %s, want at most %.0f: a twentieth more a branch than 100 do", branches, pair[0], what, most)
					}
				}
			}
		})
	}
}

// open is a fan without a join: every branch is an end of the run.
func open(n int) *flow.Blueprint {
	b := &flow.Blueprint{ID: "open", Nodes: []flow.Node{{ID: "first", Uses: "small"}}}
	for i := range n {
		id := fmt.Sprintf("n%d", i)
		b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "small"})
		b.Edges = append(b.Edges, flow.Edge{Source: "first", Target: id})
	}
	return b
}

// crowd is a queue that two workers empty. It costs nothing.
type crowd struct {
	mu   sync.Mutex
	left []flow.Outgoing
	busy int
}

func (c *crowd) Send(_ context.Context, messages ...flow.Outgoing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = append(c.left, messages...)
	return nil
}

// receive returns the next message; over when there will be none.
func (c *crowd) receive() (m flow.Outgoing, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.left) == 0 {
		return m, c.busy == 0
	}
	m, c.left = c.left[0], c.left[1:]
	c.busy++
	return m, false
}

func (c *crowd) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
}

func measureFan(t *testing.T, b *flow.Blueprint) usage {
	t.Helper()
	m := newMeter(t)
	store, queue := meteredStore(t, m), &crowd{}
	worker := newWorker(t, store, queue, b)
	runID, err := client.New(queue, nil).Start(t.Context(), b.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for n := 0; ; n++ {
				message, over := queue.receive()
				if over {
					return
				}
				if message.Body == "" {
					time.Sleep(time.Millisecond)
					continue
				}
				if err := worker.Handle(t.Context(), state.Message{ID: fmt.Sprint("m-", n), Body: message.Body, Receives: 1}); err != nil {
					t.Errorf("handle %s: %v", message.Body, err)
				}
				queue.done()
			}
		})
	}
	workers.Wait()
	run, err := store.Run(t.Context(), runID)
	if err != nil || run.Status != flow.Completed {
		t.Fatalf("run = %v, %v, want a completed one", run.Status, err)
	}
	return m.usage()
}
