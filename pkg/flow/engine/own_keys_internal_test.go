package engine

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func writeOf(key, value string, depth int) state.ContextWrite {
	return state.ContextWrite{Key: key, ContextValue: state.ContextValue{
		Value: []byte(value), Clock: state.ClockOf(0, depth, state.TaskKey{Node: "n"}),
	}}
}

// A strand whose write was applied may learn of it after another strand's write has lost to
// a newer one.
func TestOwnKeysHoldNothingOlderThanALostWrite(t *testing.T) {
	t.Parallel()
	k := &ownKeys{}
	k.created()
	k.lose(writeOf("k", "2", 2))
	k.note(writeOf("k", "1", 1), k.since())
	if known, unknown := k.split([]string{"k", "none"}); len(known) != 0 || len(unknown) != 1 {
		t.Errorf("known %v, to be read %v: want k read, and only k", known, unknown)
	}
	k.note(writeOf("k", "3", 3), k.since())
	k.lose(writeOf("k", "2", 2))
	if known, _ := k.split([]string{"k"}); string(known["k"].Value) != "3" {
		t.Errorf("known %v, want the newer value", known)
	}
}

// Values that are too large together are read again, and so are all once a task is claimed.
func TestOwnKeysAreReadWhenDropped(t *testing.T) {
	t.Parallel()
	k := &ownKeys{}
	k.created()
	k.note(writeOf("large", string(make([]byte, smallRead+1)), 1), k.since())
	if known, unknown := k.split([]string{"large"}); len(known) != 0 || len(unknown) != 1 || k.bytes != 0 {
		t.Errorf("known %d, to be read %v, %d bytes held", len(known), unknown, k.bytes)
	}
	k.forget()
	if _, unknown := k.split([]string{"large", "none"}); len(unknown) != 2 {
		t.Errorf("to be read are %v, want all", unknown)
	}
}
