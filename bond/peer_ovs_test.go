package bond_test

import (
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/bondtest"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// ovsPeer speaks LACP on one end of a cable as Open vSwitch does. It claims to collect and
// distribute even while it is Expired and drops data. It sets its periodic timer by the rate
// that the partner wanted when the last LACPDU was sent. It learns about its carrier later
// than the bond, and is Expired then. It may discard LACPDUs for some time after that, and may
// learn about its carrier again when it receives the first one.
type ovsPeer struct {
	link   *bondtest.Link
	frames chan []byte
	done   chan struct{}

	system lacp.SystemID
	port   lacp.PortNumber
	rate   lacp.State // StateTimeout: it requests FAST

	mu      sync.Mutex
	late    lateness
	partner lacp.Info
	expired bool
	passes  bool // it receives and sends data
	carrier bool
	refuses bool      // it is never in sync
	hears   time.Time // when it starts to receive LACPDUs
	fresh   bool      // the first LACPDU makes it Expired again
}

// lateness describes how late an ovsPeer reacts to a carrier that has come back.
type lateness struct {
	sees  time.Duration // how long until it learns about the carrier
	drops time.Duration // how long it then discards LACPDUs
	again bool          // it learns about the carrier again when it receives the first LACPDU
}

func (p *ovsPeer) lateness() lateness {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.late
}

func (p *ovsPeer) setLateness(l lateness) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late = l
}

func (p *ovsPeer) read() {
	defer close(p.frames)
	buf := make([]byte, 256)
	for {
		n, err := p.link.ReadControl(buf)
		if err != nil {
			return
		}
		if p.listens() {
			p.frames <- append([]byte(nil), buf[:n]...)
		}
	}
}

// listens reports whether the peer has a carrier, as far as it knows.
func (p *ovsPeer) listens() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.carrier && !time.Now().Before(p.hears)
}

func (p *ovsPeer) run() {
	defer close(p.done)
	var periodic <-chan time.Time
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
	states := link.States(p.link)
	for {
		select {
		case f, ok := <-p.frames:
			if !ok {
				return
			}
			if p.hear(f) {
				send()
			}
		case st := <-states:
			if !st.Up {
				periodic = nil
				p.setCarrier(false)
				continue
			}
			time.Sleep(p.lateness().sees)
			p.setCarrier(true)
			send()
		case <-periodic:
			send()
		}
	}
}

// setCarrier processes the state of the carrier. A carrier that comes up makes the peer
// Expired.
func (p *ovsPeer) setCarrier(up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.carrier, p.passes, p.fresh = up, false, p.late.again
	p.hears = time.Now().Add(p.late.drops)
	if up {
		p.expire()
	}
}

func (p *ovsPeer) expire() {
	p.expired, p.passes = true, false
	p.partner.State = p.partner.State&^lacp.StateSynchronization | lacp.StateTimeout
}

// hear processes a LACPDU and reports whether the peer has to send its state to the bond.
func (p *ovsPeer) hear(frame []byte) bool {
	var pdu lacp.PDU
	f := lacp.ParseSlow(frame)
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Kind != lacp.SlowLACPDU || pdu.UnmarshalBinary(f.PDU) != nil {
		return false
	}
	p.partner, p.expired = pdu.Actor, false
	p.passes = p.partner.State.Has(lacp.StateSynchronization)
	if p.fresh {
		p.fresh = false
		p.expire()
	}
	const compared = lacp.StateActivity | lacp.StateTimeout | lacp.StateSynchronization | lacp.StateAggregation
	return (pdu.Partner.State^p.actor().State)&compared != 0
}

func (p *ovsPeer) actor() lacp.Info {
	s := lacp.StateActivity | lacp.StateAggregation | lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing | p.rate
	if p.refuses {
		s &^= lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing
	}
	if p.expired {
		s |= lacp.StateExpired
	}
	return lacp.Info{System: p.system, Key: 1, Port: lacp.PortID{Priority: 0xffff, Number: p.port}, State: s}
}

// write sends a LACPDU with the present state.
func (p *ovsPeer) write() {
	a := lacp.Action{PDU: lacp.PDU{Actor: p.actor(), Partner: p.partner},
		Source: lacp.MAC(p.link.HardwareAddr()), Destination: lacp.SlowProtocolsMulticast}
	_ = p.link.WriteControl(a.AppendFrame(nil))
}

// refuse keeps the peer's port out of sync.
func (p *ovsPeer) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = true
}

// passesData reports whether the peer receives and sends data.
func (p *ovsPeer) passesData() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passes
}

// lastRate returns the timeout that the peer last received.
func (p *ovsPeer) lastRate() lacp.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.partner.State & lacp.StateTimeout
}

// newOVSPair connects a bond by n cables to such a peer, with an ovsPeer for each of its
// ports.
func newOVSPair(t *testing.T, cfg bond.Config, rate lacp.State, n int) (*bond.Bond, []*bondtest.Cable, []*ovsPeer) {
	t.Helper()
	var links []bond.Port
	var cables []*bondtest.Cable
	var peers []*ovsPeer
	for i := range n {
		c := bondtest.NewCable("m"+string(rune('0'+i)), "ovs"+string(rune('0'+i)))
		cables, links = append(cables, c), append(links, c.A)
		p := &ovsPeer{link: c.B, rate: rate, late: lateness{sees: time.Millisecond}, expired: true, port: lacp.PortNumber(i + 1),
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
