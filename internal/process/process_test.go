//go:build unix

package process_test

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/process"
)

// start starts a shell script and waits for its first line.
func start(t *testing.T, script string) (*process.Process, string) {
	t.Helper()
	read, write := io.Pipe()
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdout = write
	p, err := process.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	return p, strings.TrimSpace(line)
}

func TestStop(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string
		grace  time.Duration
		want   string
	}{
		"asks_first":              {`trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done`, time.Minute, "exit status 7"},
		"kills_what_does_not_end": {`trap '' TERM; echo up; while :; do sleep 0.01; done`, 10 * time.Millisecond, "signal: killed"},
		"leaves_alone_what_ended": {`echo up; exit 5`, 0, "exit status 5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := start(t, c.script)
			if name == "leaves_alone_what_ended" {
				<-p.Done()
			}
			p.Stop(c.grace)
			p.Stop(c.grace)
			if err := p.Err(); err == nil || err.Error() != c.want {
				t.Errorf("end = %v, want %s", err, c.want)
			}
			if err := syscall.Kill(p.PID(), 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("signal to the process = %v, want no such process", err)
			}
		})
	}
}

func TestCPU(t *testing.T) {
	t.Parallel()
	p, _ := start(t, `i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo up; sleep 60`)
	running, known := p.CPU()
	if known != (runtime.GOOS == "linux") || known && (running < 10*time.Millisecond || running > time.Minute) {
		t.Errorf("CPU of a running process = %v, %v", running, known)
	}
	p.Kill()
	if ended, known := p.CPU(); !known || ended < running-10*time.Millisecond || ended < 10*time.Millisecond {
		t.Errorf("CPU of an ended process = %v, %v, want %v", ended, known, running)
	}
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	if _, err := process.Start(exec.Command("/no/such/program")); err == nil {
		t.Error("no error")
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	tail := process.NewTail()
	for range 3 {
		_, _ = tail.Write([]byte(strings.Repeat("x", 3000) + "\n"))
	}
	_, _ = tail.Write([]byte("the end\n"))
	if got := tail.String(); len(got) > 4<<10 || !strings.HasSuffix(got, "the end") {
		t.Errorf("tail of %d bytes: …%s, want the last 4 KB", len(got), got[max(0, len(got)-20):])
	}
	<-tail.Changed()
}
