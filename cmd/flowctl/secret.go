package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
)

// given are the secrets of a command line, by their names.
type given map[string]string

// check reports every name that is none.
func (g given) check() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(g)) {
		if parsed, err := secret.Parse(name); err != nil {
			errs = append(errs, fmt.Errorf("--secret %s: the name %w", name, err))
		} else if parsed.Field != "" {
			errs = append(errs, fmt.Errorf("--secret %s: give the whole secret, as a JSON object with the field %q", name, parsed.Field))
		}
	}
	return errors.Join(errs...)
}

// middleware gives nodes these secrets, and no others.
func (g given) middleware() flow.Middleware {
	return secret.Middleware(secret.NewCache(secret.Given(g), nil))
}
