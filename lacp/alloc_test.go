package lacp

import (
	"testing"
	"time"
)

// Handling a frame or a timer does not allocate.
func TestNoAllocations(t *testing.T) {
	s, frame, now := steadySystem(t)
	changed := pduFrame(PDU{Version: 1, Actor: Info{System: partnerSystem, Key: 9, Port: PortID{1, 1}, State: 0x3d}})
	var pdu PDU
	buffer := make([]byte, 0, FrameLen)
	action := Action{PDU: pdu}
	for name, f := range map[string]func(){
		"encode":    func() { _, _ = pdu.AppendBinary(buffer) },
		"frame":     func() { _ = action.AppendFrame(buffer) },
		"decode":    func() { _ = pdu.UnmarshalBinary(frame[etherHeaderLen:]) },
		"ParseSlow": func() { _ = ParseSlow(frame) },
		"TLVs": func() {
			for range TLVs(frame[etherHeaderLen:]) {
			}
		},
		"Receive, Actions, Advance and Deadline at rest": func() {
			now = now.Add(100 * time.Millisecond)
			_, _ = s.Receive(now, 1, frame)
			_ = s.Actions()
			if at := s.Deadline(); !at.After(now) {
				s.Advance(now)
				_ = s.Actions()
			}
		},
		"two partners in turn, all machines run": func() {
			now = now.Add(500 * time.Millisecond)
			_, _ = s.Receive(now, 1, changed)
			_, _ = s.Receive(now, 1, frame)
			s.Advance(now)
			_ = s.Actions()
		},
		"illegal": func() { _, _ = s.Receive(now, 1, frame[:50]) },
	} {
		if got := testing.AllocsPerRun(200, f); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}
