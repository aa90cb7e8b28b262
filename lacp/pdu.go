package lacp

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
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
	if cap(b)-n < PDULen {
		b = grow(b)
	}
	b = b[:n+PDULen]
	d := (*[PDULen]byte)(b[n:])
	// In words, so that each octet is written once.
	put := func(offset int, v uint64) {
		binary.LittleEndian.PutUint64(d[offset:offset+8], bits.ReverseBytes64(v))
	}
	actor, partner := &p.Actor, &p.Partner
	mac := actor.System.MAC.number()
	version := uint64(max(p.Version, currentVersion))
	put(0, subtypeLACP<<56|version<<48|tlvActor<<40|lenInfo<<32|uint64(actor.System.Priority)<<16|mac>>32)
	put(8, mac<<32|uint64(actor.Key)<<16|uint64(actor.Port.Priority))
	put(16, uint64(actor.Port.Number)<<48|uint64(actor.State)<<40|tlvPartner<<8|lenInfo)
	put(24, uint64(partner.System.Priority)<<48|partner.System.MAC.number())
	put(32, uint64(partner.Key)<<48|uint64(partner.Port.Priority)<<32|uint64(partner.Port.Number)<<16|uint64(partner.State)<<8)
	put(40, tlvCollector<<40|lenCollector<<32|uint64(p.CollectorMaxDelay)<<16)
	*(*[PDULen - 48]byte)(d[48:]) = [PDULen - 48]byte{}
	return b, nil
}

// grow makes room for a PDU. It is kept out of the path of those who have it.
//
//go:noinline
func grow(b []byte) []byte { return slices.Grow(b, PDULen) }

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
	p.read(d)
	return nil
}

// read reads a LACPDU that was checked.
func (p *PDU) read(d *[PDULen]byte) {
	p.Version = d[offVersion]
	p.Actor.get((*[lenInfo]byte)(d[offActor:]))
	p.Partner.get((*[lenInfo]byte)(d[offPartner:]))
	p.CollectorMaxDelay = binary.BigEndian.Uint16(d[offCollector+2:])
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

func (i *Info) get(d *[lenInfo]byte) {
	i.System.Priority = binary.BigEndian.Uint16(d[2:])
	i.System.MAC = MAC(d[4:10])
	i.Key = Key(binary.BigEndian.Uint16(d[10:]))
	i.Port.Priority = binary.BigEndian.Uint16(d[12:])
	i.Port.Number = PortNumber(binary.BigEndian.Uint16(d[14:]))
	i.State = State(d[16])
}
