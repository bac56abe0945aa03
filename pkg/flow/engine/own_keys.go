package engine

import (
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ownKeys are the context keys that the tasks of one handling have written, so that it does
// not read them. They hold for tasks that follow from decisions of this handling alone. A
// task that is claimed may follow from decisions of others, too, whose writes were applied
// before it was ready: it makes everything forgotten.
//
// A handling that has created its run knows all keys: those that it does not hold, and has
// not dropped, were never written by a node before its tasks.
type ownKeys struct {
	mu      sync.Mutex
	all     bool
	known   map[string]state.ContextValue
	dropped map[string]state.Clock // of the write with which they became unknown
	bytes   int
	claims  int // how often everything was forgotten
}

// created notes that the run is new.
func (k *ownKeys) created() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = true
}

// forget drops all keys, before those of a task that is claimed are read.
func (k *ownKeys) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all, k.known, k.dropped, k.bytes = false, nil, nil, 0
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
	if k.claims != since || known && before.Clock > w.Clock || k.dropped[w.Key] > w.Clock {
		return
	}
	k.bytes += len(w.Value) - len(before.Value)
	if k.known == nil {
		k.known = map[string]state.ContextValue{}
	}
	k.known[w.Key] = w.ContextValue
	delete(k.dropped, w.Key)
	if k.bytes > smallRead {
		k.drop(w)
	}
}

// lose drops a key to which another task has given a newer value than the write's: tasks
// after it must not see an older one.
func (k *ownKeys) lose(w state.ContextWrite) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known[w.Key].Clock <= w.Clock { // else the newer value is known
		k.drop(w)
	}
}

func (k *ownKeys) drop(w state.ContextWrite) {
	k.bytes -= len(k.known[w.Key].Value)
	delete(k.known, w.Key)
	if k.dropped == nil {
		k.dropped = map[string]state.Clock{}
	}
	k.dropped[w.Key] = max(k.dropped[w.Key], w.Clock)
}

// split returns the values of those keys that are known and exist, and the keys that are to
// be read.
func (k *ownKeys) split(keys []string) (known map[string]state.ContextValue, unknown []string) {
	if len(keys) == 0 {
		return nil, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	known = map[string]state.ContextValue{}
	for _, key := range keys {
		if value, ok := k.known[key]; ok {
			known[key] = value
		} else if _, dropped := k.dropped[key]; dropped || !k.all {
			unknown = append(unknown, key)
		}
	}
	return known, unknown
}
