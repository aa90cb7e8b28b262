package bond_test

import (
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/bondtest"
	"github.com/lagkit/lagkit/lacp"
)

// ovsPeer speaks LACP on one end of a cable as Open vSwitch does: it claims to
// collect and distribute whenever it has attached the link, also while it is
// Expired; it sets its periodic timer by the rate the partner wanted when the
// last LACPDU left; it learns of its carrier later than the bond does, more than
// once, and is Expired then.
type ovsPeer struct {
	link   *bondtest.Link
	frames chan []byte
	done   chan struct{}

	system lacp.SystemID
	port   lacp.PortNumber
	rate   lacp.State // StateTimeout: it asks for FAST

	mu      sync.Mutex
	partner lacp.Info
	expired bool
	passes  bool // it takes and gives data
	carrier bool
	sent    lacp.Info // as last sent
}

func (p *ovsPeer) read() {
	defer close(p.frames)
	buf := make([]byte, 256)
	for {
		n, err := p.link.ReadControl(buf)
		if err != nil {
			return
		}
		p.frames <- append([]byte(nil), buf[:n]...)
	}
}

// Its carrier is reported after ovsSees, and once more after ovsSeesAgain.
const (
	ovsSees      = 1 * time.Millisecond
	ovsSeesAgain = 30 * time.Millisecond
)

func (p *ovsPeer) run() {
	defer close(p.done)
	var again, periodic <-chan time.Time
	send := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.write()
		rate := lacp.SlowPeriodicTime
		if p.partner.State.Has(lacp.StateTimeout) {
			rate = lacp.FastPeriodicTime
		}
		periodic = time.After(rate)
	}
	for {
		select {
		case f, ok := <-p.frames:
			if !ok {
				return
			}
			if p.hear(f) {
				send()
			}
		case st := <-p.link.Changes():
			if p.setCarrier(st.Up, false); !st.Up {
				periodic, again = nil, nil
				continue
			}
			time.Sleep(ovsSees)
			again = time.After(ovsSeesAgain)
			p.setCarrier(true, true)
			send()
		case <-again:
			p.setCarrier(true, true)
		case <-periodic:
			send()
		}
	}
}

// setCarrier takes up the state of the carrier; a new one makes the peer Expired.
func (p *ovsPeer) setCarrier(up, expires bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.carrier = up
	if expires {
		p.expired, p.passes = true, false
		p.partner.State = p.partner.State&^lacp.StateSynchronization | lacp.StateTimeout
	}
}

// hear takes a LACPDU and reports whether its own state has changed by it.
func (p *ovsPeer) hear(frame []byte) bool {
	var pdu lacp.PDU
	f := lacp.ParseSlow(frame)
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Kind != lacp.SlowLACPDU || pdu.UnmarshalBinary(f.PDU) != nil || !p.carrier {
		return false
	}
	p.partner, p.expired = pdu.Actor, false
	p.passes = p.partner.State.Has(lacp.StateSynchronization)
	return p.actor() != p.sent
}

func (p *ovsPeer) actor() lacp.Info {
	s := lacp.StateActivity | lacp.StateAggregation | lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing | p.rate
	if p.expired {
		s |= lacp.StateExpired
	}
	return lacp.Info{System: p.system, Key: 1, Port: lacp.PortID{Priority: 0xffff, Number: p.port}, State: s}
}

// write sends a LACPDU of the present state.
func (p *ovsPeer) write() {
	p.sent = p.actor()
	a := lacp.Action{PDU: lacp.PDU{Actor: p.sent, Partner: p.partner},
		Source: lacp.MAC(p.link.HardwareAddr()), Destination: lacp.SlowProtocolsMulticast}
	_ = p.link.WriteControl(a.AppendFrame(nil))
}

// passesData reports whether the peer takes and gives data.
func (p *ovsPeer) passesData() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passes
}

// lastRate returns the timeout that the peer has last heard.
func (p *ovsPeer) lastRate() lacp.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.partner.State & lacp.StateTimeout
}

// newOVSPair connects a bond by n cables with such a peer: an ovsPeer for each of its ports.
func newOVSPair(t *testing.T, cfg bond.Config, rate lacp.State, n int) (*bond.Bond, []*bondtest.Cable, []*ovsPeer) {
	t.Helper()
	var links []bond.Link
	var cables []*bondtest.Cable
	var peers []*ovsPeer
	for i := range n {
		c := bondtest.NewCable("m"+string(rune('0'+i)), "ovs"+string(rune('0'+i)))
		cables, links = append(cables, c), append(links, c.A)
		p := &ovsPeer{link: c.B, rate: rate, expired: true, port: lacp.PortNumber(i + 1),
			system: lacp.SystemID{Priority: 0xfffe, MAC: lacp.MAC(cables[0].B.HardwareAddr())},
			frames: make(chan []byte, 16), done: make(chan struct{})}
		peers = append(peers, p)
		go p.read()
		go p.run()
		t.Cleanup(func() { p.link.Close(); <-p.done })
	}
	b, err := bond.New(cfg, links...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, cables, peers
}
