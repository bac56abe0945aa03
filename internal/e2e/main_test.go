// Package e2e tests "flowctl dev" from outside, as its users see it: the built
// command, a built worker, an SQS client, a DynamoDB client. It observes the inside
// by the command's output, the trace of writes, and the notes that the worker's nodes
// make.
package e2e

import (
	"flag"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/buildtest"
)

// The binaries of flowctl, of the tests' worker, of this repository's worker, and of
// the reconciler.
var flowctl, worker, ownWorker, reconciler string

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil { // the tests mostly wait
		panic(err)
	}
	buildtest.Main(m,
		buildtest.Command{Path: &flowctl, Name: "flowctl", Source: "../../cmd/flowctl"},
		buildtest.Command{Path: &worker, Name: "worker", Source: "./testdata/worker"},
		buildtest.Command{Path: &ownWorker, Name: "own", Source: "../../functions/worker"},
		buildtest.Command{Path: &reconciler, Name: "reconciler", Source: "../../functions/reconciler"},
	)
}
