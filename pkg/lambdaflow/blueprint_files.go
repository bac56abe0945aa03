package lambdaflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
)

// readableBlueprints returns the blueprints of a folder that can be read, by file. It is
// used when the function does not start: the faults of one file do not hide those of
// the others. Of several files with one blueprint, the first counts.
func readableBlueprints(folder string) map[string]*flow.Blueprint {
	names, _ := filepath.Glob(filepath.Join(folder, "*.json")) // the pattern is well-formed
	slices.Sort(names)
	files, known := map[string]*flow.Blueprint{}, map[string]bool{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if b, err := flow.ParseBlueprint(data); err == nil && !known[b.ID] {
			files[filepath.Base(name)], known[b.ID] = b, true
		}
	}
	return files
}

// warnOf logs the places of blueprints that look like credentials, once for each
// sandbox.
func warnOf(ctx context.Context, logger *slog.Logger, blueprints []*flow.Blueprint) {
	for _, b := range blueprints {
		for _, warning := range httpnode.Warnings(b) {
			logger.WarnContext(ctx, "blueprint", "blueprint_id", b.ID, "reason", warning.String())
		}
	}
}

// faultsOfFiles returns the faults of a folder's files, with those of form in err. A file
// that cannot be read has faults of meaning too, which would only be told after a
// correction.
func faultsOfFiles(folder string, types flow.NodeTypes, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("folder %s: %w", folder, err)
	}
	var errs []error
	for _, err := range joined.Unwrap() {
		if _, invalid := errors.AsType[*flow.InvalidError](err); !invalid {
			errs = append(errs, fmt.Errorf("folder %s: %w", folder, err))
		}
	}
	names, _ := filepath.Glob(filepath.Join(folder, "*.json")) // the pattern is well-formed
	slices.Sort(names)
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if _, err := flow.ParseBlueprint(data); err == nil {
			continue // the engine tells its faults
		}
		if _, err := flow.CheckBlueprint(data, types); err != nil {
			errs = append(errs, fmt.Errorf("folder %s: load blueprint from %s: %w", folder, filepath.Base(name), err))
		}
	}
	return errors.Join(errs...)
}

// inFiles names the file of each invalid blueprint in an error.
func inFiles(files map[string]*flow.Blueprint, err error) error {
	switch e := err.(type) {
	case *flow.InvalidError:
		for name, b := range files {
			if b.ID == e.BlueprintID {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	case interface{ Unwrap() []error }:
		var errs []error
		for _, one := range e.Unwrap() {
			errs = append(errs, inFiles(files, one))
		}
		return errors.Join(errs...)
	}
	return err
}
