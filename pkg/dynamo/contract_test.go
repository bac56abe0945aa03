package dynamo

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/suites"
)

func TestStore(t *testing.T) {
	t.Parallel()
	f := setup(t)
	suites.TestStore(t, func(*testing.T) suites.Store { return f.Store })
}

// The store in memory passes all of the engine's cases with every fault, which would
// take minutes here.
func TestEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("1,400 runs take half a minute")
	}
	t.Parallel()
	f := setup(t)
	suites.SampleEngine(t, func(*testing.T) suites.Store { return f.Store })
}
