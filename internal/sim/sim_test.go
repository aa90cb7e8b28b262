package sim

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// pair returns a Network of two Systems with one link, and the link, up.
func pair(t *testing.T, c lacp.PortConfig, i Impairment) (*Network, *Link) {
	t.Helper()
	n := New(1)
	c.Number, c.Key = 1, 1
	var ends [2]*Port
	for k := range ends {
		node, err := n.AddNode(string(rune('a'+k)), lacp.Config{System: lacp.SystemID{MAC: lacp.MAC{2, 0, 0, 0, 0, byte(k + 1)}}})
		if err != nil {
			t.Fatal(err)
		}
		if ends[k], err = node.AddPort(c); err != nil {
			t.Fatal(err)
		}
	}
	l := n.Connect(ends[0], ends[1])
	l.Direction = [2]Impairment{i, i}
	l.SetCarrier(true)
	return n, l
}

func advance(t *testing.T, n *Network, d time.Duration) {
	t.Helper()
	if err := n.Advance(d); err != nil {
		t.Fatal(err)
	}
}

func usable(p *Port) bool {
	st := p.Status()
	return st.Usable()
}

func TestPairForms(t *testing.T) {
	n, l := pair(t, lacp.PortConfig{}, Impairment{Delay: 10 * time.Millisecond})
	advance(t, n, 2029*time.Millisecond)
	if usable(l.ends[0]) || usable(l.ends[1]) {
		t.Error("the link is up before 2.03 s")
	}
	advance(t, n, time.Millisecond)
	if !usable(l.ends[0]) || !usable(l.ends[1]) {
		t.Error("the link is not up at 2.03 s")
	}
	if n.Now() != 2030*time.Millisecond || !n.Clock().Equal(Epoch.Add(n.Now())) {
		t.Errorf("got Now() = %v, Clock() = %v", n.Now(), n.Clock())
	}
}

// TestImpairments checks how many of 600 LACPDUs arrive with each impairment.
func TestImpairments(t *testing.T) {
	tests := []struct {
		name     string
		i        Impairment
		min, max uint64
	}{
		{"none", Impairment{}, 600, 600},
		{"cut", Impairment{Cut: true}, 0, 0},
		{"the next 100", Impairment{Drop: 100}, 500, 500},
		{"all lost", Impairment{Loss: 1}, 0, 0},
		{"half lost", Impairment{Loss: 0.5}, 250, 350},
		{"all twice", Impairment{Duplicate: 1}, 1200, 1200},
		{"a third twice", Impairment{Duplicate: 1.0 / 3}, 750, 850},
		{"jitter", Impairment{Jitter: time.Millisecond}, 600, 600},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, l := pair(t, lacp.PortConfig{ShortTimeout: true}, Impairment{})
			advance(t, n, 10*time.Second)
			l.Direction[0] = test.i // the other end still asks for one LACPDU a second
			sent := func() uint64 { return l.ends[0].Status().Counters.LACPDUsTx }
			received := func() uint64 { return l.ends[1].Status().Counters.LACPDUsRx }
			before, beforeRx := sent(), received()
			for sent() < before+600 {
				advance(t, n, 10*time.Millisecond)
			}
			advance(t, n, 5*time.Millisecond)
			got := (received() - beforeRx) * 600 / (sent() - before)
			if got < test.min || got > test.max {
				t.Errorf("got %d of 600, want %d to %d", got, test.min, test.max)
			}
		})
	}
}

// TestJitterReorders checks that frames overtake each other only with jitter.
func TestJitterReorders(t *testing.T) {
	for _, jitter := range []time.Duration{0, 2 * time.Second} {
		n, l := pair(t, lacp.PortConfig{ShortTimeout: true}, Impairment{Delay: time.Millisecond, Jitter: jitter})
		overtaken := false
		for range 200 {
			last := time.Duration(math.MinInt64)
			for _, e := range inOrder(n.queue) {
				overtaken = overtaken || e.to == l.ends[1] && e.at < last
				if e.to == l.ends[1] {
					last = e.at
				}
			}
			_ = n.Advance(100 * time.Millisecond)
		}
		if overtaken != (jitter > 0) {
			t.Errorf("jitter %v: got overtaken = %v", jitter, overtaken)
		}
	}
}

// inOrder returns the events in the order they were made.
func inOrder(q events) events {
	sorted := append(events(nil), q...)
	for i := range sorted {
		for j := i; j > 0 && sorted[j].sequence < sorted[j-1].sequence; j-- {
			sorted.Swap(j, j-1)
		}
	}
	return sorted
}

