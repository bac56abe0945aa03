// Package expression compiles and evaluates the expressions of blueprints: the
// JavaScript subset of Flowcraft's examples, without side effects and bounded.
package expression

import "encoding/json"

// Program is a compiled expression, safe for concurrent use.
type Program struct{}

// Refs is what a program may read: known before it runs, so that the engine
// can read it in one request.
type Refs struct {
	// Names are free identifiers (neither result, input, outputs, context nor
	// run): each a context key or else a node id.
	Names []string
	// Outputs are the node ids read through outputs.ID or outputs["ID"].
	Outputs []string
	// Context are the keys read through context.KEY or context["KEY"].
	Context []string
	// RunInput: run.input (or run as a whole) is read.
	RunInput bool
}

// Env is what a program sees. Absent names are null.
type Env struct {
	Result   json.RawMessage // nil: null
	Input    json.RawMessage
	RunID    string
	RunInput json.RawMessage
	Context  map[string]json.RawMessage // context keys
	Outputs  map[string]json.RawMessage // node outputs
}

// Compile parses src; the error says what is wrong and where.
func Compile(src string) (*Program, error) { panic("not yet") }

// Refs returns what the program may read, sorted and without duplicates.
func (p *Program) Refs() Refs { panic("not yet") }

// Eval returns the program's value as JSON.
func (p *Program) Eval(env Env) (json.RawMessage, error) { panic("not yet") }

// Test returns the truth of the program's value, as JavaScript has it.
func (p *Program) Test(env Env) (bool, error) { panic("not yet") }
