//go:build !linux

package bond

import (
	"errors"
	"fmt"
	"runtime"
)

// OpenLink opens a network interface as a member link. It exists on Linux only:
// elsewhere the error is [errors.ErrUnsupported].
func OpenLink(cfg LinkConfig) (Link, error) {
	return nil, &LinkError{Name: cfg.Name, Op: "open", Err: unsupported()}
}

// OpenDevice makes a TAP device. It exists on Linux only: elsewhere the error is
// [errors.ErrUnsupported].
func OpenDevice(cfg DeviceConfig) (Device, error) {
	return nil, &LinkError{Name: cfg.Name, Op: "open", Err: unsupported()}
}

// Restore puts back interfaces that a dead process left as members. There are
// none outside Linux.
func Restore(stateDir string) error { return nil }

func unsupported() error {
	return fmt.Errorf("network interfaces on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
