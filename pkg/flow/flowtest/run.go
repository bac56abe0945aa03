package flowtest

import (
	"errors"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// Option is an option of [Run].
type Option func(*engine.Config)

// WithMiddleware wraps every node's code; the first one is outermost.
func WithMiddleware(middleware ...flow.Middleware) Option {
	return func(c *engine.Config) { c.Middleware = append(c.Middleware, middleware...) }
}

// WithEvents calls f for every event of the run, in order.
func WithEvents(f func(flow.Event)) Option {
	return func(c *engine.Config) { c.Events = f }
}

// WithConfig changes any other setting of the engine. Run sets the blueprints, the
// clock and the logger itself.
func WithConfig(change func(*engine.Config)) Option { return change }

// Run executes one run of a blueprint in memory, skipping delays, and returns its
// report, whether it completed or failed: the test judges that. A blueprint or
// registry that cannot be run ends the test. If the test has failed when it ends, the
// run's events are logged, step by step, with the stacks of panics.
func Run(t testing.TB, b *flow.Blueprint, registry flow.Registry, input any, options ...Option) *flow.Report {
	t.Helper()
	told := &story{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("run of %s:\n%s", b.ID, told)
		}
	})
	store, queue := memory.NewStore(), memory.NewQueue()
	worker, err := engine.New(store, queue, registry, configure(b, queue, told, options))
	if err != nil {
		t.Fatal(err)
	}
	id, err := client.New(queue, store).Start(t.Context(), b.ID, input)
	if err != nil {
		t.Fatal(err)
	}
	report, err := memory.Finish(t.Context(), store, queue, worker, id)
	if _, failed := errors.AsType[*flow.NodeError](err); err != nil && !failed {
		t.Fatal(err)
	}
	return report
}

func configure(b *flow.Blueprint, queue *memory.Queue, told *story, options []Option) engine.Config {
	c := engine.Config{Strands: 1} // one node after the other: stubs need no locks, and results are the same each time
	for _, option := range options {
		option(&c)
	}
	c.Blueprints, c.Now, c.Logger = []*flow.Blueprint{b}, queue.Now, told.logger()
	return c.Fit()
}
