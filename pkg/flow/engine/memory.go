package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/timeout"
)

// memory is the part of a process's memory in which values may be loaded at a time. Those
// who wait for it are served in order.
type memory struct {
	all int // bytes; 0: no limit

	mu      sync.Mutex
	free    int
	waiting []*request
}

// request waits for memory until its channel is closed.
type request struct {
	bytes   int
	granted chan struct{}
}

func newMemory(bytes int) *memory { return &memory{all: bytes, free: bytes} }

// take waits for bytes of memory, or for all of it if it has fewer, and returns the
// number taken. It waits until ctx ends, but no longer than patience.
func (m *memory) take(ctx context.Context, bytes int, patience time.Duration) (int, error) {
	if m.all == 0 {
		return 0, nil
	}
	r := m.ask(bytes)
	select {
	case <-r.granted:
		return r.bytes, nil
	default:
	}
	waiting, cancel := timeout.With(ctx, patience, nil)
	defer cancel()
	if err := timeout.Await(waiting, r.granted); err != nil {
		m.withdraw(r)
		return 0, err
	}
	return r.bytes, nil
}

func (m *memory) ask(bytes int) *request {
	r := &request{min(bytes, m.all), make(chan struct{})}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = append(m.waiting, r)
	m.grant()
	return r
}

// withdraw gives up a request, which may have been granted just now.
func (m *memory) withdraw(r *request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := slices.Index(m.waiting, r); i >= 0 {
		m.waiting = slices.Delete(m.waiting, i, i+1)
	} else {
		m.free += r.bytes
	}
	m.grant()
}

func (m *memory) giveBack(bytes int) {
	if bytes == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free += bytes
	m.grant()
}

// grant serves those who wait, as far as memory is free.
func (m *memory) grant() {
	for len(m.waiting) > 0 && m.waiting[0].bytes <= m.free {
		m.free -= m.waiting[0].bytes
		close(m.waiting[0].granted)
		m.waiting = m.waiting[1:]
	}
}
