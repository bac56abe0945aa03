package decide

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Plan is a compiled blueprint: immutable, and shared by all runs that pin it. It holds no
// node code.
type Plan struct {
	Graph *Graph
	Hash  string
	Body  []byte

	programs map[string][]*expression.Program // by node: those that its code evaluates
	edges    []edgeCode
	gates    map[string]*Gate // by join
	end      *Gate
	depths   map[string]int // by node
}

// edgeCode holds an edge's compiled expressions; nil for none.
type edgeCode struct {
	condition, transform *expression.Program
}

// Compile compiles a valid blueprint. programs are the expressions that the code of each
// node evaluates, by node id.
func Compile(b *flow.Blueprint, programs map[string][]*expression.Program) (*Plan, error) {
	body, err := b.Body()
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(body) // as [flow.Blueprint.Hash], which encodes the body again
	p := &Plan{Graph: NewGraph(b), Hash: hex.EncodeToString(hash[:]), Body: body, programs: programs}
	names := b.Names()
	for i := range b.Edges {
		code, err := compileEdge(b.Edges[i], names)
		if err != nil {
			return nil, fmt.Errorf("blueprint %s: edges[%d]: %w", b.ID, i, err)
		}
		p.edges = append(p.edges, code)
	}
	p.addGates()
	p.depths = depthsOf(p.Graph)
	return p, nil
}

func (p *Plan) addGates() {
	p.gates = map[string]*Gate{}
	for id, sources := range p.Graph.sources {
		if len(sources) > 1 {
			p.gates[id] = newGate(sources)
			p.gates[id].any = p.Graph.IsAnyJoin(id)
		}
	}
	p.end = newGate(p.Graph.ends())
	p.end.end = true
}

func compileEdge(e flow.Edge, names expression.Names) (code edgeCode, err error) {
	if e.Condition != "" {
		if code.condition, err = names.Compile(e.Condition); err != nil {
			return code, err
		}
	}
	if e.Transform != "" {
		code.transform, err = names.Compile(e.Transform)
	}
	return code, err
}

// decidesByExpression reports whether an edge of the node, or of a node that it stands in
// for, has an expression.
func (p *Plan) decidesByExpression(id string) bool {
	for ; id != ""; id = p.Graph.primary[id] {
		for _, i := range p.Graph.out[id] {
			if p.edges[i] != (edgeCode{}) {
				return true
			}
		}
	}
	return false
}
