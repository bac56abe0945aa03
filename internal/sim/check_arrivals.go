package sim

import "slices"

// ArrivalsAreDecided is about joins.
const ArrivalsAreDecided Invariant = "a source arrives at a join as its recorded outcome decides"

func arrivalsAreDecided(w *watcher) moments {
	return moments{arrived: func(s arrivalSeen) {
		v := w.setting.recorded(s.run)
		target := v.graph.byID[s.arrival.Join.Node]
		if target == nil {
			return // the run's end: checked when it ends
		}
		for _, number := range s.arrival.Arrived {
			if number >= len(target.sources) {
				w.violate(ArrivalsAreDecided, "run %s: a source number %d arrives at %s, which has %d", s.run.id, number, target.id, len(target.sources))
				continue
			}
			source := target.sources[number]
			edges, resolved := v.edges(source, target)
			if !resolved || (len(edges) > 0) != slices.Contains(s.arrival.Taken, number) {
				w.violate(ArrivalsAreDecided, "run %s: %s arrives at %s as number %d (taken: %v), but recorded is otherwise", s.run.id, source.id, target.id, number, s.arrival.Taken)
			}
		}
	}}
}
