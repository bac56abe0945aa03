package engine

import (
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ownKeys are the context keys that the tasks of one handling have written, so that it does
// not read them. They hold for tasks that follow from decisions of this handling alone. A
// task that is claimed may follow from decisions of others, too, whose writes were applied
// before it was ready: it makes everything forgotten.
type ownKeys struct {
	mu     sync.Mutex
	known  map[string]state.ContextValue
	bytes  int
	claims int // how often everything was forgotten
}

// forget drops all keys, before those of a task that is claimed are read.
func (k *ownKeys) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known, k.bytes = nil, 0
	k.claims++
}

// since returns the moment before a write is applied.
func (k *ownKeys) since() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.claims
}

// note keeps a key that was written, unless everything has been forgotten since: others may
// have written it after that. A strand beside may have written it under a higher clock.
func (k *ownKeys) note(w state.ContextWrite, since int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before, known := k.known[w.Key]
	if k.claims != since || known && before.Clock > w.Clock {
		return
	}
	k.bytes += len(w.Value) - len(before.Value)
	if k.bytes > smallRead { // it is read again
		k.bytes -= len(w.Value)
		delete(k.known, w.Key)
		return
	}
	if k.known == nil {
		k.known = map[string]state.ContextValue{}
	}
	k.known[w.Key] = w.ContextValue
}

// split returns the values of those keys that are known, and the other keys.
func (k *ownKeys) split(keys []string) (known map[string]state.ContextValue, others []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known = map[string]state.ContextValue{}
	for _, key := range keys {
		if value, ok := k.known[key]; ok {
			known[key] = value
		} else {
			others = append(others, key)
		}
	}
	return known, others
}
