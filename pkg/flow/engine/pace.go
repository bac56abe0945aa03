package engine

import (
	"sync/atomic"
	"time"
)

// pace is what this process has seen of a node's code.
type pace struct {
	bytes  atomic.Int64 // of its largest outcome, and 1; 0: none yet
	last   atomic.Int64 // duration of the last attempt
	killed atomic.Bool  // perhaps a worker
}

// expect returns the size, in bytes, that is reserved for an outcome before the code begins:
// that of the largest one, the output with the context writes; most before the first.
func (p *pace) expect(most int) int {
	if seen := p.bytes.Load(); seen > 0 {
		return int(seen - 1)
	}
	return most
}

// see notes an outcome.
func (p *pace) see(bytes int, took time.Duration) {
	p.last.Store(int64(took))
	for seen := p.bytes.Load(); seen < int64(bytes)+1 && !p.bytes.CompareAndSwap(seen, int64(bytes)+1); seen = p.bytes.Load() {
	}
}

// slow reports whether the last attempt took longer than a task may wait to begin: others
// like it are better begun elsewhere.
func (p *pace) slow(than time.Duration) bool { return time.Duration(p.last.Load()) > than }

// suspect notes that a worker may have died with the code.
func (p *pace) suspect() { p.killed.Store(true) }

// heavy reports whether a worker may have died with the code: beside others it would again.
func (p *pace) heavy() bool { return p.killed.Load() }
