package process

import (
	"strings"
	"sync"
)

const tailSize = 4 << 10

// Tail keeps the last 4 KB written to it, for the error that says why a child ended.
// It is safe for concurrent use.
type Tail struct {
	mu      sync.Mutex
	data    []byte
	changed chan struct{}
}

// NewTail returns an empty tail.
func NewTail() *Tail { return &Tail{changed: make(chan struct{}, 1)} }

// Changed returns a channel that receives a value when something was written since
// the last one.
func (t *Tail) Changed() <-chan struct{} { return t.changed }

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if extra := len(t.data) - tailSize; extra > 0 {
		t.data = append(t.data[:0], t.data[extra:]...)
	}
	select {
	case t.changed <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.data))
}
