package steps

import (
	"errors"
	"net"
	"slices"
	"testing"
)

// iface is an interface with an address of its own, own.
type iface struct {
	mtu  int
	addr net.HardwareAddr
	err  error
}

var own, given = net.HardwareAddr{2, 0, 0, 0, 0, 1}, net.HardwareAddr{2, 0, 0, 0, 0, 2}

func (i *iface) MTU() (int, error)    { return i.mtu, i.err }
func (i *iface) SetMTU(mtu int) error { i.mtu = mtu; return i.err }

func (i *iface) InterfaceAddr() (now, permanent net.HardwareAddr, err error) {
	return i.addr, own, i.err
}

func (i *iface) SetHardwareAddr(a net.HardwareAddr) error {
	if i.addr = a; a == nil {
		i.addr = own
	}
	return i.err
}

func TestMTUStep(t *testing.T) {
	i := &iface{mtu: 1500}
	took := 0
	list := []Step{MTU(i, 1500, 9000, func(mtu int) { took = mtu })}
	if err := Run(list); err != nil || i.mtu != 9000 {
		t.Fatalf("Run() = %v, MTU %d, want nil and 9000", err, i.mtu)
	}
	if Take(list); took != 9000 {
		t.Errorf("took MTU %d, want 9000", took)
	}
	if err := Undo(list); err != nil || i.mtu != 1500 {
		t.Errorf("Undo() = %v, MTU %d, want nil and 1500", err, i.mtu)
	}
}

func TestAddrStepTakesTheInterfacesOwn(t *testing.T) {
	i := &iface{addr: given}
	var took net.HardwareAddr
	list := []Step{Addr(i, given, nil, func(now net.HardwareAddr) { took = now })}
	if err := Run(list); err != nil || !slices.Equal(i.addr, own) {
		t.Fatalf("Run() = %v, address %v, want nil and %v", err, i.addr, own)
	}
	if Take(list); !slices.Equal(took, own) {
		t.Errorf("took address %v, want %v", took, own)
	}
	if err := Undo(list); err != nil || !slices.Equal(i.addr, given) {
		t.Errorf("Undo() = %v, address %v, want nil and %v", err, i.addr, given)
	}
}

func TestClosedLinkNeedsNoChange(t *testing.T) {
	for err, want := range map[error]bool{net.ErrClosed: true, errors.New("busy"): false} {
		i := &iface{err: err}
		list := []Step{MTU(i, 1500, 9000, func(int) {}), Addr(i, nil, given, func(net.HardwareAddr) {})}
		if got := Run(list); (got == nil) != want {
			t.Errorf("Run() = %v for %v, want success: %v", got, err, want)
		}
	}
}
