//go:build !linux

package main

import (
	"errors"
	"io"
	"net"
	"runtime"
)

func dumpInterface(*printer, *net.Interface, io.Writer) error {
	return errors.New("live capture needs Linux, this system is " + runtime.GOOS + "; capture files work everywhere")
}
