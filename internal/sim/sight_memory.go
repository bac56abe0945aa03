package sim

import (
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Rare states of workers with little memory.
const (
	MemoryAwaited  Rare = "a task waits for the memory of its inputs"
	MemoryShared   Rare = "two messages hold large inputs at the same time"
	InputsTooLarge Rare = "a task fails since its inputs are too large together"
	EndsTooLarge   Rare = "a run fails since the outputs of its ends are too large together"
)

// sightMemory recognises rare states of workers with little memory.
func sightMemory(w *watcher) moments {
	return moments{
		given: func(p *process) {
			for other := range w.scheduler.live {
				w.reachIf(other != p && other.engine == p.engine && other.loaded > 0 && !other.dead, MemoryShared)
			}
		},
		settled: func(p *process) {
			w.reachIf(p.awaited && w.setting.memory > 0, MemoryAwaited)
		},
		task: func(t taskSeen) {
			w.reachIf(t.after.Error != nil && t.after.Error.Code == flow.CodeValueTooLarge, InputsTooLarge)
		},
		ended: func(r *run) {
			w.reachIf(r.state.Error != nil && r.state.Error.Code == flow.CodeValueTooLarge && r.state.Error.NodeID == "", EndsTooLarge)
		},
	}
}
