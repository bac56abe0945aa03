package engine

import (
	"context"
	"slices"
	"sync"
)

// memory is a part of a process's memory in which values may be at a time. Those who wait
// for it are served in order.
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
// number taken.
func (m *memory) take(ctx context.Context, bytes int) (int, error) {
	if m.all == 0 {
		return 0, nil
	}
	r := &request{min(bytes, m.all), make(chan struct{})}
	m.mu.Lock()
	m.waiting = append(m.waiting, r)
	m.grant()
	m.mu.Unlock()
	select {
	case <-r.granted:
		return r.bytes, nil
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := slices.Index(m.waiting, r); i >= 0 {
		m.waiting = slices.Delete(m.waiting, i, i+1)
	} else { // it was granted just now
		m.free += r.bytes
	}
	m.grant()
	return 0, context.Cause(ctx)
}

// try takes bytes if they are free and nobody waits, and reports whether it did.
func (m *memory) try(bytes int) (taken int, ok bool) {
	if m.all == 0 {
		return 0, true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if bytes = min(bytes, m.all); len(m.waiting) > 0 || bytes > m.free {
		return 0, false
	}
	m.free -= bytes
	return bytes, true
}

// owe takes bytes also if fewer are free, for a value that is in memory already: others
// wait until as many are given back.
func (m *memory) owe(bytes int) int {
	if m.all == 0 {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free -= bytes
	return bytes
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
