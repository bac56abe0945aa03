package sim

// registry holds the runs of a world, in the order of their starts.
type registry struct {
	runs  []*run
	known map[string]*run // by id
}

func newRegistry() *registry { return &registry{known: map[string]*run{}} }

// add registers a run that is about to be started.
func (g *registry) add(id string) *run {
	r := newRun(id)
	g.runs = append(g.runs, r)
	g.known[id] = r
	return r
}

// forget forgets all runs, whose ids may be used again.
func (g *registry) forget() { g.runs, g.known = nil, map[string]*run{} }

// find returns a run; nil if it is not registered.
func (g *registry) find(id string) *run { return g.known[id] }

// ended reports whether every run that was created has ended.
func (g *registry) ended() bool {
	for _, r := range g.runs {
		if r.exists && !r.state.Status.Terminal() {
			return false
		}
	}
	return true
}
