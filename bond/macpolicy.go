package bond

import (
	"net"
	"slices"
)

// MACPolicy says which members' interfaces carry the bond's MAC address.
type MACPolicy uint8

// The values of MACPolicy.
const (
	// MACAll: all of them, the default.
	MACAll MACPolicy = iota
	// MACActive: the active one alone, the others their own. It is for ModeFailover
	// where the same address may not be seen on two ports.
	MACActive
)

// setAddrs gives the members' interfaces the addresses that the policy has for
// them, first the one that gives the bond's up.
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

// changeMACPolicy makes the interfaces' addresses what another policy wants; the
// mode then gives the active one its own.
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
