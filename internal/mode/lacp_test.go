package mode

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// end is one of two machines that are connected by cables, and its caller.
type end struct {
	*LACP
	other   *end
	plan    map[ID]bool // what the last EffectCarry allowed to collect
	flushed []Effect
	refuse  int // how many sends fail
	sent    int
}

var start = time.Unix(1000, 0)

func newEnd(t *testing.T, mac byte) *end {
	t.Helper()
	l, err := NewLACP(start, LACPConfig{Settings: settings(mac)})
	if err != nil {
		t.Fatal(err)
	}
	return &end{LACP: l, plan: make(map[ID]bool)}
}

func settings(mac byte) Settings {
	return Settings{LACP: LACPSettings{System: lacp.Config{System: lacp.SystemID{Priority: 1, MAC: lacp.MAC{2, 0, 0, 0, 0, mac}}, AggregateWait: -1}}}
}

func (e *end) add(t *testing.T, now time.Time, mac byte, ids ...ID) {
	t.Helper()
	for _, id := range ids {
		if err := e.Add(now, e.member(mac, id)); err != nil {
			t.Fatal(err)
		}
		e.SetLink(now, id, lacp.Link{Up: true, SpeedMbps: 1000, Duplex: lacp.DuplexFull})
	}
}

func (e *end) member(mac byte, id ID) Member {
	return Member{ID: id, Port: lacp.PortConfig{Key: 1, MAC: lacp.MAC{2, 0, 0, 0, mac, byte(id)}, ShortTimeout: true}}
}

// apply carries out effects, and checks that a LACPDU that announces Collecting follows the
// plan that collects.
func (e *end) apply(t *testing.T, now time.Time) {
	t.Helper()
	for _, f := range e.Effects() {
		switch f.Kind {
		case EffectCarry:
			for id := range e.members {
				e.plan[ID(id)], _ = e.Carries(ID(id))
			}
		case EffectEmpty:
			e.flushed = append(e.flushed, f)
		case EffectSend:
			e.sent++
			if e.refuse > 0 {
				e.refuse--
				defer e.SendFailed(now, f)
				continue
			}
			var pdu lacp.PDU
			if slow := lacp.ParseSlow(f.Frame); slow.Kind == lacp.SlowLACPDU && pdu.UnmarshalBinary(slow.PDU) == nil &&
				pdu.Actor.State.Has(lacp.StateCollecting) && !e.plan[f.Member] {
				t.Errorf("%v: member %d announces Collecting before it collects", now.Sub(start), f.Member)
			}
			e.other.Receive(now, f.Member, f.Frame)
		}
	}
}

// run lets time pass until a time.
func run(t *testing.T, a, b *end, now, until time.Time) time.Time {
	t.Helper()
	for ; !now.After(until); now = now.Add(10 * time.Millisecond) {
		for _, e := range []*end{a, b} {
			if at := e.Deadline(); !at.IsZero() && !at.After(now) {
				e.Advance(now)
			}
		}
		for range 20 {
			a.apply(t, now)
			b.apply(t, now)
		}
	}
	return now
}

func newEnds(t *testing.T) (a, b *end, now time.Time) {
	t.Helper()
	a, b = newEnd(t, 1), newEnd(t, 2)
	a.other, b.other = b, a
	a.add(t, start, 1, 0, 1)
	b.add(t, start, 2, 0, 1)
	return a, b, run(t, a, b, start, start.Add(3*time.Second))
}

func wantCarries(t *testing.T, e *end, id ID, want bool) {
	t.Helper()
	if collect, distribute := e.Carries(id); collect != want || distribute != want {
		t.Errorf("member %d collects: %v, distributes: %v, want %v: %v", id, collect, distribute, want, e.Reason(id))
	}
}

func TestLACPCarriesBeforeItAnnounces(t *testing.T) {
	a, b, _ := newEnds(t)
	for _, e := range []*end{a, b} {
		wantCarries(t, e, 0, true)
		wantCarries(t, e, 1, true)
	}
}

func TestLACPRepeatsWhatCouldNotBeSent(t *testing.T) {
	a, b, now := newEnds(t)
	run(t, a, b, now, now.Add(time.Second))
	a.refuse, a.sent = 1, 0
	until := now.Add(4 * time.Second)
	run(t, a, b, now.Add(time.Second), until)
	wantCarries(t, b, 0, true)
	if a.refuse != 0 || a.sent < 6 {
		t.Errorf("%d sent in three seconds on two members, one of them refused (%d to come), want at least 6", a.sent, a.refuse)
	}
}

func TestLACPHeldMembersCarryNothing(t *testing.T) {
	a, b, now := newEnds(t)
	s := settings(1)
	s.Held = true
	members := []Member{a.member(1, 0), a.member(1, 1)}
	if err := a.Configure(now, s, members); err != nil {
		t.Fatal(err)
	}
	now = run(t, a, b, now, now.Add(100*time.Millisecond))
	wantCarries(t, a, 0, false)
	wantCarries(t, b, 0, false)
	if got := a.Code(0); got != lacp.ReasonGateHold {
		t.Errorf("code %v, want GateHold", got)
	}
	if err := a.Configure(now, settings(1), members); err != nil {
		t.Fatal(err)
	}
	run(t, a, b, now, now.Add(2*time.Second))
	wantCarries(t, a, 0, true)
	wantCarries(t, b, 0, true)
}

func TestLACPGatesAreLevels(t *testing.T) {
	a, b, now := newEnds(t)
	members := []Member{a.member(1, 0), a.member(1, 1)}
	members[0].Gates = map[string]lacp.Gate{"bfd": lacp.GateSynchronization}
	for _, held := range []bool{true, false} {
		if !held {
			members[0].Gates = nil
		}
		if err := a.Configure(now, settings(1), members); err != nil {
			t.Fatal(err)
		}
		now = run(t, a, b, now, now.Add(2*time.Second))
		wantCarries(t, a, 0, !held)
		wantCarries(t, a, 1, true)
	}
}

func TestLACPFlushEndsWithAnAnswer(t *testing.T) {
	a, b, now := newEnds(t)
	a.Flush(now, 7, []ID{1})
	for _, e := range a.Effects() {
		if e.Kind != EffectSend || e.Member != 1 {
			t.Fatalf("effect %+v, want a Marker on member 1", e)
		}
		answer := append([]byte(nil), e.Frame...)
		answer[16] = 2 // a Marker Response
		a.Receive(now, 1, answer)
	}
	run(t, a, b, now, now)
	if len(a.flushed) != 1 || a.flushed[0].Member != 1 || a.flushed[0].Generation != 7 {
		t.Errorf("%+v, want the path of member 1 empty for generation 7", a.flushed)
	}
}

func TestLACPRemovedMemberIsForgotten(t *testing.T) {
	a, b, now := newEnds(t)
	a.Remove(now, 1)
	a.Forget(now, 1)
	now = run(t, a, b, now, now.Add(time.Second))
	wantCarries(t, a, 0, true)
	wantCarries(t, a, 1, false)
	wantCarries(t, b, 1, false)
	a.Remove(now, 9) // it never was a member
	a.add(t, now, 1, 1)
	run(t, a, b, now, now.Add(3*time.Second))
	wantCarries(t, a, 1, true)
}
