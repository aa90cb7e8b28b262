package lacp_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/sim"
	"github.com/lagkit/lagkit/lacp"
)

// Scenarios with an engine at both ends.
func TestPairScenarios(t *testing.T) {
	t.Run("MXC-03 coupled with independent", func(t *testing.T) {
		coupled := side{port: lacp.PortConfig{CoupledControl: true}}
		for _, sides := range [][2]side{{coupled, {}}, {{}, coupled}, {coupled, coupled}} {
			n := newBench(t, 1, sides[0], sides[1])
			n.converge()
			for _, p := range ends(n.links[0], n) {
				if st := p.Status(); st.Actor.State != 0x3d {
					t.Errorf("%v: state %v, Mux state %v", p, st.Actor.State, st.Mux)
				}
			}
		}
	})
	t.Run("C03 silence on one of two links", func(t *testing.T) {
		n := newBench(t, 2, side{port: fast}, side{port: fast})
		n.converge()
		n.links[0].Direction[1].Cut = true
		n.pass(20 * ms)
		last := n.a.Ports[0].Status().LastRx.Sub(sim.Epoch)
		n.within(4*second, "a.1 leaves", func() bool { return !usable(n.a.Ports[0]) })
		if got := n.Now() - last; got != 3*second || n.a.Ports[0].Status().Receive != lacp.ReceiveExpired {
			t.Errorf("left after %v in %v", got, n.a.Ports[0].Status().Receive)
		}
		n.wants(true, 1)
		if m := n.muxMoves(n.a.Ports[1]); len(m) != 0 {
			t.Errorf("the other link had Mux states %v", m)
		}
	})
	t.Run("C06 the cable is restored after DEFAULTED", func(t *testing.T) {
		for _, test := range []struct {
			port    lacp.PortConfig
			carrier bool // both ends see the carrier go and come
			limit   time.Duration
		}{{fast, true, 5 * second}, {lacp.PortConfig{}, true, 5 * second}, {fast, false, 33 * second}, {lacp.PortConfig{}, false, 33 * second}} {
			n := newBench(t, 1, side{partner, test.port}, side{partner, test.port})
			n.converge()
			l := n.links[0]
			l.Direction[0].Cut, l.Direction[1].Cut = true, true
			n.pass(100 * second)
			if st := n.a.Ports[0].Status(); st.Receive != lacp.ReceiveDefaulted {
				t.Fatalf("Receive machine %v, want DEFAULTED", st.Receive)
			}
			l.SetCarrier(!test.carrier)
			n.pass(second)
			l.Direction[0].Cut, l.Direction[1].Cut = false, false
			l.SetCarrier(true)
			n.within(test.limit, "the link is used", n.allUsable)
		}
	})
	t.Run("C15 both ends Passive", func(t *testing.T) {
		n := newBench(t, 2, side{partner, passive}, side{partner, passive})
		n.up()
		n.pass(120 * second)
		n.wants(false, 0, 1)
		if len(n.sent) != 0 || len(aggregatorsOf(n.a)) != 0 {
			t.Errorf("%d ports sent, aggregators %+v", len(n.sent), aggregatorsOf(n.a))
		}
	})
	for _, a := range []bool{false, true} {
		for _, p := range []lacp.PortConfig{{}, {ShortTimeout: true}, {Passive: true, ShortTimeout: true}} {
			t.Run(fmt.Sprintf("D01 counted for a minute, Short here %v, there %v, Passive there %v", a, p.ShortTimeout, p.Passive), func(t *testing.T) {
				n := newBench(t, 4, side{port: lacp.PortConfig{ShortTimeout: a}}, side{port: p})
				n.converge()
				n.pass(60 * second)
				counts := func(node *sim.Node, short bool) {
					for _, q := range node.Ports {
						got := len(n.sent[q.Peer()])
						if short && (got < 55 || got > 65) || !short && (got < 1 || got > 5) {
							t.Errorf("%v received %d LACPDUs in a minute", q, got)
						}
					}
				}
				counts(n.a, a)
				counts(n.b, p.ShortTimeout)
			})
		}
	}
	t.Run("D04 Passive with Active and FAST", func(t *testing.T) {
		n := newBench(t, 1, side{port: passive}, side{port: fast})
		n.up()
		n.pass(5 * second)
		n.forget()
		n.pass(30 * second)
		if got := len(n.sent[n.a.Ports[0]]); got < 29 {
			t.Errorf("the Passive end sent %d LACPDUs in 30 s", got)
		}
		for _, s := range n.sent[n.b.Ports[0]] {
			if s.pdu.Actor.State.Has(lacp.StateExpired) {
				t.Errorf("%v: the Active end is Expired", s.at)
			}
		}
	})
	t.Run("D11 a member is removed", func(t *testing.T) {
		n := newBench(t, 2, side{}, side{})
		n.converge()
		if err := n.a.Ports[0].Remove(); err != nil {
			t.Fatal(err)
		}
		if s := n.sent[n.a.Ports[0]]; len(s) != 1 || s[0].pdu.Actor.State != 0x05 {
			t.Errorf("sent %+v", s)
		}
		n.pass(11 * ms)
		if usable(n.b.Ports[0]) || !usable(n.b.Ports[1]) {
			t.Errorf("the partner uses the links: %v, %v", usable(n.b.Ports[0]), usable(n.b.Ports[1]))
		}
	})
	t.Run("E01 two links at FAST", func(t *testing.T) {
		n := newBench(t, 2, side{port: fast}, side{port: fast})
		n.up()
		n.pass(30 * second)
		distributing := func(want int) {
			t.Helper()
			got := 0
			for _, a := range aggregatorsOf(n.b) {
				if !a.Individual {
					got += a.Distributing
				}
			}
			if got != want {
				t.Errorf("%d distribute, want %d", got, want)
			}
		}
		for _, node := range n.Nodes() {
			for _, p := range node.Ports {
				if st := p.Status(); st.Actor.State != 0x3f || st.Partner.State != 0x3f {
					t.Errorf("%v: actor %v, partner %v", p, st.Actor.State, st.Partner.State)
				}
			}
		}
		distributing(2)
		for i, p := range n.a.Ports {
			if err := p.Remove(); err != nil {
				t.Fatal(err)
			}
			n.pass(20 * ms)
			distributing(1 - i)
		}
	})
	t.Run("E02 keys 2 and 4", func(t *testing.T) {
		n := newBench(t, 2, side{port: lacp.PortConfig{Key: 2}}, side{port: lacp.PortConfig{Key: 4, Number: 11}})
		n.up()
		n.pass(5 * second)
		n.wants(true, 0, 1)
		for i, p := range n.a.Ports {
			if st := p.Status(); st.Receive != lacp.ReceiveCurrent || st.Partner.Key != 4 || st.Partner.Port.Number != lacp.PortNumber(11+i) || st.Echo.Key != 2 {
				t.Errorf("%v: %v, partner %+v", p, st.Receive, st.Partner)
			}
		}
	})
	t.Run("E13 links a second apart", func(t *testing.T) {
		n := newBench(t, 2, side{}, side{})
		n.up(0)
		n.pass(second)
		n.up(1)
		n.pass(5 * second)
		for _, node := range []*sim.Node{n.a, n.b} {
			if at := n.attachments(node); !slices.Equal(at, []time.Duration{3010 * ms, 3010 * ms}) {
				t.Errorf("%s attached at %v, want both at 3.01s", node.Name, at)
			}
		}
		n.wants(true, 0, 1)
	})
	t.Run("E14 one partner with two keys", func(t *testing.T) {
		n := newBench(t, 4, side{}, side{})
		for i, p := range n.b.Ports {
			c := p.Config
			c.Key = lacp.Key(5 + i/2)
			if err := p.SetPort(c); err != nil {
				t.Fatal(err)
			}
		}
		n.converge()
		lags := aggregatorsOf(n.a)
		if len(lags) != 2 || !slices.Equal(lags[0].Ports, []lacp.PortNumber{1, 2}) || !slices.Equal(lags[1].Ports, []lacp.PortNumber{3, 4}) ||
			lags[0].PartnerKey != 5 || lags[1].PartnerKey != 6 {
			t.Errorf("aggregators %+v, want ports 1 and 2, and 3 and 4", lags)
		}
	})
	t.Run("E18 one end has only one of the links", func(t *testing.T) {
		n := newBench(t, 2, side{config: partner}, side{config: partner})
		if err := n.b.Ports[1].Remove(); err != nil {
			t.Fatal(err)
		}
		n.converge()
		one, two := n.a.Ports[0].Status(), n.a.Ports[1].Status()
		if one.Actor.State != 0x3d || two.Actor.State&^lacp.StateDefaulted != 0x05 {
			t.Errorf("states %v and %v", one.Actor.State, two.Actor.State)
		}
	})
	t.Run("E19 the partner is silent", func(t *testing.T) {
		n := newBench(t, 2, side{config: partner}, side{})
		n.b.Stop()
		n.up()
		n.pass(15 * second)
		for _, p := range n.a.Ports {
			if st := p.Status(); st.Actor.State&^lacp.StateDefaulted != 0x05 || st.Reason.Code != lacp.ReasonNeverHeard {
				t.Errorf("%v: %v, %v", p, st.Actor.State, st.Reason)
			}
		}
	})
	t.Run("E34 SLOW with FAST", func(t *testing.T) {
		n := newBench(t, 1, side{}, side{port: fast})
		n.converge()
		n.pass(90 * second)
		a, b := len(n.sent[n.a.Ports[0]]), len(n.sent[n.b.Ports[0]])
		if a != 90 || b != 3 || n.left(n.a) || n.left(n.b) {
			t.Errorf("a sent %d, b %d, left %v, %v; want 90, 3", a, b, n.left(n.a), n.left(n.b))
		}
	})
	t.Run("E40 one link bounces, then the other dies", func(t *testing.T) {
		n := newBench(t, 2, side{}, side{})
		n.converge()
		n.links[0].SetCarrier(false)
		n.pass(50 * ms)
		n.links[0].SetCarrier(true)
		n.links[1].SetCarrier(false)
		n.within(100*ms, "the first carries data", func() bool { return usable(n.a.Ports[0]) && usable(n.b.Ports[0]) })
	})
	t.Run("I06 they hear us, we do not hear them", func(t *testing.T) {
		n := newBench(t, 1, side{partner, fast}, side{partner, fast})
		n.converge()
		n.links[0].Direction[1].Cut = true
		n.pass(5 * second)
		n.wants(false, 0)
		if st := n.b.Ports[0].Status(); st.Receive != lacp.ReceiveCurrent || st.Partner.State.Has(lacp.StateCollecting) {
			t.Errorf("the other end: %v, partner %v", st.Receive, st.Partner.State)
		}
		n.pass(60 * second)
		n.wants(false, 0)
	})
	t.Run("SYS-13 loss, delay, duplicates and reordering", func(t *testing.T) {
		for _, test := range []struct {
			short bool
			loss  float64
			limit int // how often a port may leave DISTRIBUTING in an hour
		}{
			{false, 0, 0},
			{true, 0, 0},
			{false, 0.1, 20}, // two lost in a row and a late third are enough
			{true, 0.1, 300},
		} {
			n := newBench(t, 2, side{port: lacp.PortConfig{ShortTimeout: test.short}}, side{port: lacp.PortConfig{ShortTimeout: test.short}})
			n.converge()
			for _, l := range n.links {
				for d := range l.Direction {
					l.Direction[d] = sim.Impairment{Delay: 500 * ms, Jitter: 600 * ms, Loss: test.loss, Duplicate: 0.1}
				}
			}
			n.pass(time.Hour)
			flaps := 0
			for _, m := range n.moves {
				if m.Machine == lacp.MachineMux && m.From == "DISTRIBUTING" {
					flaps++
				}
			}
			if flaps > test.limit {
				t.Errorf("%+v: stopped distributing %d times", test, flaps)
			}
			for _, l := range n.links {
				l.Direction = [2]sim.Impairment{{Delay: 10 * ms}, {Delay: 10 * ms}}
			}
			n.pass(sim.Settling)
			n.wants(true, 0, 1)
		}
	})
	t.Run("SYS-20 and I07 random faults", func(t *testing.T) {
		for seed := range uint64(lacp.Rounds(100, 300)) {
			if _, err := sim.Swarm(1_000_000+seed, checkSettled); err != nil {
				t.Errorf("seed %d: %v", 1_000_000+seed, err)
			}
		}
	})
}
