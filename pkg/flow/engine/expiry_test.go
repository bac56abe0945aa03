package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// arrivals records the arrivals at joins and ends.
type arrivals struct {
	state.Store
	mu    sync.Mutex
	all   []state.Arrival
	joins []state.Join // the resulting sets
}

func (a *arrivals) Arrive(ctx context.Context, arrival state.Arrival) (state.Join, error) {
	join, err := a.Store.Arrive(ctx, arrival)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all, a.joins = append(a.all, arrival), append(a.joins, join)
	return join, err
}

// A store deletes expired items. Items that decide about a run must outlive it,
// however slow it is: all expire at the end of its maximum duration plus the
// retention, and its own item a week later.
func TestItemsOutliveTheirRun(t *testing.T) {
	t.Parallel()
	const retention = 30 * 24 * time.Hour
	registry := flow.Registry{"flaky": flowtest.FailTimes(1, errBusy, flowtest.Stub(1))}
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"s","uses":"flaky","config":{"maxRetries":2,"retryDelay":600000}},{"id":"j","uses":"pass"},{"id":"k","uses":"pass"}],
		"edges":[{"source":"a","target":"j"},{"source":"s","target":"j"},{"source":"j","target":"k","condition":"false"},{"source":"s","target":"k"}]}`,
		registry, func(c *engine.Config) { c.Retention = retention })
	store := &arrivals{Store: w.store}
	var err error
	if w.engine, err = engine.New(store, w.queue, registry, w.config); err != nil {
		t.Fatal(err)
	}
	began := w.clock.Now()
	w.handle(w.start())
	for sent := w.queue.take(); len(sent) > 0; sent = w.queue.take() {
		for _, letter := range sent {
			w.clock.pass(letter.Delay + 7*24*time.Hour)
			w.handle(letter.Message)
		}
	}
	w.wantRun(flow.Completed)
	for _, node := range []string{"a", "s", "j", "k"} {
		if got, want := w.record(node).Expires, began.Add((30+30)*24*time.Hour); !got.Equal(want) {
			t.Errorf("the record of %s expires at %s, want %s", node, got, want)
		}
	}
	if len(store.all) == 0 {
		t.Error("nothing arrived at the joins")
	}
	for _, arrival := range store.all {
		if want := began.Add((30 + 30) * 24 * time.Hour); !arrival.Expires.Equal(want) {
			t.Errorf("the join %q expires at %s, want %s", arrival.Join.Node, arrival.Expires, want)
		}
	}
	if got, want := w.run().Expires, began.Add((30+30+7)*24*time.Hour); !got.Equal(want) {
		t.Errorf("the run expires at %s, want %s", got, want)
	}
}
