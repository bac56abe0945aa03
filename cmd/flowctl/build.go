package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// The places of a module's functions. A module without its own reconciler uses the
// engine's, which is the same for all.
const (
	workerPackage     = "./functions/worker"
	reconcilerPackage = "./functions/reconciler"
	engineReconciler  = "github.com/flowcraft-go/flowcraft/functions/reconciler"
)

// functionBuild builds the functions of the module around the working directory, as
// a deployment does, but for this machine.
type functionBuild struct {
	module string // folder
	dir    string // of the binaries
}

func newFunctionBuild(ctx context.Context, dir string) (functionBuild, error) {
	found, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return functionBuild{}, fmt.Errorf("find the module of the worker: %w", err)
	}
	module := strings.TrimSpace(string(found))
	if module == "" || module == os.DevNull {
		return functionBuild{}, errors.New("this folder is in no Go module: go to your worker's, or name its binary with --worker")
	}
	return functionBuild{filepath.Dir(module), dir}, nil
}

func (b functionBuild) worker(ctx context.Context) (binary string, err error) {
	return b.build(ctx, "worker", workerPackage)
}

// reconciler builds the module's reconciler, or the engine's if the module has none.
// It returns "" if the module cannot build the engine's either.
func (b functionBuild) reconciler(ctx context.Context) (binary string, err error) {
	if _, err := os.Stat(filepath.Join(b.module, reconcilerPackage)); err == nil {
		return b.build(ctx, "reconciler", reconcilerPackage)
	}
	binary, err = b.build(ctx, "reconciler", engineReconciler)
	if err != nil {
		return "", ctx.Err()
	}
	return binary, nil
}

// reconcilerBeside returns the reconciler that was built with a worker, in the folder
// reconciler beside the worker's, or "" if there is none.
func reconcilerBeside(worker string) string {
	binary := filepath.Join(filepath.Dir(worker), "..", "reconciler", "bootstrap")
	if _, err := os.Stat(binary); err != nil {
		return ""
	}
	return binary
}

// build builds one function. The error has the compiler's output.
func (b functionBuild) build(ctx context.Context, name, from string) (binary string, err error) {
	binary = filepath.Join(b.dir, name, "bootstrap")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-o", binary, from)
	build.Dir = b.module
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s in %s: %w\n%s", from, build.Dir, err, output)
	}
	return binary, nil
}
