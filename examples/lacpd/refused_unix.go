//go:build !windows && !plan9

package main

import (
	"errors"
	"syscall"
)

// nobodyListens says whether a connection failed because its socket is stale.
func nobodyListens(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
