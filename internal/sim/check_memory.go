package sim

// MemoryIsBounded is about the values that a sandbox holds.
const MemoryIsBounded Invariant = "the inputs that a worker works on at a time fit into half of its memory, and those of one task into a quarter"

// copies is how often a value is in memory while a task works on it.
func (p *process) copies() int {
	if p.reached != nil { // the task's code has ended
		return 1
	}
	return 4
}

// memoryIsBounded measures the inputs above 1 MB: smaller ones are read without a limit.
// Each counts for all its copies, but none for more than half of the memory, which it
// then has for itself.
func memoryIsBounded(w *watcher) moments {
	return moments{given: func(p *process) {
		half := w.setting.memory / 2
		if half == 0 {
			return
		}
		if p.loaded > half/2 {
			w.violate(MemoryIsBounded, "%s holds %d bytes for one task, of %d of its memory", p.name, p.loaded, w.setting.memory)
		}
		together := 0
		for other := range w.scheduler.live {
			if other.engine == p.engine && !other.dead {
				together += min(other.copies()*other.loaded, half)
			}
		}
		if together > half {
			w.violate(MemoryIsBounded, "%s and the others of its sandbox hold %d bytes with all copies, of %d", p.name, together, half)
		}
	}}
}
