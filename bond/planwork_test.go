package bond_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// heldPlane is a plane that waits for a kernel that can be held.
type heldPlane struct {
	plane.None
	kernel *heldKernel
	refuse atomic.Value // of string: the name of a port
	closed bool
}

func (p *heldPlane) ApplyWaits() {}

func (p *heldPlane) Close() error {
	p.closed = true
	return p.None.Close()
}

func (p *heldPlane) Apply(next *plane.Plan) error {
	p.kernel.wait()
	for _, m := range next.Members {
		if m.Port != nil && m.Port.Name() == p.refuse.Load() {
			return &lacp.FieldError{Field: "Port", Value: m.Port.Name(), Allowed: "another"}
		}
	}
	return p.None.Apply(next)
}

// heldBond is a bond whose plane waits for a kernel, and the other ends of its links.
type heldBond struct {
	*bond.Bond
	kernel *heldKernel
	plane  *heldPlane
	far    *bond.Bond
	states *stateLink // of the first link's far end
	spare  *linktest.Cable
}

func newHeldBond(t *testing.T) *heldBond {
	t.Helper()
	h := &heldBond{kernel: new(heldKernel), spare: linktest.NewCable("a1", "b1")}
	h.plane = &heldPlane{kernel: h.kernel}
	first := linktest.NewCable("a0", "b0")
	h.states = &stateLink{Link: first.B}
	var err error
	if h.Bond, err = bond.New(bond.Config{Rate: bond.RateFast, AggregateWait: -1, Plane: h.plane}, first.A); err != nil {
		t.Fatal(err)
	}
	if h.far, err = bond.New(bond.Config{Rate: bond.RateFast, AggregateWait: -1}, h.states, h.spare.B); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *heldBond) close(t *testing.T) {
	t.Helper()
	h.kernel.hold(0)
	if err := errors.Join(h.Close(), h.far.Close()); err != nil {
		t.Error(err)
	}
}

// stateLink records the states of both ends in the LACPDUs that arrive.
type stateLink struct {
	*linktest.Link
	states, partners []lacp.State
	times            []time.Time
}

func (l *stateLink) ReadControl(buf []byte) (int, error) {
	n, err := l.Link.ReadControl(buf)
	if err == nil {
		var pdu lacp.PDU
		if s := lacp.ParseSlow(buf[:n]); s.Kind == lacp.SlowLACPDU && pdu.UnmarshalBinary(s.PDU) == nil {
			l.states, l.partners, l.times = append(l.states, pdu.Actor.State), append(l.partners, pdu.Partner.State), append(l.times, time.Now())
		}
	}
	return n, err
}

// collects returns the index of the first LACPDU that announces Collecting; -1: none does.
func (l *stateLink) collects() int {
	for i, s := range l.states {
		if s.Has(lacp.StateCollecting) {
			return i
		}
	}
	return -1
}

// A member is announced as Collecting once the plan that collects on it is in use. Until then its
// LACPDUs come in time, without that.
func TestCollectingIsAnnouncedOnceThePlanIsInForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeldBond(t)
		defer h.close(t)
		h.kernel.hold(kernelTime)
		start := time.Now()
		time.Sleep(kernelTime - time.Second)
		synctest.Wait()
		if i := h.states.collects(); i >= 0 {
			t.Fatalf("LACPDU %d announces Collecting after %v, while the plan is on its way", i, h.states.times[i].Sub(start))
		}
		const late = 1250 * time.Millisecond // timers may be served a quarter of a second late (6.4.4)
		for i, at := range h.states.times[1:] {
			if gap := at.Sub(h.states.times[i]); gap > late {
				t.Errorf("LACPDU %d comes %v after the one before, want one a second", i+1, gap)
			}
		}
		if st := h.Status(); st.Up || st.Members[0].Carries || st.Members[0].Hold != bond.HoldPlane || st.Members[0].Reason.Code != lacp.ReasonPlaneRefused {
			t.Errorf("up: %v, carries: %v, hold %v, %v; want neither, because of the plane", st.Up, st.Members[0].Carries, st.Members[0].Hold, st.Members[0].Reason)
		}
		h.kernel.hold(0)
		time.Sleep(3 * kernelTime)
		synctest.Wait()
		if h.states.collects() < 0 {
			t.Error("no LACPDU announces Collecting, want one once the plan is in use")
		}
		if st := h.Status(); !st.Up || !st.Members[0].Carries || st.Members[0].Hold != bond.HoldNone {
			t.Errorf("up: %v, carries: %v, hold %v; want both, and none", st.Up, st.Members[0].Carries, st.Members[0].Hold)
		}
	})
}

