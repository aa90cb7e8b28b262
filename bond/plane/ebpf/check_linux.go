package ebpf

import (
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// Check reports whether a plane can run here. If not, the error gives the reason: the process
// lacks a capability (os.ErrPermission), the kernel is too old or was built without what the plane
// needs (errors.ErrUnsupported), or what the kernel says. It makes maps and loads programs, before
// Linux 6.6 adds a filter to the loopback interface that lets every frame pass, and leaves nothing.
func Check() error {
	if err := explain(check(false)); err != nil {
		return fmt.Errorf("data plane in the kernel: %w", err)
	}
	return nil
}

func check(onlyFilters bool) (err error) {
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
		closeLoaded(program)
	}
	return tryHooks(onlyFilters)
}

// tryHooks attaches a program that lets every frame pass: at TCX, or in a filter at the loopback
// interface.
func tryHooks(onlyFilters bool) (err error) {
	if tcx, err := hasTCX(); err != nil || tcx && !onlyFilters {
		return err
	}
	p, err := load("lagkit_check", ret(verdictNext))
	if err != nil {
		return err
	}
	defer closeLoaded(p)
	rt, err := rtnl.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close()) }()
	const loopback = 1 // in every network namespace
	h, err := (&filters{rt: rt, name: "lagkit"}).attach(loopback, p, "")
	if err != nil {
		return err
	}
	return h.remove()
}

// explain adds to an error what to do.
func explain(err error) error {
	var refused *ebpf.VerifierError // an older kernel does not know what the programs use
	switch {
	case errors.Is(err, ebpf.ErrNotSupported), errors.As(err, &refused):
		return fmt.Errorf("%w: needs Linux 5.8 or later: %w", errors.ErrUnsupported, err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("needs CAP_NET_ADMIN and CAP_BPF, before Linux 5.11 also CAP_SYS_RESOURCE: %w", err)
	}
	return err
}
