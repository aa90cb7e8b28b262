//go:build !linux

package main

import (
	"errors"
	"io"
	"time"
)

// guardMembers can't be done here.
func guardMembers(io.Reader, io.Writer, time.Duration) ([]string, error) {
	return nil, errors.ErrUnsupported
}
