package semaphore_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/semaphore"
)

func TestAcquire(t *testing.T) {
	t.Parallel()
	errUp := errors.New("up")
	over, cancel := context.WithCancelCause(t.Context())
	cancel(errUp)
	for name, test := range map[string]struct {
		ctx         context.Context
		all, n, got int
		err         error
	}{
		"some":                              {t.Context(), 3, 2, 2, nil},
		"no more than there are":            {t.Context(), 3, 5, 3, nil},
		"none":                              {t.Context(), 3, 0, 0, nil},
		"of any number":                     {t.Context(), 0, 5, 0, nil},
		"free ones after the context's end": {over, 3, 2, 2, nil},
	} {
		got, err := semaphore.New(test.all).Acquire(test.ctx, test.n)
		if got != test.got || !errors.Is(err, test.err) {
			t.Errorf("%s: %d, %v, want %d", name, got, err, test.got)
		}
	}
	s := semaphore.New(1)
	if _, err := s.Acquire(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Acquire(over, 1); n != 0 || !errors.Is(err, errUp) {
		t.Errorf("of none free: %d, %v, want the context's cause", n, err)
	}
}

// A caller that asks for many is not overtaken for ever by others that ask for few.
func TestOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := semaphore.New(2)
		var order []int
		use := func(n int) {
			held, err := s.Acquire(t.Context(), n)
			if err != nil {
				t.Error(err)
			}
			order = append(order, n)
			time.Sleep(time.Second)
			s.Release(held)
		}
		go use(1)
		synctest.Wait()
		go use(2)
		synctest.Wait()
		go use(1)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(order) != 3 || order[1] != 2 {
			t.Errorf("served were those for %d permits, want 1, 2, 1", order)
		}
	})
}

// turns is a waiter that tries so often.
type turns int

func (n turns) Wait(_ context.Context, try func() bool) (bool, error) {
	for range n {
		if try() {
			return true, nil
		}
	}
	return false, nil
}

func TestWaiter(t *testing.T) {
	t.Parallel()
	s := semaphore.New(1)
	ctx := semaphore.On(t.Context(), turns(3))
	for want := 1; want >= 0; want-- {
		if n, err := s.Acquire(ctx, 1); n != want || err != nil {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
	s.Release(1)
	if n, err := s.Acquire(ctx, 1); n != 1 || err != nil {
		t.Errorf("when it is free again: %d, %v", n, err)
	}
}

func TestTryAcquire(t *testing.T) {
	t.Parallel()
	if n, ok := semaphore.New(0).TryAcquire(3); n != 0 || !ok {
		t.Errorf("of any number: %d, %t", n, ok)
	}
	s := semaphore.New(3)
	for _, test := range []struct {
		n, got int
		ok     bool
	}{{2, 2, true}, {2, 0, false}, {1, 1, true}, {0, 0, true}} {
		if n, ok := s.TryAcquire(test.n); n != test.got || ok != test.ok {
			t.Errorf("%d: %d, %t", test.n, n, ok)
		}
	}
	s.Release(3)
	if n, ok := s.TryAcquire(9); n != 3 || !ok {
		t.Errorf("more than there are: %d, %t, want all", n, ok)
	}
}

func TestApart(t *testing.T) {
	t.Parallel()
	s := semaphore.New(1)
	ctx := semaphore.On(t.Context(), semaphore.Apart{})
	for range 2 {
		if n, err := s.Acquire(ctx, 1); n != 0 || err != nil {
			t.Errorf("%d, %v, want that nobody waits", n, err)
		}
	}
}
