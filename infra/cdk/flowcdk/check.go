package flowcdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// checkTimeout is far longer than a start takes, on a busy machine too.
const checkTimeout = 30 * time.Second

// Check builds the function for this machine, starts it with the settings and the
// blueprints of the deployment, and stops it as soon as it asks for work. The error
// is the reason why it does not start: in particular a blueprint whose nodes have
// no code in this worker. The function reaches nothing of AWS. A variable of
// [Props.Environment] whose value becomes known only when it is deployed has its
// placeholder: give Check props with another text, if the function reads it.
func (p Package) Check(ctx context.Context, props Props) error {
	root, err := os.MkdirTemp("", "flowcdk-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	binary := filepath.Join(root, "bootstrap")
	if err := p.compile(ctx, binary, runtime.GOOS, runtime.GOARCH); err != nil {
		return err
	}
	if err := p.copyBlueprints(filepath.Join(root, blueprintsFolder)); err != nil {
		return err
	}
	asked, address, stop, err := serveWork()
	if err != nil {
		return err
	}
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if err := start(ctx, binary, props.withDefaults().checkEnvironment(root, address), asked); err != nil {
		return fmt.Errorf("%s does not start: %w", p.Main, err)
	}
	return nil
}

// checkEnvironment has nothing of this process's environment, and no credentials.
func (p Props) checkEnvironment(root, address string) []string {
	environ := []string{
		"AWS_LAMBDA_RUNTIME_API=" + address, "LAMBDA_TASK_ROOT=" + root, "AWS_LAMBDA_FUNCTION_NAME=check",
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_EC2_METADATA_DISABLED=true",
	}
	n := names{QueueURL: "https://sqs.invalid/queue", Role: "AROAEXAMPLE", ContextTable: "context", StatusTable: "status", CoordinationTable: "coordination", FlowName: "flow"}
	if p.Intake {
		n.IntakeARN = "arn:aws:sqs:us-east-1:123456789012:intake"
	}
	for name, value := range p.variables(n) {
		if name != "AWS_CA_BUNDLE" { // a file that is there only when deployed
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

// serveWork serves the part of Lambda's Runtime API that shows that a function asks
// for work. It gives none.
func serveWork() (asked <-chan struct{}, address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", nil, err
	}
	asks := make(chan struct{}, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case asks <- struct{}{}:
		default:
		}
		<-r.Context().Done()
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(listener) }() // ends with stop
	return asks, listener.Addr().String(), func() { _ = server.Close() }, nil
}

func start(ctx context.Context, binary string, environ []string, asked <-chan struct{}) error {
	ctx, kill := context.WithCancel(ctx)
	defer kill()
	var output bytes.Buffer
	function := exec.CommandContext(ctx, binary)
	function.Env, function.Dir = environ, filepath.Dir(binary)
	function.Stdout, function.Stderr = &output, &output
	if err := function.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- function.Wait() }()
	select {
	case <-asked:
		kill()
		<-ended
		return nil
	case err := <-ended:
		if cause := ctx.Err(); cause != nil {
			err = fmt.Errorf("it did not ask for work in time: %w", cause)
		}
		return errors.Join(faults(output.String()), err)
	}
}

// faults returns the errors in the line in which one of our functions refuses to
// start; other output is returned unchanged.
func faults(output string) error {
	for line := range strings.Lines(output) {
		var refusal struct{ Faults []string }
		if json.Unmarshal([]byte(line), &refusal) == nil && len(refusal.Faults) > 0 {
			return errors.New(strings.Join(refusal.Faults, "\n"))
		}
	}
	return errors.New(strings.TrimSpace(output))
}
