package expression

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// evaluation is one run of a program. After its first error every step gives null,
// and the error is the result.
type evaluation struct {
	env   *Env
	roots []root
	slots []slot // by root
	work  int    // bytes
	err   error
}

// slot holds a root that has been checked.
type slot struct {
	value value
	known bool
}

func (e *evaluation) fail(format string, args ...any) value {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
	return value{}
}

// charge accounts for n bytes of work; it returns false when the limit is exceeded.
func (e *evaluation) charge(n int) bool {
	e.work += n
	if e.work > maxWork {
		e.fail("the expression reads and writes more than %d MB: compute this in a node", maxWork>>20)
	}
	return e.err == nil
}

func (e *evaluation) fits(n int) bool {
	if n > maxSize {
		e.fail("the expression makes a value of more than %d MB: compute this in a node", maxSize>>20)
	}
	return e.err == nil
}

// readable accounts for reading a number.
func (e *evaluation) readable(number value) bool {
	if len(number.raw) > maxDigits {
		e.fail("a number of %d digits can be passed on, but not computed with: the limit is %d", len(number.raw), maxDigits)
	}
	return e.charge(len(number.raw))
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
	if len(raw) == 0 || !e.charge(len(raw)) {
		return value{}
	}
	if !json.Valid(raw) {
		return e.fail("%s is no JSON", r)
	}
	return jsonValue(raw)
}

func (e *evaluation) all(steps []step) []value {
	values := make([]value, len(steps))
	for i, s := range steps {
		values[i] = s(e)
	}
	return values
}

// walk iterates over v, which must be an array or object.
func (e *evaluation) walk(v value) *walker {
	e.charge(len(v.raw))
	return &walker{e: e, v: v}
}
