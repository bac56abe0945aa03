package e2e

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// attach starts the functions of a stack, and its reconciler, within the test's own
// process, on servers, tables and a queue that the configuration names: so one set of
// functions can follow another. It ends with the test, or by the returned stop.
func attach(t *testing.T, name string, config localstack.Config) (d *dev, stop func()) {
	t.Helper()
	d = &dev{
		T: t, dir: filepath.Join(t.ArtifactDir(), name), reports: map[string]*flow.Report{},
		more: make(chan struct{}), closed: make(chan struct{}),
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	config.Worker, config.Reconciler, config.BlueprintsFolder = worker, reconciler, "testdata/blueprints"
	config.Timeout, config.Visibility, config.Tick, config.Sandboxes = timeout, 7*time.Second, time.Second, 3
	config.Env = append(config.Env, "FLOW_E2E_DIR="+d.dir, "LOG_LEVEL=info", "FLOW_STALLED_AFTER=20s")
	config.TraceWrites, config.TraceAccess = d.create("trace"), d.create("access")
	lines, output := io.Pipe()
	config.Output = output
	go d.read(bufio.NewScanner(lines), d.create("log"))
	stack, err := localstack.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	stop = func() {
		stack.Stop() // repeating is safe
		_ = output.Close()
	}
	t.Cleanup(func() {
		stop()
		d.allowed()
		if t.Failed() {
			t.Logf("log:\n%s", d.excerpt())
		}
	})
	d.Info = stack.Info
	d.queue = sqs.NewFromConfig(servers.AWSConfig(d.SQSEndpoint))
	d.db = dynamodb.NewFromConfig(servers.AWSConfig(d.DynamoDBEndpoint))
	return d, stop
}

// create returns a new file of the stack's folder, closed when the test ends.
func (d *dev) create(name string) *os.File {
	d.Helper()
	file, err := os.Create(d.file(name))
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { _ = file.Close() })
	return file
}
