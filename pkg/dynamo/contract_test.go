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

func TestEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("7,500 runs take minutes")
	}
	t.Parallel()
	f := setup(t)
	suites.TestEngine(t, func(*testing.T) suites.Store { return f.Store })
}
