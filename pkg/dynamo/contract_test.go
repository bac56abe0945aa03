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
		t.Skip("7,500 runs take minutes")
	}
	t.Parallel()
	f := setup(t)
	flowtest.TestEngine(t, func(*testing.T) flowtest.Store { return f.Store })
}
