package lacp

import (
	"encoding/binary"
	"errors"
)

// PDULen is the length of a version 1 LACPDU from its subtype octet on, and the
// least that is accepted. A frame of it has 124 octets, without FCS.
const PDULen = 110

// The errors of [PDU.UnmarshalBinary].
var (
	// ErrShort: fewer than 110 octets from the subtype on.
	ErrShort = errors.New("lacp: PDU shorter than 110 octets")
	// ErrSubtype: the subtype is not LACP's (1).
	ErrSubtype = errors.New("lacp: subtype is not LACP")
	// ErrLength: the Actor, Partner or Collector information length is not 20, 20, 16.
	ErrLength = errors.New("lacp: wrong information length octet")
)

// ErrMarkerType: a Marker PDU that is neither Marker (1) nor Marker Response (2).
// It is an error of the demultiplexer, [ParseSlow].
var ErrMarkerType = errors.New("lacp: Marker information type is neither 1 nor 2")

// Info is what an LACPDU says of one end of a link: its System, key, port and state.
type Info struct {
	System SystemID
	Key    Key
	Port   PortID
	State  State
}

// PDU is a Link Aggregation Control PDU, version 1 (6.4.2). Its zero value is a
// PDU of zeros, but that AppendBinary writes version 1 if Version is 0.
type PDU struct {
	// Version is what a received PDU says; any is accepted, as the standard
	// asks, and read by the fixed positions of version 1.
	Version uint8
	Actor   Info // of the System that sent it
	Partner Info // what the sender holds of the receiver
	// CollectorMaxDelay is in units of 10 microseconds.
	CollectorMaxDelay uint16
}

// Offsets in the PDU, from the subtype octet.
const (
	offVersion      = 1
	offActor        = 2
	offPartner      = 22
	offCollector    = 42
	offTLVs         = 58
	lenInfo         = 20
	lenCollector    = 16
	tlvActor        = 1
	tlvPartner      = 2
	tlvCollector    = 3
	subtypeLACP     = 1
	subtypeMarker   = 2
	subtypeOAM      = 3
	subtypeOSSP     = 10
	currentVersion  = 1
	etherHeaderLen  = 14
	slowProtocolsET = 0x8809
)

// AppendBinary appends the 110 octets of a version 1 LACPDU, subtype first.
// Reserved octets are zero. It returns no error.
func (p *PDU) AppendBinary(b []byte) ([]byte, error) {
	n := len(b)
	b = append(b, zeroPDU[:]...)
	d := (*[PDULen]byte)(b[n:])
	d[0] = subtypeLACP
	d[offVersion] = max(p.Version, currentVersion)
	d[offActor], d[offActor+1] = tlvActor, lenInfo
	p.Actor.put((*[lenInfo]byte)(d[offActor:]))
	d[offPartner], d[offPartner+1] = tlvPartner, lenInfo
	p.Partner.put((*[lenInfo]byte)(d[offPartner:]))
	d[offCollector], d[offCollector+1] = tlvCollector, lenCollector
	binary.BigEndian.PutUint16(d[offCollector+2:], p.CollectorMaxDelay)
	return b, nil
}

var zeroPDU [PDULen]byte

// MarshalBinary returns the 110 octets of AppendBinary.
func (p *PDU) MarshalBinary() ([]byte, error) {
	return p.AppendBinary(make([]byte, 0, PDULen))
}

// UnmarshalBinary reads an LACPDU, from its subtype octet on. As the standard
// asks it takes any version, and looks neither at the type octets of the fixed
// fields nor at reserved octets or the terminator. What follows the Collector
// information is for [TLVs].
//
// The error is [ErrShort], [ErrSubtype] or [ErrLength]; p is then unchanged.
func (p *PDU) UnmarshalBinary(b []byte) error {
	d, err := checkPDU(b)
	if err != nil {
		return err
	}
	p.Version = d[offVersion]
	p.Actor.get((*[lenInfo]byte)(d[offActor:]))
	p.Partner.get((*[lenInfo]byte)(d[offPartner:]))
	p.CollectorMaxDelay = binary.BigEndian.Uint16(d[offCollector+2:])
	return nil
}

// checkPDU makes the checks of UnmarshalBinary.
func checkPDU(b []byte) (*[PDULen]byte, error) {
	if len(b) < PDULen {
		return nil, ErrShort
	}
	d := (*[PDULen]byte)(b)
	if d[0] != subtypeLACP {
		return nil, ErrSubtype
	}
	if d[offActor+1] != lenInfo || d[offPartner+1] != lenInfo || d[offCollector+1] != lenCollector {
		return nil, ErrLength
	}
	return d, nil
}

func (i *Info) put(d *[lenInfo]byte) {
	binary.BigEndian.PutUint16(d[2:], i.System.Priority)
	copy(d[4:10], i.System.MAC[:])
	binary.BigEndian.PutUint16(d[10:], uint16(i.Key))
	binary.BigEndian.PutUint16(d[12:], i.Port.Priority)
	binary.BigEndian.PutUint16(d[14:], uint16(i.Port.Number))
	d[16] = byte(i.State)
}

func (i *Info) get(d *[lenInfo]byte) {
	i.System.Priority = binary.BigEndian.Uint16(d[2:])
	i.System.MAC = MAC(d[4:10])
	i.Key = Key(binary.BigEndian.Uint16(d[10:]))
	i.Port.Priority = binary.BigEndian.Uint16(d[12:])
	i.Port.Number = PortNumber(binary.BigEndian.Uint16(d[14:]))
	i.State = State(d[16])
}
