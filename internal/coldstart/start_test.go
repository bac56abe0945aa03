package coldstart

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// start is a function's start, until it asked for its first invocation.
type start struct {
	cpu    time.Duration // of user and system
	faults int64         // pages that it touched first
	stderr string
}

// begin starts a function's binary, and ends it when it asks for an invocation.
func begin(t *testing.T, binary string, environment ...string) start {
	t.Helper()
	asked := make(chan struct{}, 1)
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invocation/next") {
			asked <- struct{}{}
		}
		<-r.Context().Done()
	}))
	defer api.Close()
	blueprints, err := filepath.Abs("../../blueprints")
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	process := exec.CommandContext(t.Context(), binary)
	process.Stderr = &stderr
	process.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + api.Listener.Addr().String(), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512",
		"AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=AKIA", "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=token",
		"FLOW_QUEUE_URL=https://sqs.eu-central-1.amazonaws.com/123456789012/jobs",
		"FLOW_CONTEXT_TABLE=context", "FLOW_STATUS_TABLE=status", "FLOW_COORDINATION_TABLE=coordination",
		"FLOW_BLUEPRINTS=" + blueprints,
	}, environment...)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	select {
	case <-asked:
		_ = process.Process.Kill()
		<-ended
	case err := <-ended:
		t.Fatalf("%s: %v\n%s", binary, err, &stderr)
	}
	state := process.ProcessState
	return start{state.UserTime() + state.SystemTime(), state.SysUsage().(*syscall.Rusage).Minflt, stderr.String()}
}

// initialization is that of a package, as the runtime traces it.
type initialization struct {
	name, line string
	bytes      int
}

func initializations(t *testing.T, trace string) (all []initialization) {
	t.Helper()
	for line := range strings.Lines(trace) {
		of := initialization{line: strings.TrimSpace(line)}
		var at, clock float64
		if _, err := fmt.Sscanf(of.line, "init %s @%f ms, %f ms clock, %d bytes,", &of.name, &at, &clock, &of.bytes); err == nil {
			all = append(all, of)
		}
	}
	if len(all) < 20 {
		t.Fatalf("%d packages are traced: this test looks for the wrong thing:\n%s", len(all), trace)
	}
	return all
}
