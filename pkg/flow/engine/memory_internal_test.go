package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Memory that is granted to a request at the moment at which it is given up is not lost.
func TestMemoryGrantedTooLateIsFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10)
		if taken, err := m.take(t.Context(), 20, time.Second); taken != 10 || err != nil {
			t.Fatalf("all was taken: %d, %v", taken, err)
		}
		late := m.ask(8)
		m.giveBack(10)
		m.withdraw(late)
		if taken, err := m.take(t.Context(), 10, 0); taken != 10 || err != nil {
			t.Errorf("afterwards %d were taken (%v), want all", taken, err)
		}
		if _, err := m.take(t.Context(), 1, time.Second); err != context.DeadlineExceeded {
			t.Errorf("without free memory there was %v", err)
		}
		m.giveBack(10)
		if taken, err := m.take(t.Context(), 10, 0); taken != 10 || err != nil {
			t.Errorf("after one that was given up %d were taken (%v), want all", taken, err)
		}
	})
}
