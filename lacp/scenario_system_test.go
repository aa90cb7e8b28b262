package lacp_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/sim"
	"github.com/lagkit/lagkit/lacp"
)

// Two Systems end to end (protocol.md 11.2, SYS).
func TestSystemConformance(t *testing.T) {
	t.Run("SYS-01 Active and Passive", func(t *testing.T) {
		for _, test := range []struct{ a, b bool }{{false, false}, {false, true}, {true, false}} {
			n := newBench(t, 1, side{port: lacp.PortConfig{Passive: test.a}}, side{port: lacp.PortConfig{Passive: test.b}})
			n.up()
			n.pass(2040 * ms)
			n.wants(true, 0)
			if st := n.a.Ports[0].Status(); st.Receive != lacp.ReceiveCurrent {
				t.Errorf("%+v: Receive machine %v", test, st.Receive)
			}
		}
		n := newBench(t, 1, side{port: passive}, side{port: passive})
		n.up()
		n.pass(60 * second)
		for _, p := range []*sim.Port{n.a.Ports[0], n.b.Ports[0]} {
			if st := p.Status(); st.Receive != lacp.ReceiveDefaulted || len(n.sent[p]) != 0 || st.LAGID.Local.Port == (lacp.PortID{}) && st.LAGID.Remote.Port == (lacp.PortID{}) {
				t.Errorf("%v: %v, %d sent, LAG %v", p, st.Receive, len(n.sent[p]), st.LAGID)
			}
		}
	})
	t.Run("SYS-02 Short and Long", func(t *testing.T) {
		for _, a := range []bool{false, true} {
			for _, b := range []bool{false, true} {
				n := newBench(t, 1, side{port: lacp.PortConfig{ShortTimeout: a}}, side{port: lacp.PortConfig{ShortTimeout: b}})
				n.converge()
				n.wants(true, 0)
				n.pass(60 * second)
				for p, short := range map[*sim.Port]bool{n.a.Ports[0]: b, n.b.Ports[0]: a} { // at the rate that the other end asks for
					want := map[bool]int{false: 2, true: 60}[short]
					if got := len(n.sent[p]); got != want {
						t.Errorf("%v: %d LACPDUs in a minute, want %d", p, got, want)
					}
				}
				if n.left(n.a) || n.left(n.b) {
					t.Error("a port stopped distributing")
				}
			}
		}
	})
	t.Run("SYS-03 eight links at once", func(t *testing.T) {
		n := newBench(t, 8, side{}, side{})
		n.up()
		n.pass(3 * second)
		n.wants(true, 0, 1, 2, 3, 4, 5, 6, 7)
		at := n.attachments(n.a)
		if len(at) != 8 || at[0] != 2010*ms || slices.Max(at) != at[0] {
			t.Errorf("attached at %v, want all at 2.01s", at)
		}
		if lags := aggregatorsOf(n.a); len(lags) != 1 || len(lags[0].Ports) != 8 || lags[0].ID != 1 {
			t.Errorf("aggregators %+v, want one of 8 ports", lags)
		}
	})
	t.Run("SYS-04 eight links, one each 300 ms", func(t *testing.T) {
		n := newBench(t, 8, side{}, side{})
		for i := range 8 {
			n.up(i)
			n.pass(300 * ms)
		}
		n.pass(3 * second)
		n.wants(true, 0, 1, 2, 3, 4, 5, 6, 7)
		// The last link is up at 2.1 s and heard 10 ms later.
		at := n.attachments(n.a)
		if len(at) != 8 || slices.Min(at) != 4110*ms || slices.Max(at) != 4110*ms {
			t.Errorf("attached at %v, want all at 4.11s", at)
		}
		if n.left(n.a) || n.left(n.b) {
			t.Error("a port stopped distributing after it was up")
		}
	})
	t.Run("SYS-05 cables pulled and put back", func(t *testing.T) {
		n := newBench(t, 4, side{port: fast}, side{port: fast})
		n.converge()
		for i, l := range n.links {
			l.SetCarrier(false)
			n.wants(false, i)
			n.wants(true, (i+1)%4, (i+2)%4, (i+3)%4)
			n.pass(10 * second)
			l.SetCarrier(true)
			n.pass(50 * ms) // Selected is kept, so there is no waiting
			n.wants(true, 0, 1, 2, 3)
		}
		for _, l := range n.links {
			l.SetCarrier(false)
		}
		n.wants(false, 0, 1, 2, 3)
		n.pass(10 * second)
		n.up()
		n.pass(50 * ms)
		n.wants(true, 0, 1, 2, 3)
	})
	t.Run("SYS-06 the partner dies", func(t *testing.T) {
		for _, test := range []struct {
			port    lacp.PortConfig
			timeout time.Duration
		}{{fast, lacp.ShortTimeoutTime}, {lacp.PortConfig{}, lacp.LongTimeoutTime}} {
			n := newBench(t, 1, side{partner, test.port}, side{partner, test.port})
			n.converge()
			p := n.a.Ports[0]
			n.b.Stop()
			n.pass(20 * ms)
			last := p.Status().LastRx
			n.pass(100 * second)
			var at []time.Duration
			for _, m := range n.moves {
				if m.Machine == lacp.MachineReceive {
					at = append(at, m.At.Sub(last))
				}
			}
			if len(at) != 2 || at[0] != test.timeout || at[1] != test.timeout+3*second {
				t.Errorf("EXPIRED and DEFAULTED after %v, want %v and 3s more", at, test.timeout)
			}
			if st := p.Status(); st.Usable() || st.Reason.Code != lacp.ReasonDefaulted {
				t.Errorf("reason %v, want Defaulted", st.Reason)
			}
		}
	})
	t.Run("SYS-07 the partner reboots, the link stays up", func(t *testing.T) {
		n := newBench(t, 2, side{}, side{})
		n.converge()
		if err := n.b.Restart(); err != nil {
			t.Fatal(err)
		}
		n.pass(11 * ms)
		n.wants(false, 0, 1)
		for _, p := range n.a.Ports {
			if st := p.Status(); st.Actor.State.Has(lacp.StateDistributing) || st.Selected != lacp.Selected {
				t.Errorf("%v: actor %v, %v", p, st.Actor.State, st.Selected)
			}
		}
		n.pass(3 * second)
		n.wants(true, 0, 1)
	})
	t.Run("SYS-08 one direction fails", func(t *testing.T) {
		n := newBench(t, 2, side{partner, fast}, side{partner, fast})
		n.converge()
		n.links[0].Direction[0].Cut = true // b does not hear a.1
		n.pass(8 * second)
		n.wants(false, 0)
		n.wants(true, 1)
		if a := n.a.Ports[0].Status(); a.Receive != lacp.ReceiveCurrent || a.Mux != lacp.MuxAttached {
			t.Errorf("the end that hears: Receive machine %v, Mux state %v", a.Receive, a.Mux)
		}
	})
	t.Run("SYS-09 two cables are swapped", func(t *testing.T) {
		n := newBench(t, 3, side{}, side{})
		n.converge()
		a, b := n.a.Ports, n.b.Ports
		n.links[0], n.links[1] = n.connect(a[0], b[1]), n.connect(a[1], b[0])
		n.wants(true, 2)
		n.pass(second)
		n.up(0, 1)
		n.pass(2040 * ms)
		n.wants(true, 0, 1, 2)
		if lags := aggregatorsOf(n.a); len(lags) != 1 {
			t.Errorf("aggregators %+v, want one", lags)
		}
	})
	t.Run("SYS-10 key and System of the partner change", func(t *testing.T) {
		n := newBench(t, 2, side{}, side{})
		n.converge()
		for _, p := range n.b.Ports {
			c := p.Config
			c.Key = 77
			if err := p.SetPort(c); err != nil {
				t.Fatal(err)
			}
		}
		n.pass(11 * ms)
		n.wants(false, 0, 1)
		n.pass(2100 * ms)
		n.wants(true, 0, 1)
		if err := n.b.SetSystem(lacp.SystemID{Priority: 1, MAC: lacp.MAC{2, 9, 9, 9, 9, 9}}); err != nil {
			t.Fatal(err)
		}
		n.pass(11 * ms)
		n.wants(false, 0, 1)
		n.pass(2100 * ms)
		n.wants(true, 0, 1)
		if lags := aggregatorsOf(n.a); len(lags) != 1 || lags[0].PartnerKey != 77 || lags[0].Partner.Priority != 1 {
			t.Errorf("aggregators %+v, want one of partner key 77, priority 1", lags)
		}
	})
	t.Run("SYS-11 two Systems of the same identifier", func(t *testing.T) {
		same := lacp.Config{System: lacp.SystemID{Priority: 1, MAC: lacp.MAC{2, 7}}}
		n := newBench(t, 0, side{}, side{})
		c, d := n.node("c", 12, 2, side{config: same}), n.node("d", 13, 2, side{config: same, port: lacp.PortConfig{Number: 11}})
		n.connect(c.Ports[0], d.Ports[0])
		n.connect(c.Ports[1], d.Ports[1])
		n.up()
		n.pass(10 * second)
		for _, node := range []*sim.Node{c, d} {
			for _, p := range node.Ports {
				st := p.Status()
				if r := st.Reason.Code; r != lacp.ReasonLoopbackSystem && !st.Usable() {
					t.Errorf("%v: %v", p, st.Reason)
				}
			}
		}
	})
	t.Run("SYS-12 two chassis that are one System", func(t *testing.T) {
		shared := lacp.Config{System: lacp.SystemID{Priority: 5, MAC: lacp.MAC{2, 5, 5, 5, 5, 5}}}
		n := newBench(t, 0, side{}, side{})
		left := n.node("left", 20, 2, side{config: shared, port: lacp.PortConfig{Key: 7}})
		right := n.node("right", 21, 2, side{config: shared, port: lacp.PortConfig{Key: 7, Number: 0x4001}})
		c := n.node("c", 22, 4, side{port: fast})
		for i, p := range append(slices.Clone(left.Ports), right.Ports...) {
			n.connect(c.Ports[i], p)
		}
		n.up()
		n.pass(3 * second)
		n.wants(true, 0, 1, 2, 3)
		if lags := aggregatorsOf(c); len(lags) != 1 || len(lags[0].Ports) != 4 {
			t.Errorf("aggregators %+v, want one of 4 ports", lags)
		}
		right.Stop()
		n.pass(6500 * ms)
		n.wants(true, 0, 1)
		if usable(c.Ports[2]) && c.Ports[2].Status().SelectedAggregator == c.Ports[0].Status().SelectedAggregator {
			t.Error("a link of the dead chassis is in the LAG")
		}
	})
}

