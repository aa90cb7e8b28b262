package bond

import (
	"net"
	"slices"
)

// MACPolicy says which members' interfaces carry the bond's MAC address.
type MACPolicy uint8

// The values of MACPolicy.
const (
	// MACAll: all of them. This is the default.
	MACAll MACPolicy = iota
	// MACActive: only the active member; the others keep their own. It is for ModeFailover in
	// networks that do not allow the same address on two ports.
	MACActive
)

// setAddrs gives the members' interfaces the addresses that the policy prescribes. It begins
// with the member that gives up the bond's address.
func (b *Bond) setAddrs(active *member) {
	if b.cfg.MACPolicy != MACActive {
		return
	}
	for _, m := range b.members {
		if m != active {
			b.setAddr(m, nil)
		}
	}
	if active != nil {
		b.setAddr(active, b.addr)
	}
}

func (b *Bond) setAddr(m *member, addr net.HardwareAddr) {
	if m.phase != phaseActive || slices.Equal(m.addr, addr) {
		return
	}
	m.addr = addr
	if err := m.setLinkAddr(addr); err != nil {
		b.log.Error("MAC address of the interface not set", "member", m.link.Name(), "address", addr.String(), "error", err)
	}
}

// changeMACPolicy gives the interfaces the addresses that a new policy prescribes. The mode
// then gives the active member the bond's.
func (b *Bond) changeMACPolicy() {
	for _, m := range b.members {
		if m.phase != phaseActive {
			continue
		}
		m.addr = nil
		addr := b.addr
		if b.cfg.MACPolicy == MACActive {
			addr = nil
		}
		if err := m.setLinkAddr(addr); err != nil {
			b.log.Error("MAC address of the interface not set", "member", m.link.Name(), "address", addr.String(), "error", err)
		}
	}
}
