package marker

import (
	"encoding/binary"
	"errors"

	"github.com/lagkit/lagkit/lacp"
)

// PDULen is the length of a Marker PDU in octets, starting with the subtype octet, and
// the minimum length of a received one.
const PDULen = 110

// The errors of [PDU.UnmarshalBinary]. ErrShort, ErrSubtype and ErrLength correspond
// to the errors of the same names in package lacp.
var (
	ErrShort   = errors.New("marker: PDU shorter than 110 octets")
	ErrSubtype = errors.New("marker: subtype is not Marker")
	ErrLength  = errors.New("marker: information length is not 16")
	// ErrType is returned if the information is neither Marker (1) nor Marker Response (2).
	ErrType = errors.New("marker: information type is neither Marker nor Marker Response")
)

// PDU is a Marker or Marker Response PDU (6.5.3.3).
type PDU struct {
	Response        bool // a Marker Response
	RequesterPort   lacp.PortNumber
	RequesterSystem lacp.MAC
	TransactionID   uint32
}

const (
	subtype      = 2
	version      = 1
	typeMarker   = 1
	typeResponse = 2
	lenInfo      = 16
	offType      = 2
	offPort      = 4
	offSystem    = 6
	offID        = 12
)

// AppendBinary appends the 110 octets of the PDU, subtype first. Pad and
// reserved octets are zero. It returns no error.
func (p *PDU) AppendBinary(b []byte) ([]byte, error) {
	n := len(b)
	b = append(b, make([]byte, PDULen)...)
	d := (*[PDULen]byte)(b[n:])
	d[0], d[1], d[offType], d[offType+1] = subtype, version, typeMarker, lenInfo
	if p.Response {
		d[offType] = typeResponse
	}
	binary.BigEndian.PutUint16(d[offPort:], uint16(p.RequesterPort))
	copy(d[offSystem:], p.RequesterSystem[:])
	binary.BigEndian.PutUint32(d[offID:], p.TransactionID)
	return b, nil
}

// appendHeader appends the Ethernet header of a Marker PDU.
func appendHeader(b []byte, destination, source lacp.MAC) []byte {
	b = append(b, destination[:]...)
	b = append(b, source[:]...)
	return append(b, 0x88, 0x09)
}

// MarshalBinary returns the 110 octets of AppendBinary.
func (p *PDU) MarshalBinary() ([]byte, error) { return p.AppendBinary(nil) }

// UnmarshalBinary parses a PDU, subtype octet first. It ignores version, pad,
// terminator and reserved octets.
//
// The error is [ErrShort], [ErrSubtype], [ErrLength] or [ErrType]; p is then unchanged.
func (p *PDU) UnmarshalBinary(b []byte) error {
	if len(b) < PDULen {
		return ErrShort
	}
	d := (*[PDULen]byte)(b)
	switch {
	case d[0] != subtype:
		return ErrSubtype
	case d[offType+1] != lenInfo:
		return ErrLength
	case d[offType] != typeMarker && d[offType] != typeResponse:
		return ErrType
	}
	p.Response = d[offType] == typeResponse
	p.RequesterPort = lacp.PortNumber(binary.BigEndian.Uint16(d[offPort:]))
	p.RequesterSystem = lacp.MAC(d[offSystem : offSystem+6])
	p.TransactionID = binary.BigEndian.Uint32(d[offID:])
	return nil
}
