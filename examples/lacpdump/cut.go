package main

import (
	"errors"
	"fmt"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// The least lengths, in octets from the subtype on, of a PDU that holds a field whole.
const (
	actorEnd       = 22
	partnerEnd     = 42
	maxDelayEnd    = 46
	transactionEnd = 16 // in a Marker
)

// slowFrame is a slow-protocols frame of a capture.
type slowFrame struct {
	capture.Frame
	slow  lacp.SlowFrame
	known int      // octets of the PDU that the capture holds
	pdu   lacp.PDU // contents of a LACPDU
	own   bool     // in a replay, whether the captured end has sent it
}

// newSlowFrame parses a frame like lacp.ParseSlow. If the capture, not the sender, cut a
// LACPDU after its Actor or a Marker after its transaction, newSlowFrame appends the rest
// of a standard PDU, with zeros in its fields.
func newSlowFrame(f capture.Frame) slowFrame {
	s := slowFrame{Frame: f, slow: lacp.ParseSlow(f.Data)}
	s.known = len(s.slow.PDU)
	if rest := s.rest(); rest != nil {
		s.Data = append(f.Data[:len(f.Data):len(f.Data)], rest...)
		s.slow = lacp.ParseSlow(s.Data)
	}
	if s.slow.Kind == lacp.SlowLACPDU {
		_ = s.pdu.UnmarshalBinary(s.slow.PDU) // ParseSlow checked it
	}
	return s
}

// cut returns how many octets of the frame the capture left out.
func (s *slowFrame) cut() int { return s.OriginalLength - len(s.Data) + len(s.slow.PDU) - s.known }

// cutNote returns a remark about a cut frame. It is empty for a whole one.
func (s *slowFrame) cutNote() string {
	if s.cut() <= 0 {
		return ""
	}
	return fmt.Sprintf(" (the capture cut %d octets of the frame)", s.cut())
}

// rest returns the octets that complete a PDU that the capture cut. It returns nil if the
// PDU is complete or too little of it is known.
func (s *slowFrame) rest() []byte {
	if !errors.Is(s.slow.Err, lacp.ErrShort) || s.known == 0 || s.known+s.cut() < lacp.PDULen {
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
