package lacp

import (
	"testing"
	"time"
)

// start is the time when tests begin.
var start = time.Unix(1_000_000, 0)

func newSystem(tb testing.TB, c Config) *System {
	tb.Helper()
	s, err := NewSystem(c)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func addPort(tb testing.TB, s *System, now time.Time, c PortConfig) {
	tb.Helper()
	if err := s.AddPort(now, c); err != nil {
		tb.Fatal(err)
	}
}

// pduFrame returns the frame of a LACPDU from a partner.
func pduFrame(p PDU) []byte {
	a := Action{PDU: p, Source: p.Actor.System.MAC, Destination: SlowProtocolsMulticast}
	return a.AppendFrame(nil)
}

// dut is a System under test with a record of its actions, and a healthy partner for
// each of its ports.
type dut struct {
	*System
	t     testing.TB
	now   time.Time
	sent  map[PortNumber][]PDU
	times map[PortNumber][]time.Duration // of sent, since start
	trace []Transition
	muxes map[PortNumber]Mux // of the last ActionMux
	links []bool             // of ActionLink
	told  []ActionKind       // the other actions
}

var (
	ourSystem     = SystemID{0x8000, MAC{2, 0, 0, 0, 0, 0x0a}}
	partnerSystem = SystemID{0x8000, MAC{2, 0, 0, 0, 0, 0x0b}}
)

// newDUT returns a System with the given ports. Their links are down. Ports without a
// number, key or MAC get one.
func newDUT(tb testing.TB, c Config, ports ...PortConfig) *dut {
	tb.Helper()
	d := &dut{t: tb, now: start, sent: map[PortNumber][]PDU{}, times: map[PortNumber][]time.Duration{}, muxes: map[PortNumber]Mux{}}
	if c.System == (SystemID{}) {
		c.System = ourSystem
	}
	c.Trace = func(tr Transition) { d.trace = append(d.trace, tr); noteGuard(tr) }
	d.System = newSystem(tb, c)
	for i, p := range ports {
		addPort(tb, d.System, d.now, portDefaults(i, p))
	}
	d.drain()
	return d
}

func portDefaults(i int, p PortConfig) PortConfig {
	if p.Number == 0 {
		p.Number = PortNumber(i + 1)
	}
	if p.Key == 0 {
		p.Key = 1
	}
	if p.MAC == (MAC{}) {
		p.MAC = MAC{2, 0, 0, 0, 1, byte(p.Number)}
	}
	return p
}

func (d *dut) drain() {
	d.t.Helper()
	for _, a := range d.Actions() {
		if a.Kind == ActionTransmit {
			d.sent[a.Port] = append(d.sent[a.Port], a.PDU)
			d.times[a.Port] = append(d.times[a.Port], d.now.Sub(start))
			continue
		}
		if a.Kind == ActionLink {
			d.links = append(d.links, a.Up)
			continue
		}
		if a.Kind != ActionMux {
			d.told = append(d.told, a.Kind)
			continue
		}
		if d.muxes[a.Port] == a.Mux {
			d.t.Errorf("port %d: a second ActionMux with %+v", a.Port, a.Mux)
		}
		d.muxes[a.Port] = a.Mux
	}
	if finding := d.Unsettled(); finding != "" {
		d.t.Errorf("%v: %s", d.now.Sub(start), finding)
	}
}

// do handles the error of a System's method and carries out the actions.
func (d *dut) do(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	d.drain()
}

// keepUp passes the healthy LACPDU, with changes, to the ports every second for a
// time.
func (d *dut) keepUp(t time.Duration, numbers []PortNumber, changes ...func(*PDU)) {
	d.t.Helper()
	for ; t > 0; t -= time.Second {
		for _, n := range numbers {
			d.hear(n, changes...)
		}
		d.pass(time.Second)
	}
	for _, n := range numbers {
		d.hear(n, changes...)
	}
}

// forget drops the record of LACPDUs sent so far.
func (d *dut) forget() {
	clear(d.sent)
	clear(d.times)
	d.trace = nil
}

func (d *dut) link(n PortNumber, l Link) {
	d.t.Helper()
	if err := d.SetLink(d.now, n, l); err != nil {
		d.t.Fatal(err)
	}
	d.drain()
}

func (d *dut) up(numbers ...PortNumber) {
	d.t.Helper()
	for _, n := range numbers {
		d.link(n, Link{Up: true})
	}
}

func (d *dut) down(n PortNumber) {
	d.t.Helper()
	st := d.port(n)
	l := st.Link
	l.Up = false
	d.link(n, l)
}

// pass advances time, and checks every deadline.
func (d *dut) pass(t time.Duration) {
	d.t.Helper()
	end := d.now.Add(t)
	for {
		at := d.Deadline()
		if at.IsZero() || at.After(end) {
			break
		}
		if at.Before(d.now) {
			d.t.Fatalf("deadline %v is past, it is %v", at.Sub(start), d.now.Sub(start))
		}
		d.now = at
		d.Advance(d.now)
		d.drain()
		if next := d.Deadline(); !next.IsZero() && !next.After(d.now) {
			d.t.Fatalf("after Advance at %v the deadline is %v", d.now.Sub(start), next.Sub(start))
		}
	}
	d.now = end
}

func (d *dut) port(n PortNumber) PortStatus {
	d.t.Helper()
	st, ok := d.Port(n)
	if !ok {
		d.t.Fatalf("no port %d", n)
	}
	return st
}

// healthy returns the LACPDU of a partner that is up and has heard us. It is Active,
// Long, aggregatable, in sync, and has the port's number plus 100.
func (d *dut) healthy(n PortNumber) PDU {
	d.t.Helper()
	return PDU{Version: 1, Partner: d.port(n).Actor, Actor: Info{
		System: partnerSystem, Key: 2, Port: PortID{0x8000, n + 100}, State: 0x3d}}
}

// hear passes the healthy LACPDU, with changes, to the port.
func (d *dut) hear(n PortNumber, changes ...func(*PDU)) {
	d.t.Helper()
	pdu := d.healthy(n)
	for _, change := range changes {
		change(&pdu)
	}
	if kind, err := d.Receive(d.now, n, pduFrame(pdu)); kind != SlowLACPDU || err != nil {
		d.t.Fatalf("Receive returned %v, %v", kind, err)
	}
	d.drain()
}

// establish brings ports to DISTRIBUTING.
func (d *dut) establish(numbers ...PortNumber) {
	d.t.Helper()
	d.up(numbers...)
	for range 3 {
		for _, n := range numbers {
			d.hear(n)
		}
		d.pass(2 * time.Second)
	}
	for _, n := range numbers {
		d.hear(n)
		if st := d.port(n); !st.Usable() {
			d.t.Fatalf("port %d did not come up: %v, %v", n, st.Reason, st.Mux)
		}
	}
	d.pass(time.Second) // until the transmit limit allows LACPDUs again
	d.forget()
}

func (d *dut) usable(n PortNumber) bool {
	d.t.Helper()
	st := d.port(n)
	return st.Usable()
}

// says sets the state octet of the partner's LACPDUs.
func says(s State) func(*PDU) { return func(p *PDU) { p.Actor.State = s } }

// states returns the state octets that port 1 sent.
func (d *dut) states() (s []State) {
	for _, pdu := range d.sent[1] {
		s = append(s, pdu.Actor.State)
	}
	return s
}

// wants fails unless port 1 is in a Mux state with this state octet.
func (d *dut) wants(mux MuxState, actor State) {
	d.t.Helper()
	if st := d.port(1); st.Mux != mux || st.Actor.State != actor {
		d.t.Errorf("%v: %v with state %02x, want %v with %02x", d.now.Sub(start), st.Mux, uint8(st.Actor.State), mux, uint8(actor))
	}
}

// attached returns a System whose port 1 is ATTACHED to a partner that is not in sync.
func attached(t *testing.T, p PortConfig) *dut {
	t.Helper()
	d := newDUT(t, Config{}, p)
	d.up(1)
	d.hear(1, says(0x05))
	d.pass(2 * time.Second)
	d.wants(MuxAttached, 0x0d)
	return d
}

// notInSync changes a partner's LACPDU to show the partner out of sync.
func notInSync(p *PDU) { p.Actor.State &^= StateSynchronization }

// unsynced changes a partner's LACPDU to show us out of sync.
func unsynced(p *PDU) { p.Partner.State &^= StateSynchronization }

// causes returns why Selected of a port changed.
func (d *dut) causes(n PortNumber) (why []string) {
	for _, tr := range d.trace {
		if tr.Port == n && tr.Machine == MachineSelection {
			why = append(why, tr.Why)
		}
	}
	return why
}

// testPort returns a port of a new System. Its timers are stopped and its machines are
// in no particular state. Tests set what they need.
func testPort(tb testing.TB) (*System, *port) {
	tb.Helper()
	s := newSystem(tb, Config{System: SystemID{MAC: MAC{2, 0, 0, 0, 0, 10}}})
	addPort(tb, s, start, PortConfig{Number: 1, Key: 1, MAC: MAC{2, 0, 0, 0, 1, 10}})
	s.Actions()
	return s, s.byNumber.get(1)
}

// from changes the partner that a LACPDU comes from.
func from(system byte, key Key) func(*PDU) {
	return func(p *PDU) { p.Actor.System.MAC[5], p.Actor.Key = system, key }
}

// set changes the configuration of port 1.
func (d *dut) set(change func(*PortConfig)) {
	d.t.Helper()
	c := d.port(1).Config
	change(&c)
	if err := d.SetPort(d.now, c); err != nil {
		d.t.Fatal(err)
	}
	d.drain()
}
