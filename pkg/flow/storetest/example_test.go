package storetest_test

import (
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/storetest"
)

// In a test of a store of one's own its constructor stands in the place of
// memory.NewStore.
func Example() {
	newStore := func(*testing.T) storetest.Store { return memory.NewStore(memory.ExpireBy(time.Now)) }

	_ = func(t *testing.T) { storetest.TestStore(t, newStore) }
	_ = func(t *testing.T) { storetest.TestEngine(t, newStore) }
}
