//go:build !linux

package main

import (
	"errors"
	"io"
	"net"
	"runtime"
)

func dumpInterface(*printer, *net.Interface, io.Writer) error {
	return errors.New("live capture needs Linux, this is " + runtime.GOOS + "; a capture file works everywhere")
}
