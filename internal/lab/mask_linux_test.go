package lab

import (
	"sync"

	"github.com/lagkit/lagkit/lacp"
)

// mask makes a peer look to the other end as if it had changed, without the peer's knowledge.
// It changes the Actor in the LACPDUs that the peer sends, and changes the Partner in those it
// receives back. That works with every peer, even one that can't change its settings.
type mask struct {
	change func(*lacp.Info)

	mu   sync.Mutex
	true lacp.Info // the peer's last Actor
}

// out changes the Actor of a LACPDU that the peer sends.
func (m *mask) out(frame []byte) {
	edit(frame, func(p *lacp.PDU) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.true = p.Actor
		m.change(&p.Actor)
	})
}

// in changes the Partner of a LACPDU for the peer if it matches the mask.
func (m *mask) in(frame []byte) {
	edit(frame, func(p *lacp.PDU) {
		m.mu.Lock()
		defer m.mu.Unlock()
		masked := m.true
		m.change(&masked)
		if p.Partner.System == masked.System && p.Partner.Key == masked.Key && p.Partner.Port == masked.Port {
			state := p.Partner.State
			p.Partner = m.true
			// Restore only the bits of the state that the mask has changed.
			differs := m.true.State ^ masked.State
			p.Partner.State = state&^differs | m.true.State&differs
		}
	})
}

// edit changes a LACPDU within its frame.
func edit(frame []byte, change func(*lacp.PDU)) {
	f := lacp.ParseSlow(frame)
	if f.Kind != lacp.SlowLACPDU {
		return
	}
	var p lacp.PDU
	_ = p.UnmarshalBinary(f.PDU) // ParseSlow has checked it
	change(&p)
	b, _ := p.MarshalBinary()
	const endOfInfo = 42 // of Actor and Partner
	copy(f.PDU, b[:endOfInfo])
}