// aggregatorsOf returns the aggregators in use.
func aggregatorsOf(node *sim.Node) (list []lacp.AggregatorStatus) {
	for a := range node.System.Aggregators() {
		list = append(list, a)
	}
	return list
}

// The interoperability suite of UNH, group LA.io, with our engine at both ends.
func TestInteroperabilitySuite(t *testing.T) {
	run := func(name string, f func(*testing.T)) { t.Run("SYS-18 "+name, f) }
	run("1.1 the links are one LAG", func(t *testing.T) {
		n := newBench(t, 4, side{}, side{})
		n.converge()
		n.wants(true, 0, 1, 2, 3)
	})
	run("1.2 either end starts first", func(t *testing.T) {
		for _, late := range []string{"a", "b"} {
			n := newBench(t, 2, side{partner, lacp.PortConfig{}}, side{partner, lacp.PortConfig{}})
			node := map[string]*sim.Node{"a": n.a, "b": n.b}[late]
			node.Stop()
			n.up()
			n.pass(20 * second)
			if err := node.Start(); err != nil {
				t.Fatal(err)
			}
			n.pass(3 * second)
			n.wants(true, 0, 1)
		}
	})
	run("1.3 a link fails and is back", func(t *testing.T) {
		n := newBench(t, 2, side{}, side{})
		n.converge()
		n.links[1].SetCarrier(false)
		n.wants(true, 0)
		n.pass(30 * second)
		n.up(1)
		n.pass(50 * ms)
		n.wants(true, 0, 1)
	})
	run("1.4 and 1.5 a link is added to a LAG in use", func(t *testing.T) {
		n := newBench(t, 2, side{}, side{})
		n.up(0)
		n.pass(65 * second)
		n.forget()
		n.up(1)
		n.pass(3 * second)
		n.wants(true, 0, 1)
		if m := n.muxMoves(n.a.Ports[0]); len(m) != 0 {
			t.Errorf("the link in use had Mux states %v", m)
		}
	})
	run("2.1 long delay", func(t *testing.T) {
		n := newBench(t, 2, side{}, side{})
		for _, l := range n.links {
			l.Direction[0].Delay, l.Direction[1].Delay = 900*ms, 900*ms
		}
		n.converge()
		n.wants(true, 0, 1)
	})
	run("2.2 and E36 eight links to three partners", func(t *testing.T) {
		n := newBench(t, 0, side{}, side{})
		hub := n.node("hub", 30, 8, side{})
		next := 0
		for i, ports := range []int{3, 3, 2} {
			spoke := n.node(fmt.Sprintf("s%d", i), byte(40+i), ports, side{})
			for _, p := range spoke.Ports {
				n.connect(hub.Ports[next], p)
				next++
			}
		}
		n.converge()
		n.wants(true, 0, 1, 2, 3, 4, 5, 6, 7)
		var members [][]lacp.PortNumber
		for _, a := range aggregatorsOf(hub) {
			members = append(members, a.Ports)
		}
		want := [][]lacp.PortNumber{{1, 2, 3}, {4, 5, 6}, {7, 8}}
		slices.SortFunc(members, func(a, b []lacp.PortNumber) int { return int(a[0]) - int(b[0]) })
		if !slices.EqualFunc(members, want, slices.Equal) {
			t.Errorf("LAGs of %v, want %v", members, want)
		}
	})
	run("2.3 speeds that differ", func(t *testing.T) {
		n := newBench(t, 4, side{}, side{})
		for i, l := range n.links {
			for _, p := range ends(l, n) {
				p.SetSpeed([]uint32{1000, 1000, 10000, 10000}[i], lacp.DuplexFull)
			}
		}
		n.converge()
		n.wants(true, 0, 1, 2, 3)
		if lags := aggregatorsOf(n.a); len(lags) != 2 || len(lags[0].Ports) != 2 || len(lags[1].Ports) != 2 {
			t.Errorf("aggregators %+v, want two of 2 ports", lags)
		}
	})
	run("2.4 Active and Passive", func(t *testing.T) {
		n := newBench(t, 2, side{port: passive}, side{})
		n.converge()
		n.wants(true, 0, 1)
	})
}
