package netif

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
)

// A member and the device can go from one process to the next: the sockets, which the interface's
// memberships belong to, the claim, and the record of how the interface was found. Nothing of the
// interface changes.

// handedVersion is the version of the states below.
const handedVersion = 1

// handedMember is the state of a member on its way.
type handedMember struct {
	Version   int               `json:"version"`
	Place     identity          `json:"place"` // of the interface
	Name      string            `json:"name"`
	Permanent net.HardwareAddr  `json:"permanent"`
	Dir       string            `json:"dir"` // of the record
	Record    *record           `json:"record"`
	CutOff    bool              `json:"cut_off"` // kept from the host's IP stack
	Policy    ReceivePolicy     `json:"policy"`
	Bond      net.HardwareAddr  `json:"bond"`              // that it receives frames for
	Station   net.HardwareAddr  `json:"station,omitempty"` // that a membership asks for
	Sockets   *afpacket.Sockets `json:"sockets,omitempty"` // of a [Link]
	Returned  uint32            `json:"returned,omitempty"`
}

// place returns what identifies an interface of the namespace.
func (ns *namespace) place(index int32) identity {
	return identity{Boot: ns.boot, Namespace: ns.inode, Cookie: ns.cookie, Index: index}
}

// checkPlace refuses an interface of another namespace, or one that is gone.
func (ns *namespace) checkPlace(p identity) error {
	if here := ns.place(p.Index); here.Boot != p.Boot || here.Namespace != p.Namespace || here.Cookie != p.Cookie {
		return errors.New("it is in another network namespace than this process")
	}
	_, err := ns.rt.LinkByIndex(p.Index)
	return err
}

// unmarshalHanded reads a state. version returns the version that it has.
func unmarshalHanded(h *link.Handed, state any, version func() int) error {
	if err := json.Unmarshal(h.State, state); err != nil {
		return fmt.Errorf("read the state of the process before: %w", err)
	}
	if v := version(); v != handedVersion {
		return &link.Error{Op: "take over from another process", Field: "version", Value: strconv.Itoa(v), Allowed: strconv.Itoa(handedVersion)}
	}
	return nil
}

// Pause makes ReadControl return [link.ErrPaused] until Resume.
func (m *Member) Pause() error {
	return m.change("pause", "", "", func() error { return m.control.Pause() })
}

// Resume ends Pause. It makes this process the owner of an interface that came from another.
func (m *Member) Resume() error {
	return m.change("resume", "", "", func() error {
		m.taken.kept = false
		if err := m.control.Resume(); err != nil {
			return err
		}
		if m.guards {
			m.guards = false
			m.ns.mon.guardSoon(m.watch, m.taken.rec.Asked, m.cutOff)
		}
		return m.taken.own()
	})
}

// Hand returns what another process needs to go on with the interface. Close then leaves it as it
// is.
func (m *Member) Hand() (h link.Handed, err error) {
	err = m.change("hand over", "", "", func() error {
		h, err = m.hand(new(handedMember))
		return err
	})
	return h, err
}

// hand completes the state of a member and returns it with the descriptors: the claim, then the
// sockets for slow protocols.
func (m *Member) hand(s *handedMember) (h link.Handed, err error) {
	s.Version, s.Place, s.Name, s.Permanent = handedVersion, m.ns.place(m.taken.rec.Index), m.name, m.addr
	s.Dir, s.Record, s.CutOff = m.taken.dir, m.taken.rec, m.cutOff
	switch r := m.hears.(type) {
	case *reception:
		r.mu.Lock()
		s.Policy, s.Bond, s.Station = r.policy, r.bond, r.station
		r.mu.Unlock()
	case *settings:
		s.Policy, s.Bond = r.policy, r.bond
	}
	claim, err := m.taken.claim.hand()
	if err != nil {
		return h, err
	}
	h.Files = []int{claim}
	control, err := m.control.Hand()
	h.Files = append(h.Files, control...)
	if err == nil {
		h.State, err = json.Marshal(s)
	}
	if err != nil {
		afpacket.CloseFDs(h.Files)
		return link.Handed{}, err
	}
	m.taken.kept = true
	return h, nil
}

