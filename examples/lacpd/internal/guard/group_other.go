//go:build !unix

package guard

import "os/exec"

// setOwnGroup does nothing: there are no process groups.
func setOwnGroup(*exec.Cmd) {}
