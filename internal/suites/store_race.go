package suites

import (
	"errors"
	"fmt"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

const racers = 20

func ownerName(i int) string { return fmt.Sprintf("owner-%d", i) }

// race lets 20 owners try at once and returns the winner. try returns the owner of
// the stored item.
func race(s *storeTest, try func(owner string) (stored string, err error)) (winner string) {
	s.Helper()
	var (
		wg     sync.WaitGroup
		gate   = make(chan struct{})
		stored [racers]string
		errs   [racers]error
	)
	for i := range racers {
		wg.Go(func() {
			<-gate
			stored[i], errs[i] = try(ownerName(i))
		})
	}
	close(gate)
	wg.Wait()
	var winners []string
	for i, err := range errs {
		switch {
		case err == nil:
			winners = append(winners, ownerName(i))
		case !errors.Is(err, state.ErrConflict):
			s.Errorf("%s: %v, want nil or ErrConflict", ownerName(i), err)
		}
	}
	if len(winners) != 1 {
		s.Fatalf("%d owners won: %v, want 1", len(winners), winners)
	}
	for i, owner := range stored {
		if owner != winners[0] {
			s.Errorf("%s was told that the item is %q's, want %s's", ownerName(i), owner, winners[0])
		}
	}
	return winners[0]
}
