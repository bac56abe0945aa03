package localstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/process"
)

// minInit is the minimum time for a function's start, as in Lambda.
const minInit = 10 * time.Second

// withDescriptors makes the shell the function's program, with as many file descriptors
// as in Lambda; a machine that allows fewer keeps its limit.
const withDescriptors = `ulimit -n 1024 2>/dev/null; exec "$0"`

// sandbox is a process of a function's binary with its own Runtime API. It handles
// one invocation at a time.
type sandbox struct {
	config  *FunctionConfig
	api     *runtimeAPI
	process *process.Process
	output  *process.Tail
	ended   atomic.Pointer[string] // why it was ended from here
	closed  chan struct{}          // when its end has been logged
}

// startSandbox starts a process and waits until it asks for an invocation. Otherwise
// the error has the last part of its output.
func startSandbox(ctx context.Context, config *FunctionConfig) (*sandbox, error) {
	api, err := serveRuntimeAPI(config.arn(), config.Timeout)
	if err != nil {
		return nil, fmt.Errorf("function %s: serve its runtime API: %w", config.Name, err)
	}
	s := &sandbox{config: config, api: api, output: process.NewTail(), closed: make(chan struct{})}
	printed := &lines{emit: func(line []byte) { config.Log.line(config.Name, line) }}
	cmd := exec.Command("/bin/sh", "-c", withDescriptors, config.Binary)
	cmd.Env = config.environ(api.address)
	cmd.Dir = filepath.Dir(config.Binary)
	both := io.MultiWriter(printed, s.output) // one writer: one goroutine, and the lines in their order
	cmd.Stdout, cmd.Stderr = both, both
	if s.process, err = process.Start(cmd); err != nil {
		api.close()
		return nil, fmt.Errorf("function %s: %w", config.Name, err)
	}
	s.event("start", "")
	go s.finish(printed)
	if err := s.awaitInit(ctx); err != nil {
		<-s.closed
		return nil, err
	}
	return s, nil
}

func (s *sandbox) finish(printed *lines) {
	err := s.process.Err()
	printed.flush()
	s.api.close()
	s.event("end", s.reason(err))
	close(s.closed)
}

func (s *sandbox) awaitInit(ctx context.Context) error {
	limit := max(minInit, s.config.Timeout)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-s.api.ready:
		return nil
	case reported := <-s.api.initError:
		s.kill("init error")
		return s.failure("", TypeInit, reported.Type+": "+reported.Message)
	case <-s.process.Done():
		return s.failure("", TypeInit, fmt.Sprintf("its process ended while starting: %s\n%s", exitText(s.process.Err()), s.output))
	case <-timer.C:
		s.kill("init timeout")
		return s.failure("", TypeInit, fmt.Sprintf("not ready after %v\n%s", limit, s.output))
	case <-ctx.Done():
		s.kill("stopped")
		return errStopped
	}
}

// invoke sends the payload to the function. After an error other than the function's
// own the process has ended; errGone means that it never received the payload.
func (s *sandbox) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	inv := newInvocation(payload)
	timer := time.NewTimer(s.config.Timeout)
	defer timer.Stop()
	select {
	case s.api.pending <- inv:
	case <-s.process.Done():
		return nil, errGone
	case <-timer.C: // it still works on the last invocation, which it has answered
		s.kill("timeout")
		return nil, errGone
	case <-ctx.Done():
		s.kill("stopped")
		return nil, errStopped
	}
	timer.Reset(time.Until(<-inv.started))
	return s.await(ctx, inv, timer.C)
}

func (s *sandbox) await(ctx context.Context, inv *invocation, timeout <-chan time.Time) ([]byte, error) {
	select {
	case out := <-inv.outcome:
		return s.result(out)
	case <-s.process.Done():
		select {
		case out := <-inv.outcome: // it ended right after its response
			return s.result(out)
		default:
		}
		return nil, s.failure(inv.id, TypeExit, "its process ended: "+exitText(s.process.Err()))
	case <-timeout:
		s.kill("timeout")
		return nil, s.failure(inv.id, TypeTimeout, fmt.Sprintf("timed out after %v", s.config.Timeout))
	case <-ctx.Done():
		s.kill("stopped")
		return nil, errStopped
	}
}

func (s *sandbox) result(out outcome) ([]byte, error) {
	if e, ok := errors.AsType[*FunctionError](out.err); ok {
		e.Function = s.config.Name
	}
	return out.response, out.err
}

func (s *sandbox) failure(id, errorType, message string) error {
	return &FunctionError{Function: s.config.Name, RequestID: id, Type: errorType, Message: message}
}

// kill ends the process and its children, and waits for their end.
func (s *sandbox) kill(reason string) {
	s.ended.CompareAndSwap(nil, &reason)
	s.process.Kill()
	<-s.closed
}

func (s *sandbox) alive() bool {
	select {
	case <-s.process.Done():
		return false
	default:
		return true
	}
}

func (s *sandbox) reason(err error) string {
	if reason := s.ended.Load(); reason != nil {
		return *reason
	}
	return exitText(err)
}

func (s *sandbox) event(what, reason string) {
	s.config.Log.encode(sandboxEvent{time.Now().UTC(), what, s.config.Name, s.process.PID(), reason})
}

func exitText(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}