// A plane that takes only a moment delays the LACPDU that announces Collecting, which comes once.
func TestCollectingIsAnnouncedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeldBond(t)
		defer h.close(t)
		const moment = 10 * time.Millisecond
		h.kernel.hold(moment)
		time.Sleep(900 * time.Millisecond)
		synctest.Wait()
		i := h.states.collects()
		if i < 1 {
			t.Fatalf("states %v, want Collecting after others", h.states.states)
		}
		for j := range i {
			// Once both ends are in sync, the member collects as soon as its plan is in use.
			both := h.states.states[j].Has(lacp.StateSynchronization) && h.states.partners[j].Has(lacp.StateSynchronization)
			if h.states.times[j].Equal(h.states.times[i].Add(-moment)) && both {
				t.Errorf("LACPDU %d is sent although the next one follows as soon as the plan is in use", j)
			}
		}
	})
}

// A plan that is late is reported once, and so is its end. The plan before goes on, also for LACP.
func TestLatePlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeldBond(t)
		defer h.close(t)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		before := h.far.Status().Members[0]
		events := h.Watch(t.Context())
		h.kernel.hold(kernelTime)
		added := make(chan error, 1)
		go func() { added <- h.AddMember(h.spare.A) }()
		start := time.Now()
		var reports []bond.Event
		for len(reports) < 2 {
			if e := <-events; e.Kind == bond.EventPlane {
				reports = append(reports, e)
			}
		}
		if e := reports[0]; e.Up || e.Err == nil || e.At.Sub(start) != time.Second {
			t.Errorf("first event: up %v, error %v after %v; want an error after 1 s", e.Up, e.Err, e.At.Sub(start))
		}
		if e := reports[1]; !e.Up || e.At.Sub(start) != kernelTime {
			t.Errorf("second event: up %v after %v, want up after %v", e.Up, e.At.Sub(start), kernelTime)
		}
		h.kernel.hold(0)
		if err := <-added; err != nil {
			t.Errorf("AddMember() = %v, want nil", err)
		}
		time.Sleep(3 * kernelTime)
		synctest.Wait()
		if m := h.far.Status().Members[0]; !m.Carries || !m.Reason.Since.Equal(before.Reason.Since) {
			t.Errorf("far member 0: %v since %v, want Distributing since %v", m.Reason, m.Reason.Since, before.Reason.Since)
		}
		if got := carrying(h.Bond); len(got) != 2 {
			t.Errorf("members in use: %v, want both", got)
		}
	})
}

// A member that the plane refuses is not added, and the others go on.
func TestMemberThatAWaitingPlaneRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeldBond(t)
		defer h.close(t)
		time.Sleep(5 * time.Second)
		h.kernel.hold(100 * time.Millisecond)
		h.plane.refuse.Store("a1")
		var refused *bond.ConfigError
		if err := h.AddMember(h.spare.A); !errors.As(err, &refused) || refused.Value != "a1" {
			t.Errorf("AddMember() = %v, want a ConfigError about a1", err)
		}
		h.plane.refuse.Store("")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := carrying(h.Bond); len(got) != 1 {
			t.Errorf("members in use: %v, want the first member only", got)
		}
		again := linktest.NewCable("a1", "b2")
		defer again.B.Close()
		if err := h.AddMember(again.A); err != nil {
			t.Errorf("AddMember() of an interface of that name = %v, want nil", err)
		}
	})
}

// Close during a plan waits for it.
func TestCloseWhileAPlanIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeldBond(t)
		defer h.close(t)
		h.kernel.hold(kernelTime)
		time.Sleep(time.Second)
		added := make(chan error, 1)
		go func() { added <- h.AddMember(h.spare.A) }()
		synctest.Wait()
		if err := h.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		if err := <-added; err == nil {
			t.Error("AddMember() = nil, want that the bond is closed")
		}
		if !h.plane.closed {
			t.Error("the plane is not closed, want it closed")
		}
	})
}
