package fuzz

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// FuzzSystem turns octets into inputs of a System and time, three octets for each step (see
// opcode). For any input, a port distributes only when it may, and its reason and its data
// path agree. An aggregator holds ports of one LAG and no more than it may use. A port
// sends no more than three LACPDUs in a second. A System that was served has nothing more
// to do. Rejected input changes nothing, and a saved state can be restored.
func FuzzSystem(f *testing.F) {
	for _, seed := range systemSeeds {
		f.Add(seed.script)
	}
	for _, frames := range captureFrames(f) {
		f.Add(scriptOfFrames(frames))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) < 1 || len(script) > 1+3*500 {
			return
		}
		runSystem(t, script)
	})
}

// TestSystemSeeds checks that each seed reaches its reason.
func TestSystemSeeds(t *testing.T) {
	for _, seed := range systemSeeds {
		t.Run(seed.name, func(t *testing.T) {
			r := runSystem(t, seed.script)
			if !r.reasons[seed.reason] {
				t.Errorf("no port ever had reason %v, want one", seed.reason)
			}
		})
	}
}

func runSystem(t *testing.T, script []byte) *systemRun {
	r := newSystemRun(t, time.Unix(0, 0), script[0])
	for rest := script[1:]; len(rest) >= 3; {
		op, n, a, b := opcode(rest[0]&63)%opcodes, lacp.PortNumber(1+rest[0]>>6), rest[1], rest[2]
		rest = rest[3:]
		if op == opRaw {
			var frame []byte
			frame, rest = rest[:min(int(a), len(rest))], rest[min(int(a), len(rest)):]
			r.raw(n, frame)
		} else {
			r.step(op, n, a, b)
		}
		r.check()
	}
	r.restart(time.Second)
	r.check()
	return r
}

// A systemRun is a System with its inputs and the actions it asked for.
type systemRun struct {
	t      *testing.T
	sys    *lacp.System
	config lacp.Config
	now    time.Time
	ports  [4]portRun
	// reasons records the reasons that ports had.
	reasons [256]bool
}

// portRun is one port of a systemRun, and the peer at the other end of its link.
type portRun struct {
	config  lacp.PortConfig
	present bool
	peer    lacp.Info
	sent    []time.Time
	mux     lacp.Mux
}

// newSystemRun starts a System with one to four ports.
func newSystemRun(t *testing.T, now time.Time, head byte) *systemRun {
	r := &systemRun{t: t, now: now, config: lacp.Config{System: lacp.SystemID{Priority: 0x8000, MAC: macA}}}
	if head&4 != 0 {
		r.config.Trace = r.trace
	}
	var err error
	r.sys, err = lacp.NewSystem(r.config)
	r.must(err)
	for i := range r.ports {
		p, n := &r.ports[i], lacp.PortNumber(1+i)
		mac := macA
		mac[5] += byte(n)
		p.config = lacp.PortConfig{Number: n, Key: 1, MAC: mac}
		p.peer = healthy().Actor
		p.peer.Port.Number = n
		if i <= int(head&3) {
			p.present = true
			r.must(r.sys.AddPort(now, p.config))
		}
	}
	r.check()
	return r
}

func (r *systemRun) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// result checks the error of an input for port n that cannot fail otherwise.
func (r *systemRun) result(n lacp.PortNumber, err error) {
	r.t.Helper()
	var want error
	if !r.ports[n-1].present {
		want = lacp.ErrNoPort
	}
	if !errors.Is(err, want) {
		r.t.Fatalf("port %d: got error %v, want %v", n, err, want)
	}
}

// refused checks that an error is a FieldError, and that nothing has changed.
func (r *systemRun) refused(before []lacp.PortStatus, err error) {
	r.t.Helper()
	var field *lacp.FieldError
	if !errors.As(err, &field) || field.Field == "" || len(err.Error()) < len(field.Field)+len(field.Value)+len(field.Allowed) {
		r.t.Fatalf("rejected with %v, want a FieldError", err)
	}
	r.unchanged(before)
}

// unchanged checks that no port has changed and that the System asks for no action.
func (r *systemRun) unchanged(before []lacp.PortStatus) {
	r.t.Helper()
	if after := slices.Collect(r.sys.Ports()); !slices.Equal(before, after) {
		r.t.Fatalf("want %+v\n got %+v", before, after)
	}
	if a := r.sys.Actions(); len(a) > 0 {
		r.t.Fatalf("the System asks for %+v, want no action", a)
	}
}

// trace checks that a transition names states of the standard.
func (r *systemRun) trace(t lacp.Transition) {
	if t.From == t.To || t.From == "invalid" || t.To == "invalid" || t.Machine.String() == "invalid" || t.Why == "" || len(t.String()) < 20 {
		r.t.Fatalf("got invalid transition %v", t)
	}
}

// serve lets time pass up to now.
func (r *systemRun) serve(now time.Time) {
	r.now = now
	r.sys.Advance(now)
	if at := r.sys.Deadline(); !at.IsZero() && !at.After(now) {
		r.t.Fatalf("served at %v, but due again at %v", now, at)
	}
}

// until serves the System at each of its deadlines, up to end.
func (r *systemRun) until(end time.Time) {
	for range 100 {
		at := r.sys.Deadline()
		if at.IsZero() || at.After(end) {
			break
		}
		r.serve(at)
		r.drainActions()
	}
	r.serve(end)
	r.drainActions()
}

