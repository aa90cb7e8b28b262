package main

import (
	"fmt"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// The lengths, in octets from the subtype on, at which a PDU holds a field whole.
const (
	actorEnd       = 22
	partnerEnd     = 42
	maxDelayEnd    = 46
	transactionEnd = 16 // of a Marker
)

// slowFrame is a slow-protocols frame of a capture.
type slowFrame struct {
	capture.Frame
	slow  lacp.SlowFrame
	known int      // octets of the PDU that the capture holds
	pdu   lacp.PDU // of a LACPDU
	own   bool     // of a replay: the captured end has sent it
}

// newSlowFrame takes a frame apart as lacp.ParseSlow does. But where the capture, not
// the sender, cut a LACPDU after its Actor or a Marker after its transaction, the rest
// is filled in with what the standard has there: the PDU holds zeros from known on.
func newSlowFrame(f capture.Frame) slowFrame {
	s := slowFrame{Frame: f, slow: lacp.ParseSlow(f.Data)}
	s.known = len(s.slow.PDU)
	if rest := s.rest(); rest != nil {
		s.Data = append(f.Data[:len(f.Data):len(f.Data)], rest...)
		s.slow = lacp.ParseSlow(s.Data)
	}
	if s.slow.Kind == lacp.SlowLACPDU {
		_ = s.pdu.UnmarshalBinary(s.slow.PDU) // ParseSlow has checked it
	}
	return s
}

// cut is how many octets of the frame the capture left out.
func (s *slowFrame) cut() int { return s.OriginalLength - len(s.Data) + len(s.slow.PDU) - s.known }

// cutNote reads as a remark about a cut frame; it is empty for a whole one.
func (s *slowFrame) cutNote() string {
	if s.cut() <= 0 {
		return ""
	}
	return fmt.Sprintf(" (the capture cut %d octets of the frame)", s.cut())
}

// rest returns what completes a PDU that the capture cut; nil where there is nothing
// to complete, or too little is known.
func (s *slowFrame) rest() []byte {
	if s.slow.Err != lacp.ErrShort || s.known == 0 || s.known+s.cut() < lacp.PDULen {
		return nil
	}
	var whole []byte
	var err error
	switch subtype := s.slow.PDU[0]; {
	case subtype == 1 && s.known >= actorEnd:
		whole, err = new(lacp.PDU).MarshalBinary()
	case subtype == 2 && s.known >= transactionEnd:
		whole, err = new(marker.PDU).MarshalBinary()
	}
	if err != nil || len(whole) <= s.known {
		return nil
	}
	return whole[s.known:]
}
