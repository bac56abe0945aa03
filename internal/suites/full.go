package suites

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// wantFull fails unless every field of a value, at any depth, is set: then a fact
// that stores the value and reads it again fails for a store that drops a field. So
// every store must keep a field added to a stored type, or the field must be listed
// as an exception, with its reason; an exception covers everything below it. In a
// list, as of changes, at least one element must set the field.
func wantFull(t *testing.T, value any, except ...string) {
	t.Helper()
	for _, field := range zeroFields(reflect.ValueOf(value)) {
		if !slices.ContainsFunc(except, func(e string) bool { return covers(e, field) }) {
			t.Errorf("%T: this fact leaves %s empty, so that a store may forget it: give it a value here, and each store a place for it", value, field)
		}
	}
}

// zeroFields returns the paths of a value's fields that have zero values:
// "Error.Code".
func zeroFields(v reflect.Value) []string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return []string{""}
		}
		return zeroFields(v.Elem())
	case reflect.Struct:
		if v.Type() != reflect.TypeFor[time.Time]() {
			return zeroInStruct(v)
		}
	case reflect.Slice, reflect.Array:
		var elements []reflect.Value
		for i := range v.Len() {
			elements = append(elements, v.Index(i))
		}
		return zeroInAll(elements)
	case reflect.Map:
		var elements []reflect.Value
		for _, key := range v.MapKeys() {
			elements = append(elements, v.MapIndex(key))
		}
		return zeroInAll(elements)
	}
	if v.IsZero() {
		return []string{""}
	}
	return nil
}

func zeroInStruct(v reflect.Value) (fields []string) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		for _, below := range zeroFields(v.Field(i)) {
			path := name
			if below != "" {
				path += "." + below
			}
			fields = append(fields, path)
		}
	}
	return fields
}

// zeroInAll returns the fields that no element sets; "" if there are none.
func zeroInAll(elements []reflect.Value) (fields []string) {
	if len(elements) == 0 {
		return []string{""}
	}
	zeros := make([][]string, len(elements))
	for i, element := range elements {
		zeros[i] = zeroFields(element)
	}
	for _, field := range slices.Concat(zeros...) {
		unset := !slices.ContainsFunc(zeros, func(zero []string) bool {
			return !slices.ContainsFunc(zero, func(z string) bool { return covers(z, field) })
		})
		if unset && !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// covers reports whether a field is at or below a zero one: without an Error there
// is no Error.Code.
func covers(zero, field string) bool {
	return zero == "" || zero == field || strings.HasPrefix(field, zero+".")
}
