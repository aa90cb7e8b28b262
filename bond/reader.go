package bond

import (
	"errors"
	"net"
	"slices"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/intake"
	"github.com/lagkit/lagkit/lacp"
)

// readControl passes the member's slow-protocols frames to control.
func (b *Bond) readControl(m *member) {
	defer m.readers.Done()
	r := intake.Reader{
		Read:    m.link.ReadControl,
		Own:     b.isMember,
		Partner: func(partner lacp.MAC) { b.worker.Post("", func() { b.setPartner(m, partner) }) },
		Limited: &m.controlLimited,
		Stop:    b.stopping,
	}
	if err := r.Run(func(f intake.Frame) bool { return b.tell(input{member: m, frame: f}) }); err != nil {
		b.readerStopped(m, "slow-protocols", err)
	}
}

// isMember reports whether an address is that of a member.
func (b *Bond) isMember(addr lacp.MAC) bool {
	return slices.ContainsFunc(b.view.Load().members, func(m *member) bool { return m.own == addr })
}

// setPartner reports the partner to a link that queues the partner's LACPDUs separately.
func (b *Bond) setPartner(m *member, partner lacp.MAC) {
	if l, ok := m.link.(link.PartnerSetter); ok {
		if err := l.SetPartner(partner); err != nil && !errors.Is(err, net.ErrClosed) {
			b.log.Warn("partner's LACPDUs not queued separately", "member", m.link.Name(), "partner", partner, "error", err)
		}
	}
}

// startMember starts reading a member.
func (b *Bond) startMember(m *member) {
	m.link.Watch(func(st link.State) { b.states.Put(m, st) })
	m.readers.Add(1)
	go b.readControl(m)
}

// readerStopped reports that a member can't be read any more, unless it was closed.
func (b *Bond) readerStopped(m *member, what string, err error) {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, link.ErrPaused) {
		return
	}
	b.log.Error("member can't be read", "member", m.link.Name(), "frames", what, "error", err)
	b.tell(input{member: m, link: &link.State{Removed: true}, why: what + " frames can't be read: " + err.Error()})
}
