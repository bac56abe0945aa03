package flowcdk

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// blueprintsFolder is where the worker finds its blueprints, beside its binary.
const blueprintsFolder = "blueprints"

// Package is a function's code, built from Go: the content of an asset of a [Flow].
// The same sources give the same bytes, in any folder.
type Package struct {
	// Dir is in the module that Main is built in; defaults to the working
	// directory.
	Dir string
	// Main is the main package, like ./functions/worker.
	Main string
	// Output is the folder that is made; an existing one is emptied first.
	Output string
	// Blueprints is a folder whose *.json files go with the binary; "" for a
	// reconciler.
	Blueprints string
}

// Build builds the package for AWS: static, linux on arm64, without Docker.
// The error has the compiler's output.
func (p Package) Build(ctx context.Context) error {
	output, err := filepath.Abs(p.Output)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(output); err != nil {
		return fmt.Errorf("empty the folder of %s: %w", p.Main, err)
	}
	if err := p.compile(ctx, filepath.Join(output, "bootstrap"), "linux", "arm64"); err != nil {
		return err
	}
	return p.copyBlueprints(filepath.Join(output, blueprintsFolder))
}

func (p Package) compile(ctx context.Context, binary, goos, goarch string) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=", "-o", binary, p.Main)
	build.Dir = p.Dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s for %s/%s: %w\n%s", p.Main, goos, goarch, err, strings.TrimSpace(string(output)))
	}
	return nil
}

func (p Package) copyBlueprints(to string) error {
	if p.Blueprints == "" {
		return nil
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("package blueprints: %w", err)
	}
	from := os.DirFS(p.Blueprints)
	names, err := fs.Glob(from, "*.json")
	if err != nil {
		return fmt.Errorf("package blueprints: %w", err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(from, name)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), data, 0o644)
		}
		if err != nil {
			return fmt.Errorf("package blueprints: %w", err)
		}
	}
	return nil
}