// adopt goes on with a member of another process. It is paused.
func (m *Member) adopt(cfg *Config) error {
	s, err := m.takeHanded(cfg)
	if err != nil {
		return err
	}
	m.hears = &settings{taken: m.taken, policy: s.Policy, bond: s.Bond}
	return m.follow(cfg, nil)
}

// takeHanded takes the claim and the sockets for slow protocols.
func (m *Member) takeHanded(cfg *Config) (*handedMember, error) {
	s := new(handedMember)
	if err := unmarshalHanded(cfg.Handed, s, func() int { return s.Version }); err != nil {
		return nil, err
	}
	if s.Record == nil || len(cfg.Handed.Files) == 0 {
		return nil, errors.New("the process before has sent no record or no descriptors")
	}
	s.Record.file, s.Record.live = recordName(s.Record), true
	if err := s.Record.check(); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	if err := m.ns.checkPlace(s.Place); err != nil {
		return nil, err
	}
	if s.Place.Index != s.Record.Index {
		return nil, fmt.Errorf("record of interface %d, want %d", s.Record.Index, s.Place.Index)
	}
	m.name, m.addr, m.cutOff = s.Name, s.Permanent, s.CutOff
	cfg.Name = s.Name
	claim, err := adoptClaim(claimMember, s.Place.Index, cfg.Handed.Files[0])
	if err != nil {
		return nil, err
	}
	m.taken = &takeover{ns: m.ns, dir: s.Dir, claim: claim, rec: s.Record, kept: true}
	m.control, err = afpacket.AdoptControl(cfg.Handed.Files[1:min(1+handedControl, len(cfg.Handed.Files))])
	return s, err
}

// handedControl is how many sockets for slow protocols a member has.
const handedControl = 4

// follow watches the interface. What other programs do to it is repaired from Resume on.
func (m *Member) follow(cfg *Config, changed func(string)) error {
	mon, err := m.ns.monitor()
	if err != nil {
		return err
	}
	m.watch, err = mon.add(m.taken.rec.Index, cfg.Name, cfg.CarrierPoll, changed)
	m.guards = true
	return err
}

// own makes this process the one that the claim and the record name.
func (t *takeover) own() error {
	started, err := processStart(os.Getpid())
	if err != nil {
		return err
	}
	return errors.Join(t.claim.own(), t.save(func() { t.rec.PID, t.rec.Started = os.Getpid(), started }))
}

// Pause makes ReadControl and Read return [link.ErrPaused] until Resume.
func (l *Link) Pause() error {
	l.rx.Pause()
	return l.Member.Pause()
}

// Resume is that of [Member.Resume].
func (l *Link) Resume() error {
	l.rx.Resume()
	return l.Member.Resume()
}

// Hand is that of [Member.Hand].
func (l *Link) Hand() (h link.Handed, err error) {
	err = l.change("hand over", "", "", func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		sockets, fds, err := l.rx.Hand(l.tx)
		if err != nil {
			return err
		}
		if h, err = l.hand(&handedMember{Sockets: &sockets, Returned: l.returned + uint32(l.rx.LeftOut())}); err != nil {
			afpacket.CloseFDs(fds)
			return err
		}
		h.Files = append(h.Files, fds...)
		return nil
	})
	return h, err
}

// adopt goes on with a link of another process. It is paused.
func (l *Link) adopt(cfg *Config) error {
	s, err := l.takeHanded(cfg)
	if err != nil {
		return err
	}
	if s.Sockets == nil {
		return errors.New("the process before has sent no data sockets: its plane is another")
	}
	if l.rx, l.tx, err = afpacket.AdoptSockets(s.Place.Index, *s.Sockets, cfg.Handed.Files[1+handedControl:]); err != nil {
		return err
	}
	l.returned = s.Returned
	l.passed.Store(s.Returned)
	heard := &reception{rx: l.rx, policy: s.Policy, bond: s.Bond, station: s.Station}
	heard.wide = heard.policy.memberships()
	l.hears = heard
	return l.follow(cfg, l.featuresChanged)
}
