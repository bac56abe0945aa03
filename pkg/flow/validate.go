package flow

import (
	"fmt"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow/internal/expression"
)

// Issue is one fault of a blueprint. Its Code is one of INVALID_JSON,
// INVALID_FIELD, UNKNOWN_FIELD, EMPTY_BLUEPRINT, DUPLICATE_NODE_ID,
// ID_TOO_LONG, INVALID_EDGE_SOURCE, INVALID_EDGE_TARGET, INVALID_FALLBACK,
// INVALID_EXPRESSION, ORPHAN_NODE, CYCLE_WITHOUT_CONTROLLER and
// MISSING_NODE_IMPLEMENTATION.
type Issue struct {
	Code    string `json:"code"`
	Path    string `json:"path"`    // like nodes[2].config.maxRetries; "" is the blueprint itself
	Message string `json:"message"` // what is wrong and what to do
}

const (
	issueInvalidJSON    = "INVALID_JSON"
	issueInvalidField   = "INVALID_FIELD"
	issueUnknownField   = "UNKNOWN_FIELD"
	issueEmpty          = "EMPTY_BLUEPRINT"
	issueDuplicateNode  = "DUPLICATE_NODE_ID"
	issueIDTooLong      = "ID_TOO_LONG"
	issueEdgeSource     = "INVALID_EDGE_SOURCE"
	issueEdgeTarget     = "INVALID_EDGE_TARGET"
	issueFallback       = "INVALID_FALLBACK"
	issueExpression     = "INVALID_EXPRESSION"
	issueOrphan         = "ORPHAN_NODE"
	issueCycle          = "CYCLE_WITHOUT_CONTROLLER"
	issueImplementation = "MISSING_NODE_IMPLEMENTATION"
)

// InvalidError lists all faults of a blueprint, in the order of the blueprint:
// first its own, then those of its nodes, then those of its edges.
type InvalidError struct {
	BlueprintID string
	Issues      []Issue
}

// Error lists every fault: one on the same line, several on a line each.
func (e *InvalidError) Error() string {
	name := "blueprint"
	if e.BlueprintID != "" {
		name = fmt.Sprintf("blueprint %q", e.BlueprintID)
	}
	if len(e.Issues) == 1 {
		return "invalid " + name + ": " + e.Issues[0].String()
	}
	var text strings.Builder
	fmt.Fprintf(&text, "invalid %s, %d faults:", name, len(e.Issues))
	for _, issue := range e.Issues {
		text.WriteString("\n  " + issue.String())
	}
	return text.String()
}

// String is the issue on one line.
func (i Issue) String() string {
	if i.Path == "" {
		return i.Code + ": " + i.Message
	}
	return i.Path + ": " + i.Code + ": " + i.Message
}

// Validate reports everything that keeps the blueprint from being run with the
// registry's code, all at once, as an [*InvalidError]. It holds for blueprints
// written as literals too, and changes nothing.
func Validate(b *Blueprint, registry Registry) error {
	if b == nil {
		return &InvalidError{Issues: []Issue{{issueEmpty, "", "the blueprint is nil"}}}
	}
	f := &faults{}
	validate(f, b, registry)
	return f.err(b.ID)
}

func validate(f *faults, b *Blueprint, registry Registry) {
	l := newLayout(b)
	g := newGraph(b)
	names := b.names()
	checkBlueprint(f, b)
	g.endsTooWide(f)
	validateNodes(f, l, g, registry, names)
	for i, e := range b.Edges {
		validateEdge(f, l, fmt.Sprintf("edges[%d]", i), e, names)
	}
}

func validateNodes(f *faults, l *layout, g *graph, registry Registry, names expression.Names) {
	orphans := l.orphans()
	cycles := l.cycles(registry)
	for i, n := range l.blueprint.Nodes {
		path := fmt.Sprintf("nodes[%d]", i)
		checkNode(f, path, n)
		if first := l.index[n.ID]; first != i {
			f.add(issueDuplicateNode, path+".id", "nodes[%d] has the id %q too: rename one of them, and the edges that mean it", first, n.ID)
		}
		validateImplementation(f, path, n, registry, names)
		for _, fault := range l.fallbackFaults[i] {
			f.add(issueFallback, path+".config.fallback", "%s", fault)
		}
		g.tooWide(f, path, n.ID)
		if orphans[i] {
			f.add(issueOrphan, path, "no way leads from a start node to %q (a start node is one that no edge and no fallback leads to): connect it, or remove it", n.ID)
		}
		if cycle, ok := cycles[i]; ok {
			f.add(issueCycle, path, "the nodes %s form a cycle: a run passes each node once; remove an edge, or let the cycle pass through a node that uses %q", cycle, loopController)
		}
	}
}

// validateImplementation reports code that is missing, and a built-in's faulty params.
func validateImplementation(f *faults, path string, n Node, registry Registry, names expression.Names) {
	handler, registered := registry[n.Uses]
	builtin, isBuiltin := builtinFor(n.Uses, names)
	switch {
	case registered && handler == nil:
		f.add(issueImplementation, path+".uses", "the registry's entry %q is nil: give it a Handler", n.Uses)
	case registered:
	case isBuiltin:
		_, issues := builtin.prepare(n.Params)
		for _, issue := range issues {
			f.add(issue.Code, path+"."+issue.Path, "%s", issue.Message)
		}
	default:
		f.add(issueImplementation, path+".uses", "%s", missingImplementation(n.Uses))
	}
}

func validateEdge(f *faults, l *layout, path string, e Edge, names expression.Names) {
	checkEdge(f, path, e)
	knownNodes := !f.covered("nodes") // else each edge would be a fault too
	if _, ok := l.index[e.Source]; !ok && knownNodes {
		f.add(issueEdgeSource, path+".source", "there is no node %q: correct the source, or remove the edge", e.Source)
	}
	if _, ok := l.index[e.Target]; !ok && knownNodes {
		f.add(issueEdgeTarget, path+".target", "there is no node %q: correct the target, or remove the edge", e.Target)
	}
	compileInto(f, path+".condition", e.Condition, names)
	compileInto(f, path+".transform", e.Transform, names)
}

// compileInto compiles an expression and reports one that does not compile;
// nil is then returned, and for "".
func compileInto(f *faults, path, source string, names expression.Names) *expression.Program {
	if source == "" {
		return nil
	}
	program, err := names.Compile(source)
	if err != nil {
		f.add(issueExpression, path, "%v", err)
		return nil
	}
	return program
}
