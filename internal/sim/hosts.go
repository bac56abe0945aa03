package sim

import (
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// hosts runs the sandboxes of workers and of reconcilers, and ends those that die.
type hosts struct {
	setting   *setting
	chance    chance
	scheduler *scheduler
	faults    *faults
	services  services

	workers     []*sandbox
	outdated    *sandbox
	reconcilers []*sandbox
	ids         int // given to owners
}

// services are the collaborators of engines and reconcilers, and the watcher, which
// sees their nodes' code start.
type services struct {
	store   *store
	locks   *locks
	queue   *queue
	watcher *watcher
}

// populate adds workers and reconcilers.
func (h *hosts) populate() {
	workers, reconcilers := 1, 1
	skewed := false
	if !h.setting.plain {
		workers, reconcilers = 1+h.chance.IntN(3), 1+h.chance.IntN(2)
		skewed = h.chance.one(2)
	}
	h.setting.skewed = skewed
	if skewed && h.chance.one(4) {
		h.setting.skew = state.Skew
		h.faults.hit(fault.FarSkew)
	}
	skew := func() time.Duration {
		if !skewed {
			return 0
		}
		h.faults.hit(fault.Skew)
		return h.chance.between(-h.setting.skew, h.setting.skew)
	}
	for i := range workers {
		h.workers = append(h.workers, h.sandbox(fmt.Sprintf("w%d", i), skew()))
	}
	h.outdated = h.sandbox("old", skew())
	h.outdated.old = true
	if !h.setting.reconciling {
		return
	}
	for i := range reconcilers {
		h.reconcilers = append(h.reconcilers, h.sandbox(fmt.Sprintf("r%d", i), skew()))
	}
}

func (h *hosts) sandbox(name string, skew time.Duration) *sandbox {
	return &sandbox{hosts: h, name: name, skew: skew}
}

// choose chooses the sandbox that handles a message.
func (h *hosts) choose(receives int) *sandbox {
	last := receives >= h.setting.timings.maxReceives
	if !last && h.faults.occasional(fault.OldWorker) {
		return h.outdated
	}
	if h.setting.plain {
		return h.workers[0]
	}
	return h.workers[h.chance.IntN(len(h.workers))]
}

func (h *hosts) newID() string {
	h.ids++
	return fmt.Sprintf("o%d", h.ids)
}

// die ends the current process, and sometimes its whole sandbox.
func (h *hosts) die(p *process) {
	h.scheduler.kill(p)
	if p.home != nil && !h.setting.plain && (h.setting.batching || h.chance.one(3)) {
		h.killSandbox(p)
	}
}

// killSandbox kills everything in the sandbox of p.
func (h *hosts) killSandbox(p *process) {
	for _, other := range h.scheduler.alive() {
		if other != p && other.home == p.home && !other.dead && !other.zombie && !h.setting.spared(other) {
			h.scheduler.trace(other, "dies with its sandbox")
			sightDeathBeside(h.services.watcher, other)
			h.scheduler.kill(other)
		}
	}
}
