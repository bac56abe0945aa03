package memory_test

import (
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/storetest"
)

func newStore(*testing.T) storetest.Store { return memory.NewStore(memory.ExpireBy(time.Now)) }

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.TestStore(t, newStore)
}

func TestEngine(t *testing.T) {
	t.Parallel()
	storetest.TestEngine(t, newStore)
}
