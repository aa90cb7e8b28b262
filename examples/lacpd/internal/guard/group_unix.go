//go:build unix

package guard

import (
	"os/exec"
	"syscall"
)

// setOwnGroup gives a program a process group of its own.
func setOwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
