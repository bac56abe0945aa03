package flow

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// form describes how values of a type are written in a blueprint's JSON. An absent
// value, and null, reads as the zero value, which is not written.
type form[T any] struct {
	name   string // for the documentation
	schema schema
	inner  []keyDoc // of an object
	read   func(o object, key string) T
	check  func(found *issues, path string, value T)
	write  func(value T) (json.RawMessage, error)
}

var textForm = form[string]{
	name: "text", schema: schema{"type": "string"},
	read: object.text, check: checkText, write: unlessZero[string],
}

// expressionForm is the form of an expression; that it compiles is checked with the
// names of the whole blueprint.
var expressionForm = form[string]{
	name: "expression", schema: schema{"type": "string"},
	read: object.text, check: checkText, write: unlessZero[string],
}

var boolForm = form[bool]{
	name: "true or false", schema: schema{"type": "boolean"},
	read: object.boolean, check: func(*issues, string, bool) {}, write: unlessZero[bool],
}

// unlessFalseForm is the form of a setting that is on by default: the value is true if it
// is off.
var unlessFalseForm = form[bool]{
	name: "true or false", schema: schema{"type": "boolean"},
	read: func(o object, key string) bool {
		_, given := o.get(key)
		faults := len(o.found.list)
		on := o.boolean(key)
		return given && !on && len(o.found.list) == faults
	},
	check: func(*issues, string, bool) {},
	write: func(off bool) (json.RawMessage, error) {
		if off {
			return json.RawMessage("false"), nil
		}
		return nil, nil
	},
}

var factorForm = form[float64]{
	name: "number of at least 1", schema: schema{"type": "number", "minimum": 1},
	read: object.factor,
	check: func(found *issues, path string, value float64) {
		if value != 0 && !(value >= 1 && value <= math.MaxFloat64) {
			found.invalid(path, "it must be a number of at least 1, not %v", value)
		}
	},
	write: unlessZero[float64],
}

var attemptsForm = form[int]{
	name: "whole number of at least 1", schema: schema{"type": "integer", "minimum": 1, "maximum": math.MaxInt32},
	read: func(o object, key string) int { return int(o.whole(key, 1, math.MaxInt32)) },
	check: func(found *issues, path string, value int) {
		if value < 0 || value > math.MaxInt32 {
			found.invalid(path, "it must be a whole number from 1 to %d (0, the default, means 1), not %d", math.MaxInt32, value)
		}
	},
	write: unlessZero[int],
}

// millisForm is the form of whole milliseconds, of at least least.
func millisForm(least int64) form[time.Duration] {
	return form[time.Duration]{
		name: "ms", schema: schema{"type": "integer", "minimum": least, "maximum": maxMillis},
		read:  func(o object, key string) time.Duration { return o.millis(key, least) },
		check: checkDuration,
		write: func(value time.Duration) (json.RawMessage, error) { return unlessZero(value.Milliseconds()) },
	}
}

// codesForm is the form of lists of error codes.
var codesForm = form[[]string]{
	name: "array of codes", schema: schema{"type": "array", "items": schema{"type": "string", "minLength": 1}},
	read: object.texts,
	check: func(found *issues, path string, values []string) {
		for i, code := range values {
			checkRequired(found, fmt.Sprintf("%s[%d]", path, i), code)
		}
	},
	write: func(values []string) (json.RawMessage, error) {
		if len(values) == 0 {
			return nil, nil
		}
		return json.Marshal(values)
	},
}

// oneOfForm is the form of one of the known texts.
func oneOfForm[T ~string](known ...T) form[T] {
	quoted := make([]string, len(known))
	for i, value := range known {
		quoted[i] = "`" + string(value) + "`"
	}
	return form[T]{
		name: strings.Join(quoted, " or "), schema: schema{"enum": known},
		read:  func(o object, key string) T { return T(o.text(key)) },
		check: func(found *issues, path string, value T) { checkOneOf(found, path, value, known...) },
		write: unlessZero[T],
	}
}

// objectForm is the form of an object with these keys.
func objectForm[S any](all objectKeys[S]) form[*S] {
	return form[*S]{
		name: "object", schema: all.schema(), inner: all.docs(),
		read: func(o object, key string) *S {
			inner, ok := o.object(key)
			if !ok {
				return nil
			}
			return new(all.read(inner))
		},
		check: func(found *issues, path string, value *S) {
			if value != nil {
				all.check(found, path, value)
			}
		},
		write: func(value *S) (json.RawMessage, error) {
			if value == nil {
				return nil, nil
			}
			return all.write(value)
		},
	}
}

// unlessZero returns the JSON of a value, nil for the zero value of its type.
func unlessZero[T comparable](value T) (json.RawMessage, error) {
	var zero T
	if value == zero {
		return nil, nil
	}
	return json.Marshal(value)
}
