package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// stubs replace missing code: by the name that nodes use, its result, as
// {"output":…,"action":…}.
type stubs map[string]string

// registry returns the stubs as code. Its error names every stub that is not a
// result.
func (s stubs) registry() (flow.Registry, error) {
	registry := flow.Registry{}
	var errs []error
	for uses, text := range s {
		var result struct {
			Output json.RawMessage `json:"output"`
			Action string          `json:"action"`
		}
		decoder := json.NewDecoder(bytes.NewReader(rawjson.TrimMark([]byte(text))))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&result); err != nil {
			errs = append(errs, usageError{fmt.Errorf(`--stub %s: %.60s is not a result: give the code's result, like {"output":1,"action":"go"}`, uses, text)})
		}
		registry[uses] = flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) {
			if result.Output == nil {
				return flow.Result{Action: result.Action}, nil
			}
			return flow.Result{Output: result.Output, Action: result.Action}, nil
		})
	}
	return registry, errors.Join(errs...)
}
