package lacp

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// PDULen is the length in octets of a version 1 LACPDU, starting with the subtype
// octet, and the minimum length of a received one. Its frame has 124 octets, without
// FCS.
const PDULen = 110

// The errors of [PDU.UnmarshalBinary].
var (
	// ErrShort is returned for a PDU shorter than 110 octets, counted from the subtype.
	ErrShort = errors.New("lacp: PDU shorter than 110 octets")
	// ErrSubtype is returned if the subtype is not LACP's (1).
	ErrSubtype = errors.New("lacp: subtype is not LACP")
	// ErrLength is returned if the information lengths of Actor, Partner and Collector
	// are not 20, 20 and 16.
	ErrLength = errors.New("lacp: wrong information length octet")
)

// ErrMarkerType is returned by [ParseSlow], the demultiplexer, for a Marker PDU that is
// neither a Marker (1) nor a Marker Response (2).
var ErrMarkerType = errors.New("lacp: Marker information type is neither 1 nor 2")

// Info describes one end of a link in a LACPDU: its System, key, port and state.
type Info struct {
	System SystemID
	Key    Key
	Port   PortID
	State  State
}

// PDU is a Link Aggregation Control PDU, version 1 (6.4.2). Its zero value is a
// PDU of zeros, except that AppendBinary writes version 1 if Version is 0.
type PDU struct {
	// Version is the version of a received PDU. Any version is accepted, as the
	// standard requires, and its fields are read at the fixed positions of version 1.
	Version uint8
	Actor   Info // of the System that sent it
	Partner Info // the sender's view of the receiver
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
	// Write 64-bit words, so that each octet is written once.
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

// grow makes room for a PDU. It is not inlined, to keep it out of the path of callers
// that have room.
//
//go:noinline
func grow(b []byte) []byte { return slices.Grow(b, PDULen) }

// MarshalBinary returns the 110 octets of AppendBinary.
func (p *PDU) MarshalBinary() ([]byte, error) {
	return p.AppendBinary(make([]byte, 0, PDULen))
}

// UnmarshalBinary parses a LACPDU, subtype octet first. As the standard requires, it
// accepts any version and ignores the type octets of the fixed fields, the reserved
// octets and the terminator. [TLVs] returns what follows the Collector information.
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

// read parses a LACPDU that checkPDU has accepted.
func (p *PDU) read(d *[PDULen]byte) {
	p.Version = d[offVersion]
	p.Actor.get((*[lenInfo]byte)(d[offActor:]))
	p.Partner.get((*[lenInfo]byte)(d[offPartner:]))
	p.CollectorMaxDelay = binary.BigEndian.Uint16(d[offCollector+2:])
}

// checkPDU performs the checks of UnmarshalBinary.
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
