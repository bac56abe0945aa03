package settings

import (
	"errors"
	"fmt"
)

// Load reads the environment of a function through lookup, which is [os.LookupEnv]
// outside of tests, into the fields of the targets (pointers to structs). An empty
// variable counts as not set. Then, and also after an error, the field has its
// default. The error joins every missing and every malformed setting, each named,
// also those for which no target has a field.
func Load(lookup func(string) (string, bool), targets ...any) error {
	var errs []error
	for _, s := range table {
		if !s.OfFunctions() {
			continue
		}
		text, _ := lookup(s.Name)
		if text == "" && s.Required {
			errs = append(errs, fmt.Errorf("%s is not set", s.Name))
		}
		value, said, err := s.read(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s is %q: %w", s.Name, text, err))
		}
		for _, target := range targets {
			if field, ok := s.in(target); ok {
				s.Kind.store(field, value, said)
			}
		}
	}
	return errors.Join(errs...)
}

// Lookup returns a function that looks up variables in a map, for [Load].
func Lookup(environment map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}
}

// Environment returns the variables of the functions for which one of the sources
// (structs) has the field; of several, the last. The text of an unset field is "".
func Environment(sources ...any) map[string]string {
	environment := map[string]string{}
	for _, s := range table {
		for _, source := range sources {
			if field, ok := s.in(source); ok && s.OfFunctions() {
				environment[s.Name] = s.Kind.text(field)
			}
		}
	}
	return environment
}

// Environ returns [Environment] in the form of [os.Environ], without unset
// variables, in the order of the table.
func Environ(sources ...any) (list []string) {
	environment := Environment(sources...)
	for _, s := range table {
		if text := environment[s.Name]; text != "" {
			list = append(list, s.Name+"="+text)
		}
	}
	return list
}
