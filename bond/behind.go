package bond

import (
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// noteChanges tells what a new state of a member's link differs in from the last,
// and puts back what somebody else has set.
func (b *Bond) noteChanges(now time.Time, m *member, st link.State) {
	old := m.state
	name := m.link.Name()
	first := !m.known
	m.known = true
	if m.wantMTU == 0 { // a change may be older than the first that is told
		m.wantMTU = st.MTU
	}
	if m.wantAddr == (lacp.MAC{}) {
		m.wantAddr = st.Addr
	}
	if st.Up != old.Up || st.AdminDown != old.AdminDown || !first && (st.SpeedMbps != old.SpeedMbps || st.Duplex != old.Duplex) {
		b.emit(Event{Kind: EventLink, Member: name, Up: st.Up, Link: st})
	}
	if st.Renamed != old.Renamed {
		b.log.Warn("interface was renamed", "member", name, "to", st.Renamed)
		b.emit(Event{Kind: EventRenamed, Member: name, Detail: st.Renamed})
	}
	if st.Overruns != old.Overruns {
		b.emit(Event{Kind: EventOverrun, Member: name})
	}
	if st.Addr != old.Addr && st.Addr != m.wantAddr && m.addrDiffers() {
		err := m.restore(now, func() error {
			l, ok := m.link.(link.AddressSetter)
			if !ok {
				return errors.ErrUnsupported
			}
			return l.SetHardwareAddr(net.HardwareAddr(m.wantAddr[:]))
		})
		b.log.Warn("MAC address of the interface was changed by somebody else", "member", name, "to", st.Addr, "put_back", err == nil)
		b.emit(Event{Kind: EventAddr, Member: name, Detail: st.Addr.String(), Err: err})
	}
	if st.MTU != old.MTU && st.MTU != m.wantMTU && m.mtuDiffers() {
		err := m.restore(now, func() error {
			l, ok := m.link.(link.MTUSetter)
			if !ok {
				return errors.ErrUnsupported
			}
			return l.SetMTU(m.wantMTU)
		})
		b.log.Warn("MTU of the interface was changed by somebody else", "member", name, "to", st.MTU, "put_back", err == nil)
		b.emit(Event{Kind: EventMTU, Member: name, Detail: strconv.Itoa(st.MTU), Err: err})
	}
}

// addrDiffers asks the interface whether its address is not what it shall be: what
// it last told of may be older than what was set since.
func (m *member) addrDiffers() bool {
	l, ok := m.link.(link.AddressSetter)
	if !ok {
		return true
	}
	now, _, err := l.InterfaceAddr()
	return err == nil && lacp.MAC(now) != m.wantAddr
}

func (m *member) mtuDiffers() bool {
	l, ok := m.link.(link.MTUSetter)
	if !ok {
		return true
	}
	now, err := l.MTU()
	return err == nil && now != m.wantMTU
}

// errFight: two programs disagree about an interface, and this one gives in.
var errFight = errors.New("bond: put back too often already")

func (m *member) restore(now time.Time, set func() error) error {
	if !m.restores.take(now) {
		return errFight
	}
	return set()
}

// setLinkAddr gives a member's interface an address; nil is its own.
func (m *member) setLinkAddr(addr net.HardwareAddr) error {
	l, ok := m.link.(link.AddressSetter)
	if !ok {
		return nil
	}
	before := m.wantAddr
	if addr != nil {
		m.wantAddr = lacp.MAC(addr)
	} else if _, found, err := l.InterfaceAddr(); err == nil {
		m.wantAddr = lacp.MAC(found)
	}
	err := l.SetHardwareAddr(addr)
	if err != nil {
		m.wantAddr = before
	}
	return err
}
