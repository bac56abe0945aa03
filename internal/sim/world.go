package sim

import (
	"io"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// world has the parts of one simulation. Each part owns its state.
type world struct {
	setting   *setting
	chance    chance
	scheduler *scheduler
	faults    *faults
	latency   *latency
	load      *load
	wire      *wire
	runs      *registry
	store     *store
	locks     *locks
	queue     *queue
	delivery  *delivery
	hosts     *hosts
	rounds    *rounds
	callers   *callers
	watcher   *watcher
	lives     int // how often its run ids are used
}

func newWorld(seed uint64, log io.Writer) *world {
	w := &world{setting: newSetting(seed), chance: newChance(seed, 1), scheduler: newScheduler(&story{log}), runs: newRegistry(), lives: 1}
	w.faults = &faults{setting: w.setting, chance: w.chance, scheduler: w.scheduler, hits: map[fault.Kind]int{}}
	w.latency = &latency{setting: w.setting, chance: w.chance}
	w.load = &load{scheduler: w.scheduler, faults: w.faults, writes: map[string]int{}, recent: map[string][]time.Duration{}}
	w.wire = &wire{load: w.load, setting: w.setting, chance: w.chance, scheduler: w.scheduler, faults: w.faults, latency: w.latency}
	w.store = &store{wire: w.wire, scheduler: w.scheduler, runs: w.runs, inner: memory.NewStore(memory.AbridgeAbove(0), memory.ExpireBy(w.scheduler.time))}
	w.locks = &locks{wire: w.wire, inner: newLocks(w.scheduler)}
	w.queue = &queue{setting: w.setting, chance: w.chance, scheduler: w.scheduler, faults: w.faults, wire: w.wire}
	w.watcher = newWatcher(w)
	w.watcher.lives = func() int { return w.lives }
	w.store.watcher, w.locks.watcher, w.queue.watcher = w.watcher, w.watcher, w.watcher
	w.hosts = &hosts{
		setting: w.setting, chance: w.chance, scheduler: w.scheduler, faults: w.faults,
		services: services{store: w.store, locks: w.locks, queue: w.queue, watcher: w.watcher},
	}
	w.delivery = &delivery{
		setting: w.setting, chance: w.chance, scheduler: w.scheduler, faults: w.faults,
		hosts: w.hosts, queue: w.queue, watcher: w.watcher, draining: time.Minute,
	}
	w.watcher.delivery = w.delivery
	w.queue.receive, w.wire.hosts, w.wire.delivery, w.wire.watcher = w.delivery.deliver, w.hosts, w.delivery, w.watcher
	w.rounds = &rounds{
		setting: w.setting, chance: w.chance, scheduler: w.scheduler, faults: w.faults,
		hosts: w.hosts, queue: w.queue, locks: w.locks, runs: w.runs, watcher: w.watcher,
	}
	w.callers = &callers{setting: w.setting, chance: w.chance, scheduler: w.scheduler, faults: w.faults, queue: w.queue, runs: w.runs}
	return w
}

// tell begins the story with a description of the world.
func (w *world) tell() {
	if !w.scheduler.story.told() {
		return
	}
	body, err := w.setting.graph.blueprint.Body()
	if err != nil {
		panic(err)
	}
	w.scheduler.trace(nil, "blueprint %s", body)
	w.scheduler.trace(nil, "%s", w.setting.timings)
}

// open sends the starts, and schedules the other events from outside and the
// reconcilers' ticks.
func (w *world) open() {
	w.callers.call()
	w.rounds.begin()
}

// play lets everything happen, until an invariant is violated.
func (w *world) play() { w.scheduler.play(w.watcher.goesOn) }

// finish simulates everything, and checks it.
func (w *world) finish() Result {
	w.play()
	lasted := w.scheduler.now
	if len(w.watcher.violations) == 0 {
		w.watcher.verify()
	}
	statuses := map[flow.Status]int{}
	if w.setting.again && len(w.watcher.violations) == 0 {
		w.count(statuses)
		w.again()
		lasted += w.scheduler.now - w.scheduler.born
	}
	if len(w.watcher.violations) == 0 {
		checkQuiet(w)
	}
	w.scheduler.rest()
	w.count(statuses)
	return Result{
		Seed: w.setting.seed, Violations: w.watcher.violations, Hits: w.faults.hits, Reconciled: w.setting.reconciling,
		Requests: w.wire.requests, Messages: w.queue.sent, Lasted: lasted, Statuses: statuses, Reached: w.watcher.reached,
	}
}
