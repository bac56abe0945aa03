// Package process runs child processes that never outlive this one: each is ended by
// its own process id, together with its children, and on Linux the kernel ends it
// even when this process is killed without a chance to clean up.
package process

import (
	"os/exec"
	"runtime"
	"time"
)

// pipeDelay limits the wait for the output of an exited child's own children.
const pipeDelay = time.Second

// Process is a running or finished child.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start starts cmd in its own process group.
func Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, done: make(chan struct{})}
	own(cmd)
	cmd.WaitDelay = pipeDelay
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run keeps its thread until the child has ended: Linux sends the signal for
// the parent's death when the thread that forked ends, not the whole process.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	kill(p.cmd) // the child's remaining processes in its group
	close(p.done)
}

// PID returns the child's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done returns a channel that is closed when the child has ended and its output has
// been read.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err waits for the end of the child and returns its error, nil for exit code 0.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// CPU returns the processor time that the child has used, in its own code and in the
// kernel. Of a running child only Linux tells it.
func (p *Process) CPU() (time.Duration, bool) {
	select {
	case <-p.done:
		state := p.cmd.ProcessState
		return state.UserTime() + state.SystemTime(), true
	default:
		return used(p.PID())
	}
}

// Kill ends the child and everything in its group at once, and waits for it.
// Repeating is safe.
func (p *Process) Kill() {
	select {
	case <-p.done:
	default:
		kill(p.cmd)
		<-p.done
	}
}

// Stop asks the child to end, kills it when it has not ended within grace, and
// waits for it. Repeating is safe.
func (p *Process) Stop(grace time.Duration) {
	select {
	case <-p.done:
		return
	default:
		terminate(p.cmd)
	}
	select {
	case <-p.done:
	case <-time.After(grace):
		p.Kill()
	}
}
