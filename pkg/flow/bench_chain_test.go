package flow_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// BenchmarkHandleChain handles a run of 50 nodes in memory, from its start
// message to its end.
func BenchmarkHandleChain(b *testing.B) {
	blueprint := chainOf(50, "small")
	store, queue := memory.NewStore(), memory.NewQueue()
	engine, err := flow.New(store, queue, flow.Registry{"small": flowtest.Stub("output")}, flow.Config{Blueprints: []*flow.Blueprint{blueprint}, Now: queue.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var id string
	for b.Loop() {
		if id, err = engine.Start(b.Context(), blueprint.ID, nil); err != nil {
			b.Fatal(err)
		}
		if err := queue.Drain(b.Context(), engine); err != nil {
			b.Fatal(err)
		}
	}
	if run, err := store.Run(b.Context(), id); err != nil || run.Status != flow.Completed {
		b.Fatalf("the last run is %s (%v), want completed", run.Status, err)
	}
}
