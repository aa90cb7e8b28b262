package fuzz

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// FuzzSystem: octets become a configuration, inputs and time. Whatever comes, a
// port that distributes collects and is in sync with a partner that is, its
// reason agrees, no more than three LACPDUs leave in a second, and what was saved
// can be restored.
func FuzzSystem(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 2, 0x3d, 3, 200, 2, 0x3f, 1, 5, 3, 255, 4, 9})
	f.Add([]byte{1, 0, 0, 0, 1, 0, 2, 2, 0x05, 3, 40, 2, 0x0d, 3, 1, 2, 0x1d, 3, 1, 2, 0x3d})
	f.Add([]byte{0xff, 0xff, 0xff, 0, 1, 2, 0x3f, 3, 60, 2, 0x3f, 9, 1, 9, 2, 10, 0, 11, 0, 12, 0, 13, 9, 14, 5, 15, 0})
	f.Add([]byte{0x10, 0x21, 0, 0, 1, 0x80, 1, 3, 61, 3, 61, 8, 1, 8, 2, 8, 0, 2, 0x3d, 10, 0, 4, 0, 4, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) < 3 || len(script) > 4096 {
			return
		}
		r := &systemRun{t: t, now: time.Unix(0, 0), sent: make(map[lacp.PortNumber][]time.Time)}
		r.start(script[0], script[1], script[2])
		for i := 3; i+1 < len(script); i += 2 {
			r.step(script[i], script[i+1], script[i:])
			r.check()
		}
		r.restart(script[0])
	})
}

type systemRun struct {
	t      *testing.T
	sys    *lacp.System
	config lacp.Config
	now    time.Time
	sent   map[lacp.PortNumber][]time.Time
	gone   [2]bool
}

// configOf makes a valid configuration of three octets.
func configOf(a, b, c byte) lacp.Config {
	bit := func(v byte, n int) bool { return v>>n&1 != 0 }
	cfg := lacp.Config{
		System:            lacp.SystemID{Priority: 0x7fff + uint16(a>>7)*2, MAC: macA},
		RequirePartner:    bit(a, 0),
		HeedExpired:       bit(a, 1),
		LeadPartner:       bit(a, 2),
		WithdrawOnExpired: bit(a, 3),
		NonRevertive:      bit(a, 4),
		LinkNotifications: bit(a, 5),
		AdminDown:         bit(a, 6) && bit(b, 7),
		MaxLinks:          int(b & 1),
		MinLinks:          int(b >> 1 & 1),
		Aggregators:       int(b >> 2 & 1),
		WaitToRestore:     time.Duration(b>>3&3) * time.Second,
		StallTolerance:    time.Duration(b>>5&1) * time.Second,
		AggregateWait:     time.Duration(c&1) * -1,
	}
	if cfg.RequirePartner {
		cfg.Fallback = lacp.Fallback(c >> 1 % 3)
		cfg.FallbackTimeout = time.Duration(c>>3&3) * time.Second
	}
	if bit(c, 5) {
		cfg.Dampening = lacp.Dampening{HalfLife: time.Second}
	}
	return cfg
}

func portOf(n lacp.PortNumber, arg byte) lacp.PortConfig {
	mac := macA
	mac[5] += byte(n)
	return lacp.PortConfig{
		Number: n, Key: 1 + lacp.Key(arg>>6&1), MAC: mac, Priority: uint16(arg >> 4 & 3),
		ShortTimeout: arg&1 == 0, CoupledControl: arg&2 != 0, Passive: arg&4 != 0, Individual: arg&8 != 0,
		Disabled: arg == 0xff, TimeoutMultiplier: arg >> 7 * 2,
	}
}

func (r *systemRun) start(a, b, c byte) {
	r.config = configOf(a, b, c)
	var err error
	if r.sys, err = lacp.NewSystem(r.config); err != nil {
		r.t.Fatal(err)
	}
	for n := lacp.PortNumber(1); n <= 2; n++ {
		r.must(r.sys.AddPort(r.now, portOf(n, c>>6)))
	}
}

