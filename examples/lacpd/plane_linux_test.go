package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// TestKernelWithoutTeamIsExplained checks the text for a kernel without the team driver, and that
// other answers stay.
func TestKernelWithoutTeamIsExplained(t *testing.T) {
	if err := plainTeam(fmt.Errorf("make: %w", syscall.EOPNOTSUPP)); err == nil || !strings.Contains(err.Error(), "modprobe team") {
		t.Errorf("without the driver: %v, want what to do", err)
	}
	for _, want := range []error{nil, fs.ErrPermission} {
		if got := plainTeam(want); !errors.Is(got, want) {
			t.Errorf("plainTeam(%v) = %v, want the same", want, got)
		}
	}
}
