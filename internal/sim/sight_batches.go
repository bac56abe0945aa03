package sim

import (
	"errors"

	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// Rare states of messages that are handled in one invocation.
const (
	Batched     Rare = "several messages are handled in one invocation"
	BatchDies   Rare = "a message dies with another one of its batch"
	TurnAwaited Rare = "a message waits for its turn"
	TurnInVain  Rare = "a message comes back since its turn has not come"
	SuspectWork Rare = "a task that may have killed a worker is performed while other messages wait"
)

// sightBatches recognises rare states of batches.
func sightBatches(w *watcher) moments {
	return moments{
		received: func(p *process) { w.reachIf(p.batched, Batched) },
		started: func(s start) {
			w.reachIf(s.suspect() && len(waiting(w, s.process.engine)) > 0, SuspectWork)
		},
		settled: func(p *process) { w.reachIf(p.awaited && w.setting.memory == 0, TurnAwaited) },
		returned: func(p *process, err error) {
			w.reachIf(errors.Is(err, engine.ErrNoTime) && p.waited, TurnInVain)
		},
	}
}

// waiting returns the processes that wait for a turn of an engine.
func waiting(w *watcher, e *engine.Engine) (found []*process) {
	for _, p := range w.scheduler.alive() {
		if p.engine == e && p.awaits {
			found = append(found, p)
		}
	}
	return found
}

// sightDeathBeside looks at a process that dies with another one of its sandbox.
func sightDeathBeside(w *watcher, p *process) { w.reachIf(w.setting.batching && p.batched, BatchDies) }
