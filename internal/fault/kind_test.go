package fault_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

func TestCircumstancesDisturbNothing(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]bool{
		fault.ShortVisibility: true, fault.Skew: true, fault.FarSkew: true, fault.IndexLag: true, fault.BusyQueue: true, fault.LongDeadline: true,
		fault.RequestLost: false, fault.Duplicate: false, fault.Late: false, fault.StaleLock: false, fault.Cancel: false,
	} {
		if got := kind.Circumstance(); got != want {
			t.Errorf("%q lies in how things are set up: %t, want %t", kind, got, want)
		}
	}
}
