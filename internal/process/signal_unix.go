//go:build unix

package process

import (
	"os/exec"
	"syscall"
)

// The errors say that the group has ended, which is what was wanted.

func kill(cmd *exec.Cmd)      { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
func terminate(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
