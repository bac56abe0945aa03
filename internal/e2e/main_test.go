// Package e2e drives "flowctl dev" from outside, as its users do: the built
// command, a built worker, an SQS client, a DynamoDB client. What happens inside
// is seen by the command's output, the trace of writes, and the notes that the
// worker's nodes make.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// flowctl, worker (of the tests), ownWorker (of this repository) and reconciler
// are binaries.
var flowctl, worker, ownWorker, reconciler string

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil { // the tests wait much more than they work
		panic(err)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "e2e")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		flowctl, worker, reconciler = filepath.Join(dir, "flowctl"), filepath.Join(dir, "worker"), filepath.Join(dir, "reconciler")
		ownWorker = filepath.Join(dir, "own")
		for binary, source := range map[string]string{
			flowctl: "../../cmd/flowctl", worker: "./testdata/worker", ownWorker: "../../functions/worker", reconciler: "../../functions/reconciler",
		} {
			build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, source)
			if out, err := build.CombinedOutput(); err != nil {
				panic(fmt.Sprintf("build %s: %v\n%s", source, err, out))
			}
		}
		return m.Run()
	}())
}
