package ebpf

import (
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/cilium/ebpf"
	tcx "github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/plane"
)

// Check reports whether a plane can run here. If not, the error gives the reason: the process
// lacks a capability (os.ErrPermission), the kernel is too old (errors.ErrUnsupported), or what
// the kernel says. It makes maps and loads programs, and leaves nothing.
func Check() error {
	if err := explain(check()); err != nil {
		return fmt.Errorf("data plane in the kernel: %w", err)
	}
	return nil
}

func check() (err error) {
	m, err := newMaps()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	tx, err := m.transmitCode(&plane.Plan{}, 0) // the zero value has a hash
	if err != nil {
		return err
	}
	for _, c := range []code{tx, m.receiveCode(0)} {
		program, err := load("lagkit_check", c)
		if err != nil {
			return err
		}
		err = tryTCX(program)
		if err := errors.Join(err, program.Close()); err != nil {
			return err
		}
	}
	return nil
}

// tryTCX attaches a program to an interface that does not exist. A kernel that can attach
// programs reports just that.
func tryTCX(p *ebpf.Program) error {
	l, err := tcx.AttachTCX(tcx.TCXOptions{Interface: math.MaxInt32, Program: p, Attach: ebpf.AttachTCXIngress})
	if err == nil {
		return l.Close()
	}
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

// explain adds to an error what to do.
func explain(err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("needs CAP_NET_ADMIN and CAP_BPF: %w", err)
	case errors.Is(err, ebpf.ErrNotSupported):
		return fmt.Errorf("%w: needs Linux 6.6 or later: %w", errors.ErrUnsupported, err)
	}
	return err
}
