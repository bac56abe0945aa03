package flow

import (
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

// NodeTypes describes the code that blueprints may name. [Registry] implements it.
type NodeTypes interface {
	// Has reports whether there is code of that name, which then replaces a built-in
	// node of the name.
	Has(uses string) bool
	// CheckNode returns the faults that keep node number i of b from running: its
	// code is missing, or does not accept its params. names is the result of
	// [Blueprint.Names]. Paths begin with "uses" or "params".
	CheckNode(b *Blueprint, i int, names expression.Names) []Issue
}

// Validate reports every reason for which the blueprint cannot be run with these node
// types, all at once, as an [*InvalidError]; nil types mean the built-in nodes alone.
// It applies to literals too, and changes nothing.
func Validate(b *Blueprint, types NodeTypes) error {
	if b == nil {
		return &InvalidError{Issues: []Issue{{Code: issueEmpty, Message: "the blueprint is nil"}}}
	}
	found := &issues{}
	validate(found, b, types)
	return found.err(b)
}

func validate(found *issues, b *Blueprint, types NodeTypes) {
	if types == nil {
		types = Registry(nil)
	}
	g := newCheckGraph(b)
	checkBlueprint(found, b)
	g.checkFits(found)
	names := b.Names()
	validateNodes(found, g, types, names)
	for i, e := range b.Edges {
		validateEdge(found, g, fmt.Sprintf("edges[%d]", i), e, names)
	}
	validateOtherwise(found, b)
}

// validateOtherwise reports the edges for all other cases that are never taken, and those
// that are not the only one of their node.
func validateOtherwise(found *issues, b *Blueprint) {
	first, always := map[string]int{}, map[string]int{}
	for i, e := range b.Edges {
		if _, known := always[e.Source]; !known && !e.Otherwise && e.Action == "" && e.Condition == "" {
			always[e.Source] = i
		}
	}
	for i, e := range b.Edges {
		if !e.Otherwise {
			continue
		}
		path := fmt.Sprintf("edges[%d].otherwise", i)
		if known, ok := first[e.Source]; ok {
			found.invalid(path, "edges[%d] is for all other cases of %q already: let it lead to a node from which both ways go on", known, e.Source)
			continue
		}
		first[e.Source] = i
		if known, ok := always[e.Source]; ok {
			found.invalid(path, "it is never taken, since edges[%d] has neither action nor condition: remove one of the two", known)
		}
	}
}

func validateNodes(found *issues, g *checkGraph, types NodeTypes, names expression.Names) {
	orphans := g.orphans()
	cycles := g.cycles(types)
	for i, n := range g.blueprint.Nodes {
		path := fmt.Sprintf("nodes[%d]", i)
		checkNode(found, path, n)
		if first := g.index[n.ID]; first != i {
			found.add(issueDuplicateNode, path+".id", "nodes[%d] has the id %q too: rename one of them, and the edges that mean it", first, n.ID)
		}
		for _, issue := range types.CheckNode(g.blueprint, i, names) {
			found.add(issue.Code, path+"."+issue.Path, "%s", issue.Message)
		}
		keyPath := path + ".config.idempotencyKey"
		checkStableKey(found, keyPath, g, i, compileInto(found, keyPath, n.Config.IdempotencyKey, names))
		for _, fault := range g.fallbackFaults[i] {
			found.add(issueFallback, path+".config.fallback", "%s", fault)
		}
		if orphans[i] {
			found.add(issueOrphan, path, "no way leads from a start node to %q (a start node is one that no edge and no fallback leads to): connect it, or remove it", n.ID)
		}
		if cycle, ok := cycles[i]; ok {
			found.add(issueCycle, path, "the nodes %s form a cycle: a run passes each node once; remove an edge, or let the cycle pass through a node that uses %q", cycle, loopController)
		}
	}
}

func validateEdge(found *issues, g *checkGraph, path string, e Edge, names expression.Names) {
	checkEdge(found, path, e)
	knownNodes := !found.covered("nodes") // else each edge would be a fault too
	if _, ok := g.index[e.Source]; !ok && knownNodes {
		found.add(issueEdgeSource, path+".source", "there is no node %q: correct the source, or remove the edge", e.Source)
	}
	if _, ok := g.index[e.Target]; !ok && knownNodes {
		found.add(issueEdgeTarget, path+".target", "there is no node %q: correct the target, or remove the edge", e.Target)
	}
	compileInto(found, path+".condition", e.Condition, names)
	compileInto(found, path+".transform", e.Transform, names)
}

// compileInto compiles an expression, and returns nil for "" and for an expression
// that does not compile, which it reports.
func compileInto(found *issues, path, source string, names expression.Names) *expression.Program {
	if source == "" {
		return nil
	}
	program, err := names.Compile(source)
	if err != nil {
		found.add(issueExpression, path, "%v", err)
		return nil
	}
	return program
}
