package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// The exit codes.
const (
	exitFailed  = 1 // the run failed or was cancelled, or the command did
	exitUsage   = 2 // bad usage, or an invalid blueprint
	exitUnknown = 3 // there is no such run
)

// output has the writers of a command: stdout for results, stderr for everything
// else.
type output struct {
	stdout, stderr io.Writer
}

// exitError ends the program with a code, after everything has been printed.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// usageError is an error in the usage of a command.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// exitCode returns the exit code for a command's error, and whether the error has
// been printed.
func exitCode(err error) (code int, silent bool) {
	if e, ok := errors.AsType[exitError](err); ok {
		return int(e), true
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage, false
	}
	if errors.Is(err, flow.ErrNotFound) {
		return exitUnknown, false
	}
	return exitFailed, false
}

func (o *output) json(v any) error {
	enc := json.NewEncoder(o.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// report prints a run's report; its error sets the exit code by the run's status.
func (o *output) report(report *flow.Report) error {
	if err := o.json(report); err != nil {
		return err
	}
	if report.Status != flow.Completed {
		return exitError(exitFailed)
	}
	return nil
}

// invalid prints the faults of a file's blueprint; other errors are returned unchanged.
func (o *output) invalid(file string, err error) error {
	invalid, ok := errors.AsType[*flow.InvalidError](err)
	if !ok {
		return err
	}
	if err := o.json(map[string]any{"error": "invalid blueprint", "file": file, "issues": invalid.Issues}); err != nil {
		return err
	}
	return exitError(exitUsage)
}
