package main

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// variables are the environment variables of a command line, by their names.
type variables map[string]string

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// check reports every name that is none, that the local stack sets, or for which the
// command has a flag: the value would be lost without a word.
func (v variables) check(command any) error {
	var errs []error
	own, flags := localstack.OwnVariables(), settings.Environment(command)
	for _, name := range slices.Sorted(maps.Keys(v)) {
		_, flag := flags[name]
		switch {
		case !variableName.MatchString(name):
			errs = append(errs, fmt.Errorf("--env %s: %q is no name of a variable", name, name))
		case flag:
			errs = append(errs, fmt.Errorf("--env %s: use %s", name, flagOf(name)))
		case slices.Contains(own, name):
			errs = append(errs, fmt.Errorf("--env %s: the local stack sets it, as %s", name, strings.Join(own, ", ")))
		}
	}
	return errors.Join(errs...)
}

// flagOf returns the flag of a setting by the setting's name.
func flagOf(name string) string {
	for _, s := range settings.All() {
		if s.Name == name {
			return s.Flag()
		}
	}
	return ""
}

// environ returns the variables in the form of [os.Environ].
func (v variables) environ() (list []string) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		list = append(list, name+"="+v[name])
	}
	return list
}
