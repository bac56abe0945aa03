package expression

import "encoding/json"

// Env holds the values that a program can read. Absent names are null. The values
// must be JSON and must not change during Eval; nil is an absent value.
type Env struct {
	Result   json.RawMessage // nil: null
	Input    json.RawMessage
	RunID    string
	RunInput json.RawMessage
	Context  map[string]json.RawMessage // context keys
	Outputs  map[string]json.RawMessage // node outputs
}

// origin is the part of an Env that a root is read from.
type origin uint8

const (
	fromResult origin = iota
	fromInput
	fromRunInput
	fromContext
	fromOutputs
	fromName
)

// root is a value of the Env that a program reads.
type root struct {
	from origin
	name string // of a context key, a node or a free name
}

func (r root) String() string {
	switch r.from {
	case fromResult:
		return "result"
	case fromInput:
		return "input"
	case fromRunInput:
		return "run.input"
	case fromContext:
		return "context." + r.name
	case fromOutputs:
		return "outputs." + r.name
	default:
		return r.name
	}
}

func (r root) read(env *Env) json.RawMessage {
	switch r.from {
	case fromResult:
		return env.Result
	case fromInput:
		return env.Input
	case fromRunInput:
		return env.RunInput
	case fromContext:
		return env.Context[r.name]
	case fromOutputs:
		return env.Outputs[r.name]
	default:
		if raw := env.Context[r.name]; raw != nil {
			return raw
		}
		return env.Outputs[r.name]
	}
}
