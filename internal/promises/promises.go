// Package promises keeps a bond's LACPDUs true while a data plane takes its time for a plan.
//
// A LACPDU that announces Collecting promises that the member's frames are delivered. If the plan
// for that is not in use yet, the LACPDU waits for it, but not for long: then it is sent without
// that promise, and again as it was once the plan is in use. So no LACPDU is late, and none
// announces what is not true. A Marker waits too, because it has to follow the frames of the plan
// before.
package promises

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// wait is how long a LACPDU waits for its plan.
const wait = 50 * time.Millisecond

// mostMarkers is how many Markers of a member wait for a plan.
const mostMarkers = 8

// Plans is how far the plane is with its plans, for one member.
type Plans struct {
	Busy  bool // a plan is not in use yet
	Opens bool // that plan makes the member collect; by the one in use it does not
}

// Frames are the slow-protocols frames of a member that wait for a plan. The zero value is none.
type Frames struct {
	lacpdu  *mode.Effect // the newest; nil: none waits
	due     time.Time    // when it is sent without its promise; zero: that was done
	markers []mode.Effect
}

// Put takes a frame that is to be sent. It returns the frame to send now, unless that waits.
func (f *Frames) Put(now time.Time, e mode.Effect, p Plans) (send mode.Effect, ok bool) {
	if lacp.ParseSlow(e.Frame).Kind != lacp.SlowLACPDU {
		if p.Busy && len(f.markers) < mostMarkers {
			f.markers = append(f.markers, clone(e))
			return e, false
		}
		return e, true
	}
	if !p.Opens || !announcesCollecting(e.Frame) {
		f.lacpdu, f.due = nil, time.Time{}
		return e, true
	}
	first := f.lacpdu == nil
	kept := clone(e)
	f.lacpdu = &kept
	if first {
		f.due = now.Add(wait)
		return e, false
	}
	return without(e), f.due.IsZero()
}

// Take returns the frames to send now: those whose plan is in use, and the LACPDU that has waited
// long enough, without its promise.
func (f *Frames) Take(now time.Time, p Plans) (send []mode.Effect) {
	switch {
	case f.lacpdu == nil:
	case !p.Opens:
		send = append(send, *f.lacpdu)
		f.lacpdu, f.due = nil, time.Time{}
	case !f.due.IsZero() && !f.due.After(now):
		send = append(send, without(*f.lacpdu))
		f.due = time.Time{}
	}
	if !p.Busy {
		send = append(send, f.markers...)
		f.markers = nil
	}
	return send
}

// Next returns when the LACPDU that waits is due; zero if none is.
func (f *Frames) Next() time.Time { return f.due }

func announcesCollecting(frame []byte) bool {
	var pdu lacp.PDU
	return pdu.UnmarshalBinary(lacp.ParseSlow(frame).PDU) == nil && pdu.Actor.State.Has(lacp.StateCollecting)
}

// without returns a LACPDU's effect without Collecting and Distributing.
func without(e mode.Effect) mode.Effect {
	body := lacp.ParseSlow(e.Frame).PDU
	var pdu lacp.PDU
	if pdu.UnmarshalBinary(body) != nil {
		return e // it is one of ours
	}
	pdu.Actor.State &^= lacp.StateCollecting | lacp.StateDistributing
	header := len(e.Frame) - len(body)
	e.Frame, _ = pdu.AppendBinary(slices.Clone(e.Frame[:header])) // it never fails
	return e
}

// clone returns an effect with a frame of its own: a machine's frames are valid until its next input.
func clone(e mode.Effect) mode.Effect {
	e.Frame = slices.Clone(e.Frame)
	return e
}
