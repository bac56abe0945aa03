package settings

import (
	"fmt"
	"reflect"
)

// in returns the setting's field in a struct, or in the struct that a pointer
// points to.
func (s Setting) in(holder any) (reflect.Value, bool) {
	field := reflect.Indirect(reflect.ValueOf(holder)).FieldByName(s.Field)
	return field, field.IsValid()
}

// Set parses a text into the setting's field of target, a pointer to a struct with
// that field. A field of type string takes any text.
func (s Setting) Set(target any, text string) error {
	field, ok := s.in(target)
	switch {
	case !ok:
		panic(fmt.Sprintf("settings: %T has no field %s", target, s.Field))
	case field.Kind() == reflect.String:
		field.SetString(text)
		return nil
	}
	value, said, err := s.read(text)
	s.Kind.store(field, value, said)
	return err
}

// SetDefaults sets the zero fields of target, a pointer to a struct, to the
// defaults of the table.
func SetDefaults(target any) {
	for _, s := range table {
		if field, ok := s.in(target); ok && field.IsZero() {
			value, said, _ := s.read("")
			s.Kind.store(field, value, said)
		}
	}
}

// Copy sets the fields of target, a pointer to a struct, to the settings of source
// for which both have a field.
func Copy(target, source any) {
	for _, s := range table {
		from, ok := s.in(source)
		if !ok {
			continue
		}
		if to, ok := s.in(target); ok {
			s.Kind.store(to, from.Interface(), s.Kind.text(from))
		}
	}
}
