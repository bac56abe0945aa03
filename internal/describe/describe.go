// Package describe formats structures for logs and tests: only the fields that are
// set, the targets of pointers, and the size of values.
package describe

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Fields returns the text of a struct, or of a pointer to one: {Name:value …}. Fields
// that are zero are left out. Raw JSON and other bytes are shown by their size, since
// they hold users' data, and a text may be logged. The String method of the struct
// itself is not called; those of its fields are.
func Fields(v any) string {
	of := reflect.ValueOf(v)
	if of.Kind() == reflect.Pointer {
		if of.IsNil() {
			return "<nil>"
		}
		of = of.Elem()
	}
	return fields(of)
}

// Size returns the text that replaces a value of n bytes.
func Size(n int) string { return fmt.Sprintf("(%d bytes)", n) }

func fields(of reflect.Value) string {
	var parts []string
	for field, value := range of.Fields() {
		switch {
		case !field.IsExported() || value.IsZero():
		case field.Anonymous && value.Kind() == reflect.Struct && !named(value):
			parts = append(parts, strings.Trim(fields(value), "{}"))
		default:
			parts = append(parts, field.Name+":"+text(value))
		}
	}
	return "{" + strings.Join(parts, " ") + "}"
}

func named(value reflect.Value) bool {
	_, ok := value.Interface().(fmt.Stringer)
	return ok
}

func text(value reflect.Value) string {
	switch v := value.Interface().(type) {
	case json.RawMessage:
		return Size(len(v))
	case []byte:
		return Size(len(v))
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.999Z")
	case error, fmt.Stringer:
		return fmt.Sprint(v)
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		return pointed(value)
	case reflect.Struct:
		return fields(value)
	case reflect.Slice:
		return list(value)
	case reflect.Map:
		return object(value)
	case reflect.Func:
		return "func"
	}
	return fmt.Sprint(value.Interface())
}

// pointed returns the text of a pointer's target, or the name of its type if it has
// no visible fields.
func pointed(value reflect.Value) string {
	if value.IsNil() {
		return "<nil>"
	}
	if to := value.Elem(); to.Kind() != reflect.Struct || shows(to.Type()) {
		return text(to)
	}
	return value.Type().String()
}

func shows(of reflect.Type) bool {
	for field := range of.Fields() {
		if field.IsExported() {
			return true
		}
	}
	return false
}

func list(value reflect.Value) string {
	var parts []string
	for _, element := range value.Seq2() {
		parts = append(parts, text(element))
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func object(value reflect.Value) string {
	parts := map[string]string{}
	for key, element := range value.Seq2() {
		name := text(key)
		parts[name] = name + ":" + text(element)
	}
	var sorted []string
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		sorted = append(sorted, parts[name])
	}
	return "map[" + strings.Join(sorted, " ") + "]"
}
