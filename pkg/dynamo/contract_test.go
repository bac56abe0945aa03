package dynamo

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	f := setup(t)
	flowtest.TestStore(t, func(*testing.T) flowtest.Store { return f.Store })
}

func TestEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("six thousand runs take a minute")
	}
	t.Parallel()
	f := setup(t)
	flowtest.TestEngine(t, func(*testing.T) flowtest.Store { return f.Store })
}
