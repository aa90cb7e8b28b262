//go:build !windows && !plan9

package control

import (
	"errors"
	"syscall"
)

// isStale reports whether a connection failed because its socket is stale.
func isStale(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// isReset reports whether a connection ended because its listener did.
func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
