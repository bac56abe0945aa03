package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// settingVars returns the variables for the tags of flags that are settings:
// ${FLOW_TIMEOUT} is the setting's documentation, and ${FLOW_TIMEOUT_DEFAULT} its
// default.
func settingVars() kong.Vars {
	vars := kong.Vars{}
	for _, s := range settings.All() {
		vars[s.Name] = strings.ReplaceAll(s.Doc, "`", "")
		vars[s.Name+"_DEFAULT"] = s.Default
	}
	return vars
}

// checkFlags reports the flags of a command that a function would refuse.
func checkFlags(command any) error {
	var errs []error
	environment := settings.Environment(command)
	for _, s := range settings.All() {
		if _, err := s.Parse(environment[s.Name]); err != nil {
			errs = append(errs, fmt.Errorf("%s is %s: %w", s.Flag(), environment[s.Name], err))
		}
	}
	return errors.Join(errs...)
}

// namingFlags returns an error of the engine's configuration with the flags of a
// command instead of the fields.
func namingFlags(command string, err error) error {
	switch e := err.(type) {
	case *engine.ConfigError:
		names := settings.Rename(e.Fields, func(s settings.Setting) string {
			if slices.Contains(s.Commands, command) {
				return s.Flag()
			}
			return s.Field
		})
		return fmt.Errorf("%s: %s", strings.Join(names, ", "), e.Reason)
	case interface{ Unwrap() []error }:
		var errs []error
		for _, one := range e.Unwrap() {
			errs = append(errs, namingFlags(command, one))
		}
		return errors.Join(errs...)
	}
	return err
}
