package suites_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

func TestEngineInMemory(t *testing.T) {
	t.Parallel()
	suites.TestEngine(t, func(*testing.T) suites.Store { return memory.NewStore() })
}
