// Package storetest has the contract of a store as tests, for authors of stores:
//
//	func TestStore(t *testing.T) {
//		storetest.TestStore(t, func(t *testing.T) storetest.Store { return open(t) })
//	}
//
//	func TestEngine(t *testing.T) {
//		storetest.TestEngine(t, func(t *testing.T) storetest.Store { return open(t) })
//	}
//
// A store that passes both keeps every guarantee of the engine, since all
// conditions are the engine's. This module's own stores pass them.
package storetest

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Store is all that a store implements: a worker's view, a reader's and the
// reconciler's.
type Store interface {
	state.Store
	state.Directory
	state.Sweep
}

// TestStore runs the contract of [state.Store], [state.Directory] and
// [state.Sweep]: one sub-test a fact, all of them in parallel. Every field of
// every stored type must come back, and items whose time to expire has passed
// must not: by the store's clock it must be after 2001 and before 2126. newStore
// may return the same store every time: each fact uses run ids of its own and
// expects no empty store.
func TestStore(t *testing.T, newStore func(t *testing.T) Store) {
	t.Helper()
	suites.TestStore(t, func(t *testing.T) suites.Store { return newStore(t) })
}

// TestEngine runs whole blueprints over a store: undisturbed, with every message
// delivered twice, and again and again with one fault at one of its requests,
// until each fault has struck each request. Each time the run must come to the
// same end. These are about 7,500 runs: seconds over a store in memory, minutes
// over a network. newStore may return the same store every time.
func TestEngine(t *testing.T, newStore func(t *testing.T) Store) {
	t.Helper()
	suites.TestEngine(t, func(t *testing.T) suites.Store { return newStore(t) })
}
