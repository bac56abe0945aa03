//go:build !unix

package process

import "os/exec"

func own(*exec.Cmd) {}

// An error means that the child has already ended.

func kill(cmd *exec.Cmd)      { _ = cmd.Process.Kill() }
func terminate(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
