package flowtest_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

func TestEngineInMemory(t *testing.T) {
	t.Parallel()
	flowtest.TestEngine(t, func(*testing.T) flowtest.Store { return memory.NewStore() })
}
