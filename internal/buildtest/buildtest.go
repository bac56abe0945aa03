// Package buildtest builds the commands that a package's tests run.
package buildtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Command is a command that tests run: a binary of that name is built from its
// source, a package as the go command names it, and its path is stored in Path.
type Command struct {
	Path         *string
	Name, Source string
}

// Main is for a TestMain: it builds the commands into a temporary folder, runs the
// tests and ends the process with their result.
func Main(m *testing.M, commands ...Command) {
	os.Exit(run(m, commands))
}

func run(m *testing.M, commands []Command) int {
	dir, err := os.MkdirTemp("", "commands")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	for _, c := range commands {
		*c.Path = filepath.Join(dir, c.Name)
		// Nobody debugs them: without symbols they are linked in half the time.
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", *c.Path, c.Source)
		if out, err := build.CombinedOutput(); err != nil {
			panic(fmt.Sprintf("build %s: %v\n%s", c.Source, err, out))
		}
	}
	return m.Run()
}
