package steps

import (
	"errors"
	"net"

	"github.com/lagkit/lagkit/bond/link"
)

// MTU returns the step that changes the MTU of a link. took records the new one.
func MTU(l link.MTUSetter, before, after int, took func(mtu int)) Step {
	return Step{
		Do:   func() error { return unlessClosed(l.SetMTU(after)) },
		Undo: func() error { return unlessClosed(l.SetMTU(before)) },
		Took: func() { took(after) },
	}
}

// Addr returns the step that changes the MAC address of a link; nil is its own. took records the
// address that its interface has then.
func Addr(l link.AddressSetter, before, after net.HardwareAddr, took func(now net.HardwareAddr)) Step {
	now := after
	return Step{
		Do: func() error {
			err := l.SetHardwareAddr(after)
			if after == nil && err == nil {
				_, now, err = l.InterfaceAddr()
			}
			return unlessClosed(err)
		},
		Undo: func() error { return unlessClosed(l.SetHardwareAddr(before)) },
		Took: func() { took(now) },
	}
}

// unlessClosed drops the error of a link that was closed meanwhile: it is leaving, and needs no
// change.
func unlessClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
