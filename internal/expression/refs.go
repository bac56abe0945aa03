package expression

import "slices"

// Refs lists the values that a program may read. It is known before the program
// runs, so that the engine can read them in one request.
type Refs struct {
	// Names are free identifiers (neither result, input, outputs, context nor
	// run): each a context key or else a node id.
	Names []string
	// Outputs are the node ids read through outputs.ID or outputs["ID"].
	Outputs []string
	// Context are the keys read through context.KEY or context["KEY"].
	Context []string
	// RunInput is set if run.input (or run as a whole) is read.
	RunInput bool
}

// ReadsInput reports whether the program may read input.
func (p *Program) ReadsInput() bool { return slices.Contains(p.roots, root{fromInput, ""}) }

// Refs returns the values that the program may read, sorted and without duplicates.
func (p *Program) Refs() Refs {
	var refs Refs
	for _, r := range p.roots {
		switch r.from {
		case fromRunInput:
			refs.RunInput = true
		case fromContext:
			refs.Context = append(refs.Context, r.name)
		case fromOutputs:
			refs.Outputs = append(refs.Outputs, r.name)
		case fromName:
			refs.Names = append(refs.Names, r.name)
		}
	}
	slices.Sort(refs.Names)
	slices.Sort(refs.Outputs)
	slices.Sort(refs.Context)
	return refs
}
