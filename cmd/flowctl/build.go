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

// workerPackage is where a module keeps its worker.
const workerPackage = "./functions/worker"

// buildWorker builds the worker of the module around the working directory, as
// a deployment does, but for this machine. The error has the compiler's output.
func buildWorker(ctx context.Context, dir string) (binary string, err error) {
	found, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module of the worker: %w", err)
	}
	module := strings.TrimSpace(string(found))
	if module == "" || module == os.DevNull {
		return "", errors.New("this folder is in no Go module: go to your worker's, or name its binary with --worker")
	}
	binary = filepath.Join(dir, "bootstrap")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-o", binary, workerPackage)
	build.Dir = filepath.Dir(module)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s in %s: %w\n%s", workerPackage, build.Dir, err, output)
	}
	return binary, nil
}
