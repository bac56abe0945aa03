package expression

import (
	"bytes"
	"encoding/json"
)

// evaluation is one run of a program.
type evaluation struct {
	env    *Env
	roots  roots
	slots  []slot // by root
	limits limits
}

// slot holds a root that has been checked.
type slot struct {
	value value
	known bool
}

func (e *evaluation) root(i int) value {
	s := &e.slots[i]
	if !s.known {
		s.value, s.known = e.load(e.roots[i]), true
	}
	return s.value
}

func (e *evaluation) load(r root) value {
	raw := bytes.TrimSpace(r.read(e.env))
	if len(raw) == 0 || !e.limits.charge(len(raw)) {
		return value{}
	}
	if !json.Valid(raw) {
		return e.limits.fail("%s is not JSON", r)
	}
	return jsonValue(raw)
}

func all(e *evaluation, steps []step) []value {
	values := make([]value, len(steps))
	for i, s := range steps {
		values[i] = s(e)
	}
	return values
}