func (r *systemRun) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// step takes one input. rest is what follows in the script.
func (r *systemRun) step(op, arg byte, rest []byte) {
	n := lacp.PortNumber(1 + op>>7)
	if r.gone[n-1] && op&15 != 3 && op&15 != 4 {
		r.must(r.sys.AddPort(r.now, portOf(n, arg)))
		r.gone[n-1] = false
		delete(r.sent, n) // its farewell was not limited
		return
	}
	pdu := healthy()
	switch op & 15 {
	case 0:
		r.must(r.sys.SetLink(r.now, n, lacp.Link{Up: arg&1 != 0, SpeedMbps: uint32(arg>>1&1) * 1000, Duplex: lacp.Duplex(arg >> 2 % 3)}))
	case 1:
		pdu.Partner.Port.Number = n
		pdu.Actor.Port.Number += lacp.PortNumber(arg & 1)
		pdu.Actor.State = lacp.State(arg)
		r.receive(n, pdu)
	case 2:
		st, _ := r.sys.Port(n)
		pdu.Partner = st.Actor
		pdu.Actor.Port.Number += n
		pdu.Actor.State = lacp.State(arg)
		r.receive(n, pdu)
	case 3:
		r.now = r.now.Add(time.Duration(arg) * 50 * time.Millisecond)
		r.sys.Advance(r.now)
	case 4:
		// What is only looked at must not panic, and agree.
		carrying := 0
		for a := range r.sys.Aggregators() {
			carrying += a.Distributing
			if a.Up && (a.Distributing == 0 || r.config.AdminDown) {
				r.t.Fatalf("aggregator %d is up with %d ports", a.ID, a.Distributing)
			}
			for p := range r.sys.Ports() {
				if text := r.sys.Apart(p.Config.Number, a.ID).String() + p.Reason.String() + p.Reason.Code.Advice(); text == "" {
					r.t.Fatal("no reason")
				}
				if p.Usable() {
					carrying--
				}
			}
		}
		for policy := lacp.PolicyStable; policy <= lacp.PolicyPortPriority; policy++ {
			for i, c := range r.sys.Candidates(policy, 1) {
				if i > 0 && c.Distributing > 0 && r.sys.Candidates(policy, 1)[0].Distributing == 0 {
					r.t.Fatalf("%v prefers a LAG that carries nothing", policy)
				}
			}
		}
		if carrying > 2 || r.sys.Stalls().Longest < 0 {
			r.t.Fatalf("%d ports carry data", carrying)
		}
		if at := r.sys.Deadline(); !at.IsZero() {
			r.now = at
			r.sys.Advance(r.now)
		}
	case 5:
		r.sys.Receive(r.now, n, rest)
	case 6:
		r.sys.Receive(r.now, n, frameOf(append([]byte{arg}, rest...)))
	case 7:
		r.sys.TransmitFailed(r.now, n)
	case 8:
		r.must(r.sys.SetGate(r.now, n, "gate", lacp.Gate(arg%3)))
	case 9:
		r.must(r.sys.Drain(r.now, n))
	case 10:
		r.must(r.sys.Undrain(r.now, n))
	case 11:
		r.must(r.sys.Flushed(r.now, n))
	case 12:
		r.must(r.sys.SetPort(r.now, portOf(n, arg)))
	case 13:
		r.config = configOf(arg, op, arg>>1)
		r.must(r.sys.SetConfig(r.now, r.config))
	case 14:
		r.must(r.sys.RemovePort(r.now, n))
		r.gone[n-1] = true
	case 15: // another partner, or ourselves
		st, _ := r.sys.Port(n)
		pdu.Partner = st.Actor
		pdu.Actor.State = 0x3d
		switch arg & 3 {
		case 0:
			pdu.Actor.System = r.sys.ID()
		case 1:
			pdu.Actor = st.Actor
		case 2:
			pdu.Actor.Key += lacp.Key(arg)
		default:
			pdu.Actor.System.MAC[0] = arg
		}
		r.receive(n, pdu)
	}
}

