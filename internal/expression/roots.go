package expression

import "slices"

// roots are the values of the Env that a program reads, each once.
type roots []root

// read compiles the reading of a root.
func (r *roots) read(from origin, name string) step {
	wanted := root{from, name}
	i := slices.Index(*r, wanted)
	if i < 0 {
		i = len(*r)
		*r = append(*r, wanted)
	}
	return func(e *evaluation) value { return e.root(i) }
}

// member compiles a member that is read by itself; nil for others.
func (r *roots) member(of, key string) step {
	switch of {
	case "outputs":
		return r.read(fromOutputs, key)
	case "context":
		return r.read(fromContext, key)
	case "run":
		switch key {
		case "id":
			return runID
		case "input":
			return r.read(fromRunInput, "")
		default:
			return constant(value{})
		}
	}
	return nil
}

func (r *roots) run() step {
	input := r.read(fromRunInput, "")
	return func(e *evaluation) value {
		return objectValue([]string{"id", "input"}, []value{runID(e), input(e)})
	}
}

func runID(e *evaluation) value { return textValue(e.env.RunID) }
