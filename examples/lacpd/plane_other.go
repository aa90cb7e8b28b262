//go:build !linux

package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/lagkit/lagkit/bond"
)

func checkKernel() error {
	return fmt.Errorf("programs in the kernel of %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func checkTeam() error { return checkKernel() }

func useTeam(*bond.OpenConfig) (ends, err error) { return nil, checkTeam() }

func removeKernel(string) error { return nil }

func useKernel(*bond.OpenConfig) (ends, err error) { return nil, checkKernel() }
