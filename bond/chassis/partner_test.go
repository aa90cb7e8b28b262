package chassis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/internal/sim"
	"github.com/lagkit/lagkit/lacp"
)

// change is a change of a chassis's permission.
type change struct {
	at    time.Duration
	box   chassis.ID
	until time.Duration
}

// lagOf returns a network of two Systems with one identifier, A and B, each with two links to a
// partner, and the partner's ports by the chassis they lead to.
func lagOf(t *testing.T, seed uint64, partner lacp.Config) (n *sim.Network, boxes map[chassis.ID]*sim.Node, far map[chassis.ID][]*sim.Port) {
	t.Helper()
	n = sim.New(seed)
	far, boxes = make(map[chassis.ID][]*sim.Port), make(map[chassis.ID]*sim.Node)
	add := func(name string, c lacp.Config) *sim.Node {
		c.RequirePartner = true
		node, err := n.AddNode(name, c)
		if err != nil {
			t.Fatal(err)
		}
		return node
	}
	partner.System = lacp.SystemID{Priority: 0x8000, MAC: lacp.MAC{2, 0, 0, 0, 9, 9}}
	switched := add("partner", partner)
	for i, id := range []chassis.ID{"A", "B"} {
		node := add(string(id), lacp.Config{System: lacp.SystemID{Priority: 0x7000, MAC: lacp.MAC{2, 0, 0, 0, 0, 1}}})
		boxes[id] = node
		for k := range 2 {
			number := lacp.PortNumber((i+1)<<12 + k + 1)
			a, err := node.AddPort(lacp.PortConfig{Number: number, Key: 1, ShortTimeout: true})
			if err != nil {
				t.Fatal(err)
			}
			b, err := switched.AddPort(lacp.PortConfig{Number: lacp.PortNumber(2*i + k + 1), Key: 1, ShortTimeout: true})
			if err != nil {
				t.Fatal(err)
			}
			setGate(t, n, node, number, 0)
			l := n.Connect(a, b)
			l.Direction[0].Delay, l.Direction[1].Delay = time.Millisecond, time.Millisecond
			l.SetCarrier(true)
			far[id] = append(far[id], b)
		}
	}
	return n, boxes, far
}

// setGate sets the gate of a port, which is open until a time.
func setGate(t *testing.T, n *sim.Network, node *sim.Node, number lacp.PortNumber, until time.Duration) {
	t.Helper()
	st := lacp.GateState{Level: lacp.GateSynchronization, Reason: lacp.ReasonStandbyChassis}
	if until > 0 {
		st.Until = sim.Epoch.Add(until)
	}
	err := node.Do(func(s *lacp.System) error { return s.SetGateState(n.Clock(), number, "chassis", st) })
	if err != nil {
		t.Fatal(err)
	}
}

// The LACP Systems of two chassis follow the permissions of a simulation with faults. A partner, with
// or without a limit of links, never distributes to both, but for a moment: the last LACPDU of
// the one may wait for the transmit limit.
func TestPartnerDistributesToOneChassis(t *testing.T) {
	overlaps, moves := 0, 0
	for seed := range uint64(12) {
		var changes []change
		_, err := chassistest.Run(seed, chassistest.Options{Chassis: 2, Faults: 30, Permit: func(at time.Duration, id chassis.ID, until time.Duration) {
			changes = append(changes, change{at, id, until})
		}})
		if err != nil {
			t.Fatal(err)
		}
		limit := int(seed % 3) // of the partner's links; 0: none
		n, boxes, far := lagOf(t, seed, lacp.Config{MaxLinks: limit})
		var since time.Duration // when the partner began to distribute to both; 0: it does not
		last := chassis.ID("")
		n.Check = func(*sim.Node) error {
			to := map[chassis.ID]bool{}
			for id, ports := range far {
				for _, p := range ports {
					to[id] = to[id] || p.Mux.Distributing
				}
			}
			switch {
			case to["A"] && to["B"] && since == 0:
				since = n.Now()
				overlaps++
			case to["A"] && to["B"] && n.Now()-since > 1100*time.Millisecond:
				return fmt.Errorf("the partner has distributed to both chassis since %v", since)
			case to["A"] != to["B"]:
				since = 0
				for id, used := range to {
					if used && id != last {
						last = id
						moves++
					}
				}
			}
			return nil
		}
		for _, c := range changes {
			if err := n.Advance(c.at - n.Now()); err != nil {
				t.Fatalf("seed %d, %v: %v", seed, n.Now(), err)
			}
			for _, p := range boxes[c.box].Ports {
				setGate(t, n, boxes[c.box], p.Config.Number, c.until)
			}
		}
	}
	if t.Logf("the partner moved %d times, overlaps %d", moves, overlaps); moves < 12 || overlaps > moves/4 {
		t.Errorf("the partner moved %d times, and distributed to both for a moment %d times, want at least 12, and at most a quarter of them", moves, overlaps)
	}
}
