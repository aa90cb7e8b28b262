package promises

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

const (
	synced   = lacp.StateAggregation | lacp.StateSynchronization
	collects = synced | lacp.StateCollecting | lacp.StateDistributing
)

var (
	start = time.Unix(1000, 0)
	opens = Plans{Busy: true, Opens: true}
)

// lacpdu returns the effect that sends a LACPDU with the actor's state and key.
func lacpdu(state lacp.State, key lacp.Key) mode.Effect {
	a := lacp.Action{PDU: lacp.PDU{Version: 1, Actor: lacp.Info{State: state, Key: key}}, Destination: lacp.SlowProtocolsMulticast}
	return mode.Effect{Kind: mode.EffectSend, Member: 1, Frame: a.AppendFrame(nil)}
}

// other returns an effect that sends what is no LACPDU.
func other() mode.Effect { return mode.Effect{Kind: mode.EffectSend, Frame: make([]byte, 60)} }

// check fails the test unless an effect sends a LACPDU with a state and key.
func check(t *testing.T, what string, e mode.Effect, state lacp.State, key lacp.Key) {
	t.Helper()
	var pdu lacp.PDU
	if err := pdu.UnmarshalBinary(lacp.ParseSlow(e.Frame).PDU); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if pdu.Actor.State != state || pdu.Actor.Key != key || e.Member != 1 {
		t.Errorf("%s: LACPDU of member %d with state %v and key %d, want member 1, %v and %d", what, e.Member, pdu.Actor.State, pdu.Actor.Key, state, key)
	}
}

func TestLACPDUThatPromisesNothingIsSent(t *testing.T) {
	var f Frames
	for _, p := range []Plans{{}, {Busy: true}, opens} {
		if e, ok := f.Put(start, lacpdu(synced, 1), p); !ok {
			t.Errorf("%+v: LACPDU waits, want it sent", p)
		} else {
			check(t, "sent", e, synced, 1)
		}
	}
	if e, ok := f.Put(start, lacpdu(collects, 1), Plans{Busy: true}); !ok {
		t.Error("LACPDU waits although the member collects already, want it sent")
	} else {
		check(t, "sent", e, collects, 1)
	}
}

func TestPromiseWaitsForThePlan(t *testing.T) {
	var f Frames
	e := lacpdu(collects, 1)
	if _, ok := f.Put(start, e, opens); ok {
		t.Fatal("LACPDU is sent before its plan is in use, want it to wait")
	}
	clear(e.Frame) // a machine reuses its frames
	if at := f.Next(); !at.Equal(start.Add(wait)) {
		t.Errorf("Next() = %v, want %v", at, start.Add(wait))
	}
	if got := f.Take(start.Add(wait-1), opens); len(got) != 0 {
		t.Fatalf("%d frames before the time is over, want none", len(got))
	}
	got := f.Take(start.Add(wait-1), Plans{})
	if len(got) != 1 {
		t.Fatalf("%d frames once the plan is in use, want 1", len(got))
	}
	check(t, "once the plan is in use", got[0], collects, 1)
	if again := f.Take(start.Add(time.Hour), Plans{}); len(again) != 0 || !f.Next().IsZero() {
		t.Errorf("%d frames later, next at %v, want none and never", len(again), f.Next())
	}
}

// A LACPDU is not late because of a plan: it is sent without its promise, and again with it.
func TestPromiseIsLeftOutIfThePlanIsLate(t *testing.T) {
	var f Frames
	f.Put(start, lacpdu(collects, 1), opens)
	got := f.Take(start.Add(wait), opens)
	if len(got) != 1 || !f.Next().IsZero() {
		t.Fatalf("%d frames when the time is over, next at %v, want 1 and never", len(got), f.Next())
	}
	check(t, "when the time is over", got[0], synced, 1)
	if got = f.Take(start.Add(time.Second), opens); len(got) != 0 {
		t.Errorf("%d frames later, want none", len(got))
	}
	e, ok := f.Put(start.Add(time.Second), lacpdu(collects, 2), opens)
	if !ok {
		t.Fatal("the next LACPDU waits, want it sent without its promise")
	}
	check(t, "the next", e, synced, 2)
	if got = f.Take(start.Add(2*time.Second), Plans{}); len(got) != 1 {
		t.Fatalf("%d frames once the plan is in use, want 1", len(got))
	}
	check(t, "once the plan is in use", got[0], collects, 2)
}

func TestNewerLACPDUReplacesThePromise(t *testing.T) {
	var f Frames
	f.Put(start, lacpdu(collects, 1), opens)
	if _, ok := f.Put(start.Add(wait/2), lacpdu(collects, 2), opens); ok {
		t.Error("a newer LACPDU with the promise is sent, want it to wait")
	}
	if at := f.Next(); !at.Equal(start.Add(wait)) {
		t.Errorf("Next() = %v, want %v, as for the first", at, start.Add(wait))
	}
	if _, ok := f.Put(start.Add(wait/2), lacpdu(synced, 3), opens); !ok {
		t.Error("a LACPDU without a promise waits, want it sent")
	}
	if got := f.Take(start.Add(time.Second), Plans{}); len(got) != 0 {
		t.Errorf("%d frames, want none: the newest was sent", len(got))
	}
}

func TestMarkersFollowThePlanBefore(t *testing.T) {
	var f Frames
	if _, ok := f.Put(start, other(), Plans{}); !ok {
		t.Error("a Marker waits without a plan, want it sent")
	}
	for i := range mostMarkers {
		if _, ok := f.Put(start, other(), Plans{Busy: true}); ok {
			t.Errorf("Marker %d is sent, want it to wait", i)
		}
	}
	if _, ok := f.Put(start, other(), Plans{Busy: true}); !ok {
		t.Error("one more Marker waits, want at most", mostMarkers)
	}
	if got := f.Take(start, Plans{Busy: true}); len(got) != 0 {
		t.Errorf("%d Markers before the plan is in use, want none", len(got))
	}
	if got := f.Take(start, Plans{}); len(got) != mostMarkers {
		t.Errorf("%d Markers once the plan is in use, want %d", len(got), mostMarkers)
	}
	if got := f.Take(start, Plans{}); len(got) != 0 {
		t.Errorf("%d Markers later, want none", len(got))
	}
}
