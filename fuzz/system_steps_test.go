package fuzz

import (
	"errors"
	"slices"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// opcode selects what a step of a script does with its two arguments a and b. The two
// highest bits of its octet hold the port.
type opcode byte

const (
	opLink      opcode = iota // carrier and duplex a, speed b
	opPeer                    // field a of the peer at the other end becomes b
	opHear                    // receive a LACPDU that has our state; with a not 0, in state b
	opEcho                    // receive a LACPDU that repeats our field a wrongly, in state b
	opTalk                    // receive LACPDUs on all ports but those of bits b each second, for up to 16 s
	opWait                    // let a times 50 ms and b seconds pass, served in time
	opLate                    // the same, but served only at the end
	opDue                     // let time pass up to the deadline
	opLook                    // call all methods that only read
	opFrame                   // a frame of kind a, of length b
	opRaw                     // the next a octets are a frame
	opFailed                  // sending the LACPDU failed
	opGate                    // gate a, level b
	opDrain                   // a: drain, undrain, flushed
	opPort                    // field a of the port's configuration becomes b
	opConfig                  // field a of the System's becomes b
	opRemove                  // the port is removed
	opAdd                     // the port is added
	opRestart                 // restart from a saved state, after a times 50 ms and b seconds
	opWrong                   // invalid inputs of kind a
	opSystem                  // set priority a and address b of the System
	opResume                  // restore the saved state to the same System
	opTimedGate               // gate a & 7, level 2, closes after b times 50 ms, with the reason of a >> 3; b 255: at once
	opForeign                 // a ports of other Systems, in the states of the bits of b
	opcodes
)

// step takes one input other than opRaw.
func (r *systemRun) step(op opcode, n lacp.PortNumber, a, b byte) {
	p := &r.ports[n-1]
	span := time.Duration(a)*50*time.Millisecond + time.Duration(b)*time.Second
	switch op {
	case opLink:
		r.result(n, r.sys.SetLink(r.now, n, linkOf(a, b)))
	case opPeer:
		r.setPeer(p, a, b)
	case opHear:
		pdu := r.pduOf(n)
		if a != 0 {
			pdu.Actor.State = lacp.State(b)
		}
		r.receive(n, pdu)
	case opEcho:
		r.receive(n, r.echo(n, a, lacp.State(b)))
	case opTalk:
		for range 1 + a&15 {
			r.until(r.now.Add(time.Second))
			r.talk(b)
			r.check()
		}
	case opWait:
		r.until(r.now.Add(span))
	case opLate:
		r.serve(r.now.Add(span))
	case opDue:
		if at := r.sys.Deadline(); !at.IsZero() {
			r.serve(at)
		}
	case opLook:
		r.look()
	case opFrame:
		r.frame(n, a, b)
	case opFailed:
		r.sys.TransmitFailed(r.now, n)
	case opGate:
		r.setGate(n, a, b)
	case opDrain:
		r.result(n, []func(time.Time, lacp.PortNumber) error{r.sys.Drain, r.sys.Undrain, r.sys.Flushed}[a%3](r.now, n))
	case opPort:
		r.setPort(n, a, b)
	case opConfig:
		r.setConfig(a, b)
	case opRemove:
		p.present, p.sent = false, nil
		if err := r.sys.RemovePort(r.now, n); err != nil && !errors.Is(err, lacp.ErrNoPort) {
			r.t.Fatal(err)
		}
	case opAdd:
		r.add(n)
	case opRestart:
		r.restart(span)
	case opResume:
		r.sys.Restore(r.now, r.sys.Save(r.now))
	case opTimedGate:
		r.timeGate(n, a, b)
	case opForeign:
		r.setForeign(a, b)
	case opWrong:
		r.wrong(a)
	case opSystem:
		c := r.config
		c.System = lacp.SystemID{Priority: uint16(a) << 8, MAC: lacp.MAC{b & 3, 0, 0, 0, 0, b}}
		r.reconfigure(c, func() error { return r.sys.SetSystem(r.now, c.System) })
	}
}

func (r *systemRun) setGate(n lacp.PortNumber, gate, level byte) {
	name := "" // rejected, like more than lacp.MaxGates
	if gate %= 20; gate > 0 {
		name = "gate " + string('a'+rune(gate))
	}
	before := r.snapshot()
	switch err := r.sys.SetGate(r.now, n, name, lacp.Gate(level&3)); {
	case err == nil, errors.Is(err, lacp.ErrNoPort) && !r.ports[n-1].present:
	default:
		r.refused(before, err)
	}
}

// timeGate sets a gate that closes by itself.
func (r *systemRun) timeGate(n lacp.PortNumber, a, b byte) {
	reasons := [...]lacp.ReasonCode{0, lacp.ReasonPermissionLost, lacp.ReasonStandbyChassis, lacp.ReasonNotReady, lacp.ReasonChassisDiffers, lacp.ReasonNoStore}
	to := lacp.GateState{Level: lacp.GateSynchronization, Reason: reasons[int(a>>3)%len(reasons)], Have: "h", Want: "w"}
	if b < 255 {
		to.Until = r.now.Add(time.Duration(b) * 50 * time.Millisecond)
	}
	if err := r.sys.SetGateState(r.now, n, "timed "+string('a'+rune(a&7)), to); !errors.Is(err, lacp.ErrNoPort) || r.ports[n-1].present {
		r.must(err)
	}
}

// setForeign sets ports of other Systems. Those of the script's ports lead to the same partners.
func (r *systemRun) setForeign(count, bits byte) {
	foreign := make([]lacp.Foreign, count%8)
	for i := range foreign {
		p := r.ports[i%len(r.ports)]
		foreign[i] = lacp.Foreign{
			Port: lacp.PortID{Priority: uint16(bits) << 8, Number: lacp.PortNumber(100 + i)}, Key: p.config.Key, Partner: p.peer,
			Usable: bits&1 != 0, Attached: bits&2 != 0, Distributing: bits&4 != 0, FallbackDue: bits&8 != 0,
		}
		if bits&16 != 0 {
			foreign[i].Partner = lacp.Info{}
		}
	}
	if bits&0x80 != 0 && len(foreign) > 1 { // refused
		before := r.snapshot()
		foreign[1].Port.Number = foreign[0].Port.Number
		r.refused(before, r.sys.SetForeign(r.now, foreign))
		return
	}
	r.must(r.sys.SetForeign(r.now, foreign))
}

func linkOf(a, b byte) lacp.Link {
	speeds := [...]uint32{0, 1000, 3000, 10000}
	return lacp.Link{Up: a&1 != 0, Duplex: lacp.Duplex(a >> 1 % 3), SpeedMbps: speeds[b%4]}
}

// snapshot returns the status of all ports after all actions are done.
func (r *systemRun) snapshot() []lacp.PortStatus {
	r.drainActions()
	return slices.Collect(r.sys.Ports())
}

// pduOf returns a LACPDU of the other end, which has our newest state.
func (r *systemRun) pduOf(n lacp.PortNumber) lacp.PDU {
	st, _ := r.sys.Port(n)
	return lacp.PDU{Actor: r.ports[n-1].peer, Partner: st.Actor}
}

// echo receives a LACPDU of the other end that repeats one of our fields wrongly.
func (r *systemRun) echo(n lacp.PortNumber, field byte, state lacp.State) lacp.PDU {
	pdu := r.pduOf(n)
	pdu.Actor.State = state
	switch us := &pdu.Partner; field % 6 {
	case 0:
		us.System.MAC[3]++
	case 1:
		us.Key++
	case 2:
		us.Port.Number++
	case 3:
		us.State ^= lacp.StateAggregation
	case 4:
		us.State ^= lacp.StateActivity
	case 5:
		*us = lacp.Info{}
	}
	return pdu
}

func (r *systemRun) receive(n lacp.PortNumber, pdu lacp.PDU) {
	b, err := pdu.MarshalBinary()
	r.must(err)
	kind, err := r.sys.Receive(r.now, n, frameOf(b))
	r.result(n, err)
	if err == nil && kind != lacp.SlowLACPDU {
		r.t.Fatalf("a LACPDU is taken as %v", kind)
	}
}

// talk makes the other end of each link that is up, except those in mute, send a LACPDU.
func (r *systemRun) talk(mute byte) {
	for i := range r.ports {
		n := lacp.PortNumber(1 + i)
		if st, ok := r.sys.Port(n); ok && st.Link.Up && mute>>i&1 == 0 {
			r.receive(n, r.pduOf(n))
		}
	}
}

// frame passes in a frame of the given length with another destination, tag or subtype
// than a LACPDU's.
func (r *systemRun) frame(n lacp.PortNumber, kind, length byte) {
	pdu := r.pduOf(n)
	body, err := pdu.MarshalBinary()
	r.must(err)
	body[0] = kind & 15
	if body[0] == 2 { // a Marker
		body[2], body[3] = 1+length&3, 16+length>>2&1
		length = byte(len(body))
	}
	frame := frameOf(body[:min(int(length), len(body))])
	frame[5] = kind >> 4 & 3 // 01:80:c2:00:00:01 is not one of the three group addresses
	switch kind >> 6 {
	case 1:
		frame = slices.Insert(frame, 12, 0x81, 0, 0, length&1)
	case 2:
		frame[12] = 0x08
	}
	r.raw(n, frame)
}

// raw passes in any frame.
func (r *systemRun) raw(n lacp.PortNumber, frame []byte) {
	parsed := lacp.ParseSlow(frame)
	got, err := r.sys.Receive(r.now, n, frame)
	switch {
	case !r.ports[n-1].present:
		r.result(n, err)
	case got != parsed.Kind && got != lacp.SlowUnknown, err != nil && !errors.Is(err, parsed.Err):
		r.t.Fatalf("%v, %v is taken as %v, %v", parsed.Kind, parsed.Err, got, err)
	}
}

func (r *systemRun) add(n lacp.PortNumber) {
	p := &r.ports[n-1]
	before := r.snapshot()
	err := r.sys.AddPort(r.now, p.config)
	if p.present {
		if !errors.Is(err, lacp.ErrPortExists) {
			r.t.Fatalf("port %d added twice: got error %v", n, err)
		}
		r.unchanged(before)
		return
	}
	r.must(err)
	*p = portRun{config: p.config, peer: p.peer, present: true}
}

// restart saves the System and restores another from it.
func (r *systemRun) restart(after time.Duration) {
	r.drainActions()
	b, err := r.sys.Save(r.now).MarshalBinary()
	r.must(err)
	var saved lacp.Saved
	r.must(saved.UnmarshalBinary(b))
	again, err := saved.MarshalBinary()
	if r.must(err); !slices.Equal(again, b) {
		r.t.Fatalf("%x became %x", b, again)
	}
	links := slices.Collect(r.sys.Ports())
	r.now = r.now.Add(after)
	r.sys, err = lacp.NewSystem(r.config)
	r.must(err)
	r.sys.Restore(r.now, saved)
	for _, st := range links {
		p := &r.ports[st.Config.Number-1]
		p.sent, p.mux = nil, lacp.Mux{}
		r.must(r.sys.AddPort(r.now, st.Config))
	}
	for _, st := range links {
		r.must(r.sys.SetLink(r.now, st.Config.Number, st.Link))
	}
}

// wrong makes invalid inputs for a port and for port numbers that do not exist.
func (r *systemRun) wrong(which byte) {
	const none = 999
	before := r.snapshot()
	errs := []error{
		r.sys.SetLink(r.now, none, lacp.Link{Up: true}),
		r.sys.RemovePort(r.now, none),
		r.sys.SetGate(r.now, none, "g", lacp.GateOpen),
		r.sys.Drain(r.now, none),
		r.sys.SetPort(r.now, lacp.PortConfig{Number: none, Key: 1, MAC: macB}),
	}
	_, err := r.sys.Receive(r.now, none, nil)
	for _, err := range append(errs, err) {
		if !errors.Is(err, lacp.ErrNoPort) {
			r.t.Fatalf("an input for a missing port: got error %v", err)
		}
	}
	r.sys.TransmitFailed(r.now, none)
	if _, ok := r.sys.Port(none); ok || r.sys.History(none) != nil || !r.sys.Since(none, 0).IsZero() ||
		r.sys.OffAggregatorReason(none, 1).Code != lacp.ReasonLostElection {
		r.t.Fatal("got a status for a missing port")
	}
	var none0 lacp.PortConfig
	r.refused(before, r.sys.AddPort(r.now, none0))
	r.refused(before, r.sys.SetPort(r.now, none0))
	c := r.config
	c.System.MAC = lacp.MAC{which & 1}
	if _, err = lacp.NewSystem(c); err == nil {
		r.t.Fatalf("got a System with the address %v, want an error", c.System.MAC)
	}
	r.refused(before, err)
	// A time before that of an earlier input counts as the earlier input's time.
	r.sys.Advance(r.now.Add(-time.Duration(which) * time.Second))
	r.unchanged(before)
}

// look calls all methods that only read. They must not change anything.
func (r *systemRun) look() {
	before := r.snapshot()
	for _, st := range before {
		n := st.Config.Number
		for a := range r.sys.Aggregators() {
			reason := r.sys.OffAggregatorReason(n, a.ID)
			if reason.String() == "invalid" || reason.Code.Advice() == "" {
				r.t.Fatalf("port %d, aggregator %d: OffAggregatorReason() = %v, want a valid code with advice", n, a.ID, reason)
			}
			if a.LAGID.String() == "" {
				r.t.Fatal("got a LAG without text")
			}
		}
		r.sys.OffAggregatorReason(n, lacp.AggregatorID(n))
		if st.Reason.Code.Severity() > lacp.SeverityError || (st.Reason.Code.Advice() == "") != (st.Reason.Code.Severity() == lacp.SeverityOK) {
			r.t.Fatalf("reason %v of severity %v: got advice %q", st.Reason, st.Reason.Code.Severity(), st.Reason.Code.Advice())
		}
		history := r.sys.History(n)
		if len(history) > lacp.HistoryLen {
			r.t.Fatalf("got %d transitions in the history", len(history))
		}
		for i, h := range history {
			if r.trace(h); i > 0 && h.At.Before(history[i-1].At) {
				r.t.Fatalf("port %d: got %v before %v in the history", n, h, history[i-1])
			}
		}
		for m := lacp.MachineReceive; m <= lacp.MachinePartnerChurn; m++ {
			if at := r.sys.Since(n, m); at.After(r.now) {
				r.t.Fatalf("port %d: %v since %v, it is %v", n, m, at, r.now)
			}
		}
	}
	r.lookAtCandidates()
	if r.sys.Stalls().Longest < 0 || r.sys.String() == "" || r.sys.ID() != r.config.System {
		r.t.Fatalf("%v with %+v", r.sys, r.sys.Stalls())
	}
	for range r.sys.Ports() {
		break // breaking out of the loop is allowed
	}
	for range r.sys.Aggregators() {
		break
	}
	r.sys.Advance(r.now) // once served, the System has nothing more to do
	r.unchanged(before)
}

func (r *systemRun) lookAtCandidates() {
	for policy := lacp.PolicyStable; policy <= lacp.PolicyPortPriority; policy++ {
		all := r.sys.Candidates(policy, 2)
		for i, c := range all {
			if c.Collecting == 0 || c.Distributing > c.Collecting || c.Partner == r.config.System {
				r.t.Fatalf("%v: candidate %+v", policy, c)
			}
			if i > 0 && c.Distributing > 0 && all[0].Distributing == 0 {
				r.t.Fatalf("%v prefers a LAG that carries nothing", policy)
			}
		}
	}
}
