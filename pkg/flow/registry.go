package flow

import (
	"fmt"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

// Registry maps the names that nodes use to their code. An entry with the name of a
// built-in node replaces it. The zero value has the built-in nodes alone.
type Registry map[string]Handler

// String returns the sorted names.
func (r Registry) String() string { return fmt.Sprint(slices.Sorted(maps.Keys(r))) }

// Has implements [NodeTypes].
func (r Registry) Has(uses string) bool { return r[uses] != nil }

// CheckNode implements [NodeTypes].
func (r Registry) CheckNode(b *Blueprint, i int, names expression.Names) []Issue {
	n := &b.Nodes[i]
	found := &issues{}
	handler, registered := r[n.Uses]
	read := r.reader(n.Uses)
	switch {
	case registered && handler == nil:
		found.add(issueImplementation, "uses", "the registry's entry %q is nil: give it a Handler", n.Uses)
	case read != nil:
		prepare(found, read, n.Params, &paramsReader{names: names, strict: true})
	case !registered:
		found.add(issueImplementation, "uses", "%s", missingImplementation(n.Uses))
	}
	return found.list
}

// Prepare makes the code of node number i of b, from its type and its params, and
// returns nil if there is no code of that name. The programs are the expressions that
// the code evaluates: the values that they name must be read for the node. names is
// the result of [Blueprint.Names], made once for all nodes. Invalid params are
// reported as an [*InvalidError].
func (r Registry) Prepare(b *Blueprint, i int, names expression.Names) (Handler, []*expression.Program, error) {
	n := &b.Nodes[i]
	read := r.reader(n.Uses)
	if read == nil {
		return r[n.Uses], nil, nil
	}
	found := &issues{}
	handler, programs := prepare(found, read, n.Params, &paramsReader{names: names})
	return handler, programs, found.err(b)
}

// reader returns the function that makes a node's code from its params, nil if there
// is none: that of an entry made by FromParams, or of a built-in that no entry
// replaces.
func (r Registry) reader(uses string) paramsReaderFunc {
	switch handler := r[uses].(type) {
	case nil:
		return builtins[uses]
	case configured:
		return func(p *paramsReader) Handler { return handler.read(&Params{p}) }
	}
	return nil
}

// prepare reads a node's params, once per blueprint. With faults the code
// cannot run.
func prepare(found *issues, read paramsReaderFunc, params []byte, reader *paramsReader) (Handler, []*expression.Program) {
	o, ok := paramsObject(found, params)
	if !ok {
		return nil, nil
	}
	var programs []*expression.Program
	reader.object, reader.programs = o, &programs
	handler := read(reader)
	return handler, programs
}