// check checks the invariants. They hold after every input.
func (r *systemRun) check() {
	r.drainActions()
	for st := range r.sys.Ports() {
		r.checkPort(&st)
	}
	for a := range r.sys.Aggregators() {
		r.checkAggregator(&a)
	}
}

func (r *systemRun) checkPort(st *lacp.PortStatus) {
	n, state := st.Config.Number, st.Actor.State
	collecting, distributing := state.Has(lacp.StateCollecting), state.Has(lacp.StateDistributing)
	mux := r.ports[n-1].mux
	r.reasons[st.Reason.Code] = true
	switch {
	case distributing && (!collecting || !state.Has(lacp.StateSynchronization) || !st.Link.Up):
		r.t.Fatalf("port %d distributes with state %v, link %+v", n, state, st.Link)
	case distributing && !st.Partner.State.Has(lacp.StateSynchronization):
		r.t.Fatalf("port %d distributes to a partner in state %v", n, st.Partner.State)
	case st.Config.CoupledControl && collecting != distributing:
		r.t.Fatalf("port %d with coupled control in state %v", n, state)
	case st.AttachedAggregator != 0 && st.AttachedAggregator != st.SelectedAggregator:
		r.t.Fatalf("port %d is attached to %d, but has selected %d", n, st.AttachedAggregator, st.SelectedAggregator)
	case (st.Selected == lacp.Unselected) != (st.SelectedAggregator == 0):
		r.t.Fatalf("port %d is %v, aggregator %d", n, st.Selected, st.SelectedAggregator)
	case st.Usable() != distributing:
		r.t.Fatalf("port %d usable: %v, with state %v", n, st.Usable(), state)
	case mux.Distributing != (st.Reason.Code == lacp.ReasonDistributing):
		r.t.Fatalf("port %d with data path %+v has reason %v", n, mux, st.Reason)
	case mux.Distributing && (!mux.Collecting || !distributing), mux.Collecting && mux.Aggregator == 0:
		r.t.Fatalf("port %d in state %v has data path %+v", n, state, mux)
	case st.Reason.Code.String() == "invalid" || st.Reason.Since.After(r.now):
		r.t.Fatalf("port %d has reason %+v", n, st.Reason)
	}
}

func (r *systemRun) checkAggregator(a *lacp.AggregatorStatus) {
	selected, distributing := 0, 0
	for i, n := range a.Ports {
		if i > 0 && n <= a.Ports[i-1] {
			r.t.Fatalf("aggregator %d has ports %v", a.ID, a.Ports)
		}
		st, _ := r.sys.Port(n)
		if st.SelectedAggregator != a.ID || st.LAGID != a.LAGID {
			r.t.Fatalf("aggregator %d of %v has port %d of aggregator %d and %v", a.ID, a.LAGID, n, st.SelectedAggregator, st.LAGID)
		}
		if st.Selected == lacp.Selected {
			selected++
		}
		if st.Usable() {
			distributing++
		}
	}
	switch {
	case a.Individual && len(a.Ports) > 1:
		r.t.Fatalf("aggregator %d of an Individual link has ports %v", a.ID, a.Ports)
	case r.config.MaxLinks > 0 && selected > r.config.MaxLinks:
		r.t.Fatalf("aggregator %d has %d ports SELECTED, at most %d may be", a.ID, selected, r.config.MaxLinks)
	case a.Distributing != distributing:
		r.t.Fatalf("aggregator %d has %d ports distributing, but reports %d", a.ID, distributing, a.Distributing)
	case a.Up && (distributing == 0 || r.config.AdminDown):
		r.t.Fatalf("aggregator %d is up with %d ports", a.ID, distributing)
	}
}

// drainActions takes the actions that the System asks for.
func (r *systemRun) drainActions() {
	for _, a := range r.sys.Actions() {
		if a.Kind == lacp.ActionLink {
			continue
		}
		p := &r.ports[a.Port-1]
		switch a.Kind {
		case lacp.ActionMux:
			if a.Mux == p.mux {
				r.t.Fatalf("port %d: got action %+v again", a.Port, a.Mux)
			}
			p.mux = a.Mux
		case lacp.ActionTransmit:
			r.transmitted(p, &a)
		case lacp.ActionFlush, lacp.ActionDrained:
			if st, _ := r.sys.Port(a.Port); p.mux.Distributing || st.Drain == lacp.DrainNone {
				r.t.Fatalf("port %d: action %d in drain state %v, with data path %+v", a.Port, a.Kind, st.Drain, p.mux)
			}
		}
	}
}

// transmitted checks a LACPDU, and that it is not the fourth within one second.
func (r *systemRun) transmitted(p *portRun, a *lacp.Action) {
	var read lacp.PDU
	f := lacp.ParseSlow(a.AppendFrame(nil))
	if err := read.UnmarshalBinary(f.PDU); err != nil || read != a.PDU || !f.ToGroup() || f.Source != p.config.MAC {
		r.t.Fatalf("frame %+v of %+v reads as %+v, %v", f, a.PDU, read, err)
	}
	if !p.present {
		return // the last LACPDU of a removed port is not limited
	}
	if n := len(p.sent); n >= 3 && r.now.Sub(p.sent[n-3]) < time.Second {
		r.t.Fatalf("got four LACPDUs within %v", r.now.Sub(p.sent[n-3]))
	}
	p.sent = append(p.sent, r.now)
}