func TestSameSeedSameRun(t *testing.T) {
	record := func(seed uint64) string {
		var b strings.Builder
		_, err := Swarm(seed, func(n *Network) {
			n.Trace = func(node *Node, tr lacp.Transition) { b.WriteString(tr.At.String() + node.Name + tr.String() + "\n") }
			n.OnTransmit = func(p *Port, a *lacp.Action) { b.Write(a.AppendFrame(nil)) }
		})
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	first, second := record(7), record(7)
	if first != second {
		t.Error("two runs of a seed differ")
	}
	if first == record(8) {
		t.Error("two seeds make the same run")
	}
}

// TestInvariantsFindViolations makes ports break each invariant.
func TestInvariantsFindViolations(t *testing.T) {
	up := func(t *testing.T) (*Network, *Port) {
		n, l := pair(t, lacp.PortConfig{ShortTimeout: true}, Impairment{Delay: time.Millisecond})
		advance(t, n, 5*time.Second)
		return n, l.ends[0]
	}
	state := func(change func(*lacp.PortStatus)) func(*Network, *Port) error {
		return func(_ *Network, p *Port) error {
			st := p.Status()
			change(&st)
			return p.checkState(&st)
		}
	}
	sent := func(change func(*Port, *lacp.Action)) func(*Network, *Port) error {
		return func(n *Network, p *Port) error {
			st := p.Status()
			a := lacp.Action{PDU: lacp.PDU{Actor: st.Actor, Partner: st.Partner}}
			n.now += 10 * time.Second
			change(p, &a)
			return p.checkSent(&a)
		}
	}
	tests := []struct {
		want string
		do   func(*Network, *Port) error
	}{
		{"Distributing without Collecting", state(func(st *lacp.PortStatus) { st.Actor.State &^= lacp.StateCollecting })},
		{"Collecting without Synchronization", state(func(st *lacp.PortStatus) { st.Actor.State &^= lacp.StateSynchronization })},
		{"attached to aggregator 0", state(func(st *lacp.PortStatus) { st.AttachedAggregator = 0 })},
		{"Collecting while the partner is not in sync", state(func(st *lacp.PortStatus) { st.Partner.State &^= lacp.StateSynchronization })},
		{"while the partner does not collect", state(func(st *lacp.PortStatus) { st.Partner.State &^= lacp.StateCollecting })},
		{"Collecting while the link is down", func(n *Network, p *Port) error {
			p.Link.Up = false
			st := p.Status()
			return p.checkState(&st)
		}},
		{"Expired is true in CURRENT", state(func(st *lacp.PortStatus) { st.Actor.State |= lacp.StateExpired })},
		{"Defaulted in CURRENT", state(func(st *lacp.PortStatus) { st.Actor.State |= lacp.StateDefaulted })},
		{"the data path has", state(func(st *lacp.PortStatus) { st.AttachedAggregator = 9 })},
		{"reason", state(func(st *lacp.PortStatus) { st.Reason.Code = lacp.ReasonLinkDown })},
		{"while the link is down", sent(func(p *Port, _ *lacp.Action) { p.Link.Up = false })},
		{"while LACP is disabled", sent(func(p *Port, _ *lacp.Action) { p.Config.Disabled = true })},
		{"while both ends are Passive", sent(func(_ *Port, a *lacp.Action) {
			a.PDU.Actor.State &^= lacp.StateActivity
			a.PDU.Partner.State &^= lacp.StateActivity
		})},
		{"as last received", sent(func(_ *Port, a *lacp.Action) { a.PDU.Partner.Key++ })},
		{"four LACPDUs", func(n *Network, p *Port) error {
			n.now += 10 * time.Second
			st := p.Status()
			var err error
			for range 4 {
				n.now += 300 * time.Millisecond
				err = p.checkSent(&lacp.Action{PDU: lacp.PDU{Actor: st.Actor, Partner: st.Partner}})
			}
			return err
		}},
		{"to a peer that does not collect", func(n *Network, p *Port) error {
			p.Peer().Mux.Collecting = false
			if err := p.checkPeerCollects(); err != nil {
				return err
			}
			n.now += 5 * time.Second
			return p.checkPeerCollects()
		}},
		{"have LAG IDs", func(n *Network, p *Port) error {
			a, b := p.Status(), p.Status()
			b.LAGID.Local.Key++
			return p.Node.checkAggregators([]lacp.PortStatus{a, b})
		}},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			n, p := up(t)
			if err := test.do(n, p); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestScriptErrors(t *testing.T) {
	const begin = "system a 8000 02:00:00:00:00:0a\nport a.1 key 1\n"
	for _, line := range []string{"system a", "system a zzzz 02:00:00:00:00:0a", "system b 8000 02:00", "system b 8000 02:00:00:00:00:0b bogus",
		"system b 8000 00:00:00:00:00:00", "port a.1 key 1", "port a.0", "port c.1", "port a.2 bogus", "port a.2 key", "port a.2 key x",
		"link a.1", "link a.1 a.9", "cut a.1", "drop a.1 1", "advance", "advance x", "show b", "show a.9", "bogus a", "bogus a.1",
		"fail a.1", "speed a.1 x", "inject a.1 0", "set a.1 bogus", "set-system a"} {
		_, err := RunScript(begin + line + "\n")
		if err == nil || !strings.Contains(err.Error(), "line 3") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestSwarm runs a few seeds. Package lacp runs many, and also looks inside its Systems.
func TestSwarm(t *testing.T) {
	for seed := range uint64(200) {
		if _, err := Swarm(seed, nil); err != nil {
			lines, err := Shrink(SwarmScript(seed), nil)
			t.Errorf("seed %d: %v\n%s", seed, err, strings.Join(lines, "\n"))
		}
	}
}
