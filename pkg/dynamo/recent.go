package dynamo

import "sync"

// recentValues keeps large values that were read a moment ago: the nodes of a chain
// often read the same one, and what a hash names never changes.
type recentValues struct {
	mu    sync.Mutex
	whole map[place]string // by first part
	order []place          // the oldest first
	bytes int
}

// maxRecent limits the values kept, in bytes: two of the default limit of a value.
const maxRecent = 10 << 20

func (r *recentValues) get(first place) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	whole, ok := r.whole[first]
	return whole, ok
}

func (r *recentValues) add(first place, whole string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.whole[first]; known || len(whole) > maxRecent {
		return
	}
	if r.whole == nil {
		r.whole = map[place]string{}
	}
	r.whole[first], r.order, r.bytes = whole, append(r.order, first), r.bytes+len(whole)
	for r.bytes > maxRecent {
		oldest := r.order[0]
		r.bytes -= len(r.whole[oldest])
		delete(r.whole, oldest)
		r.order = r.order[1:]
	}
}
