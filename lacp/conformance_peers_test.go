package lacp

import (
	"testing"
	"time"
)

// peer behaves like an implementation that deviates from the standard (protocol.md 13).
type peer struct {
	name   string
	period time.Duration // of its LACPDUs
	// state returns the peer's state octet from the last LACPDU it received and whether
	// that names the peer.
	state func(heard PDU, named bool) State
	late  time.Duration // the delay of its answers
	// answers reports whether the peer answers a LACPDU at once.
	answers func(heard PDU, named bool) bool
}

var peers = []peer{
	{"Linux, coupled: data at once when we are in sync", time.Second, func(h PDU, named bool) State {
		switch {
		case !named:
			return 0x07
		case !h.Actor.State.Has(StateSynchronization):
			return 0x0f
		}
		return 0x3f
	}, 100 * time.Millisecond, nil},
	{"FreeBSD strict: in sync and data on the echo alone", time.Second, func(_ PDU, named bool) State {
		if named {
			return 0x3f
		}
		return 0x07
	}, 0, nil},
	{"Open vSwitch: attached without waiting, no echo looked at", time.Second, func(PDU, bool) State { return 0x3f }, 0, nil},
	{"teamd: answers whatever differs, state copied from ours", time.Second, func(h PDU, named bool) State {
		if named && h.Actor.State.Has(StateSynchronization) {
			return 0x3f
		}
		return 0x0f
	}, 0, func(h PDU, named bool) bool { return !named || h.Partner.State != 0x3f }},
	{"VPP: coupled, a tick of 333 ms", time.Second, func(h PDU, named bool) State {
		if named && h.Actor.State.Has(StateSynchronization) {
			return 0x3f
		}
		return 0x0f
	}, 333 * time.Millisecond, nil},
	{"DPDK: 900 ms, never says Collecting alone", 900 * time.Millisecond, func(h PDU, _ bool) State {
		if h.Actor.State.Has(StateSynchronization) {
			return 0x3f
		}
		return 0x0f
	}, 500 * time.Millisecond, nil},
	{"a switch that is slow to collect", time.Second, func(h PDU, named bool) State {
		switch {
		case !named:
			return 0x07
		case !h.Actor.State.Has(StateCollecting):
			return 0x0f
		}
		return 0x1f // never sets Distributing
	}, time.Second, nil},
}

// With each peer the link comes up within 6 s and stays up, and neither end makes the
// other send more than it may.
func TestPeerConformance(t *testing.T) {
	for _, peer := range peers {
		for _, coupled := range []bool{false, true} {
			t.Run("SYS-16 "+peer.name, func(t *testing.T) { runPeer(t, peer, coupled) })
		}
	}
}

func runPeer(t *testing.T, peer peer, coupled bool) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true, CoupledControl: coupled})
	d.up(1)
	var heard PDU
	var due []time.Duration // its answers
	next, seen, cameUp := time.Duration(0), 0, time.Duration(0)
	for now := time.Duration(0); now < 60*time.Second; now += 10 * time.Millisecond {
		for ; seen < len(d.sent[1]); seen++ {
			heard = d.sent[1][seen]
			if peer.answers != nil && peer.answers(heard, heard.Partner.System == partnerSystem) {
				due = append(due, now+peer.late)
			}
		}
		if now >= next {
			next += peer.period
			due = append(due, now+peer.late)
		}
		for len(due) > 0 && due[0] <= now {
			due = due[1:]
			d.hear(1, func(p *PDU) {
				p.Actor.State = peer.state(heard, heard.Partner.System == partnerSystem)
				p.Partner = heard.Actor // the peer's view of us
			})
		}
		switch up := d.usable(1); {
		case up && cameUp == 0:
			cameUp = now
		case !up && cameUp != 0:
			t.Fatalf("%v: the port stopped distributing: %v", now, d.port(1).Reason)
		}
		d.pass(10 * time.Millisecond)
	}
	if cameUp == 0 || cameUp > 6*time.Second {
		t.Errorf("up after %v: %v", cameUp, d.port(1).Reason)
	}
	at := d.times[1]
	for i := 3; i < len(at); i++ {
		if gap := at[i] - at[i-3]; gap < time.Second {
			t.Errorf("four LACPDUs in %v at %v", gap, at[i])
		}
	}
	if last := at[len(at)-1]; last < 50*time.Second || len(at) > 90 {
		t.Errorf("%d LACPDUs in a minute, the last at %v", len(at), last)
	}
}
