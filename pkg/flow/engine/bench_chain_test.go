package engine_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// BenchmarkHandleChain handles a run of 50 nodes in memory, from its start message to
// its end.
func BenchmarkHandleChain(b *testing.B) {
	blueprint := chainOf(50, "small")
	store, queue := memory.NewStore(), memory.NewQueue()
	worker, err := engine.New(store, queue, flow.Registry{"small": flowtest.Stub("output")}, engine.Config{Blueprints: []*flow.Blueprint{blueprint}, Now: queue.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var id string
	for b.Loop() {
		if id, err = client.New(queue, store).Start(b.Context(), blueprint.ID, nil); err != nil {
			b.Fatal(err)
		}
		if err := queue.Drain(b.Context(), worker); err != nil {
			b.Fatal(err)
		}
	}
	if run, err := store.Run(b.Context(), id); err != nil || run.Status != flow.Completed {
		b.Fatalf("the last run is %s (%v), want completed", run.Status, err)
	}
}