func (r *systemRun) receive(n lacp.PortNumber, p lacp.PDU) {
	b, _ := p.MarshalBinary()
	if _, err := r.sys.Receive(r.now, n, frameOf(b)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *systemRun) check() {
	for _, a := range r.sys.Actions() {
		if a.Kind != lacp.ActionTransmit || r.gone[a.Port-1] {
			continue
		}
		s := append(r.sent[a.Port], r.now)
		if len(s) > 3 && s[len(s)-1].Sub(s[len(s)-4]) < time.Second {
			r.t.Fatalf("four LACPDUs within %v", s[len(s)-1].Sub(s[len(s)-4]))
		}
		r.sent[a.Port] = s
	}
	for p := range r.sys.Ports() {
		state := p.Actor.State
		collecting := state.Has(lacp.StateCollecting)
		switch {
		case !state.Has(lacp.StateDistributing):
			if p.Reason.Code == lacp.ReasonDistributing {
				r.t.Fatalf("port %d in state %v has reason %v", p.Config.Number, state, p.Reason)
			}
		case !collecting || !state.Has(lacp.StateSynchronization) || !p.Link.Up:
			r.t.Fatalf("port %d distributes with state %v, link %+v", p.Config.Number, state, p.Link)
		case !p.Partner.State.Has(lacp.StateSynchronization):
			r.t.Fatalf("port %d distributes to a partner in state %v", p.Config.Number, p.Partner.State)
		}
		if p.Reason.Code.String() == "invalid" {
			r.t.Fatalf("port %d has reason %d", p.Config.Number, p.Reason.Code)
		}
		if h := r.sys.History(p.Config.Number); len(h) > lacp.HistoryLen {
			r.t.Fatalf("%d transitions are remembered", len(h))
		}
	}
	if at := r.sys.Deadline(); !at.IsZero() && at.Before(r.now.Add(-time.Minute*20)) {
		r.t.Fatalf("the deadline is %v ago", r.now.Sub(at))
	}
}

// restart saves the System and restores another from it.
func (r *systemRun) restart(flags byte) {
	b, err := r.sys.Save(r.now).MarshalBinary()
	r.must(err)
	var saved lacp.Saved
	r.must(saved.UnmarshalBinary(b))
	old := r.sys
	r.now = r.now.Add(time.Duration(flags) * 10 * time.Millisecond)
	r.sys, err = lacp.NewSystem(r.config)
	r.must(err)
	r.sys.Restore(r.now, saved)
	clear(r.sent)
	for p := range old.Ports() {
		r.must(r.sys.AddPort(r.now, p.Config))
		r.must(r.sys.SetLink(r.now, p.Config.Number, p.Link))
	}
	r.check()
}

// FuzzSaved: what decodes encodes to the same octets, and any System takes it.
func FuzzSaved(f *testing.F) {
	empty, _ := lacp.Saved{At: time.Unix(1, 2)}.MarshalBinary()
	f.Add(empty)
	p := healthy()
	one, _ := lacp.Saved{At: time.Unix(1, 2), Ports: []lacp.SavedPort{{
		Actor: p.Partner, Partner: p.Actor, Mux: lacp.MuxDistributing, Aggregator: 1, Valid: time.Second}}}.MarshalBinary()
	f.Add(one)
	f.Add(one[:len(one)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		var saved lacp.Saved
		if saved.UnmarshalBinary(b) != nil {
			return
		}
		out, _ := saved.MarshalBinary()
		var again lacp.Saved
		if err := again.UnmarshalBinary(out); err != nil || len(out) != len(b) || !again.At.Equal(saved.At) {
			t.Fatalf("%d octets became %d: %v", len(b), len(out), err)
		}
		r := &systemRun{t: t, now: saved.At, sent: make(map[lacp.PortNumber][]time.Time)}
		r.start(0, 0, 0)
		r.sys.Restore(r.now, saved)
		for n := lacp.PortNumber(1); n <= 2; n++ {
			r.must(r.sys.SetLink(r.now, n, lacp.Link{Up: true}))
		}
		for range 20 {
			r.check()
			r.step(4, 0, nil)
		}
	})
}
