package bond

import (
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/internal/steps"
)

// activeMember returns the member that the mode has made the active one; nil: none.
func (b *Bond) activeMember() *member {
	if s, ok := b.mode.(*mode.Static); ok && b.cfg.Mode == ModeFailover && s.Active() != mode.None {
		return b.members[s.Active()]
	}
	return nil
}

// setAddrs gives the members' interfaces the addresses that the policy prescribes, and then
// calls then on the control goroutine. It begins with the member that gives up the bond's
// address.
func (b *Bond) setAddrs(active *member, then func()) {
	c := new(change)
	if b.cfg.MACPolicy == MACActive {
		for _, m := range b.members {
			if m != active {
				b.setAddr(c, m, nil)
			}
		}
		if active != nil {
			b.setAddr(c, active, b.addr)
		}
	}
	if len(c.steps) == 0 {
		then()
		return
	}
	b.later("", func() error { return steps.RunAll(c.steps) }, func(err error) {
		if err != nil {
			b.log.Error("MAC address of an interface not set", "error", err)
		}
		steps.Take(c.steps)
		b.endChange(time.Now(), c)
		then()
	})
}

func (b *Bond) setAddr(c *change, m *member, addr net.HardwareAddr) {
	if m.phase == phaseActive && !slices.Equal(m.addr, addr) {
		c.setAddr(m, m.addr, addr)
		m.addr = addr
	}
}

// notePolicy records which address each member has by the MAC policy in use.
func (b *Bond) notePolicy() {
	active := b.activeMember()
	for _, m := range b.members {
		if m.addr = nil; m == active && b.cfg.MACPolicy == MACActive {
			m.addr = b.addr
		}
	}
}
