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
