package lacp

import "encoding/binary"

// The group addresses a LACPDU may be sent to (6.2.8.1.2). Frames to any of the
// three are accepted.
var (
	SlowProtocolsMulticast = MAC{0x01, 0x80, 0xc2, 0x00, 0x00, 0x02} // the default
	NearestCustomerBridge  = MAC{0x01, 0x80, 0xc2, 0x00, 0x00, 0x00}
	NearestNonTPMRBridge   = MAC{0x01, 0x80, 0xc2, 0x00, 0x00, 0x03}
)

// SlowKind is what kind of slow-protocols frame (EtherType 0x8809, 802.3 Annex
// 57A) a frame is.
type SlowKind uint8

// The kinds. SlowUnknown is a subtype that is legal but not ours, a frame to
// another destination than the three group addresses, or one with a VLAN
// identifier; SlowIllegal is a subtype that may not occur, a truncated PDU, one
// with a wrong length octet or, of the Marker protocol, one that is neither
// Marker nor Marker Response.
const (
	NotSlow SlowKind = iota // another EtherType, or no Ethernet frame at all
	SlowLACPDU
	SlowMarker
	SlowMarkerResponse
	SlowOAM
	SlowOSSP
	SlowUnknown
	SlowIllegal
)

var slowKindNames = [...]string{"other", "lacpdu", "marker", "marker-response", "oam", "ossp", "unknown", "illegal"}

// String returns the kind's name: "lacpdu", "marker", "marker-response", "oam",
// "ossp", "unknown", "illegal", or "other" for a frame of another EtherType.
func (k SlowKind) String() string {
	if int(k) < len(slowKindNames) {
		return slowKindNames[k]
	}
	return "invalid"
}

// SlowFrame is an Ethernet frame as the slow-protocols demultiplexer sees it.
type SlowFrame struct {
	Destination, Source MAC
	Tags                uint8  // VLAN tags in front of the EtherType
	VID                 uint16 // of the outermost tag; 0 with none
	Kind                SlowKind
	Err                 error  // why Kind is SlowIllegal
	PDU                 []byte // from the subtype octet on, a part of the frame
}

// Untagged reports whether the frame is untagged or has a priority tag only
// (VLAN identifier 0), as one a slow protocol may act on is.
func (f *SlowFrame) Untagged() bool { return f.Tags == 0 || f.Tags == 1 && f.VID == 0 }

// ToGroup reports whether the frame is for one of the three group addresses.
func (f *SlowFrame) ToGroup() bool {
	return f.Destination == SlowProtocolsMulticast || f.Destination == NearestCustomerBridge || f.Destination == NearestNonTPMRBridge
}

// ParseSlow takes an Ethernet frame apart, without FCS. It looks behind any
// number of VLAN tags for EtherType 0x8809 and says what PDU is there, whatever
// tag and destination address the frame has; whether it may be acted on is for
// [SlowFrame.Untagged] and [SlowFrame.ToGroup]. It never fails: a frame that is
// no slow-protocols frame has the kind NotSlow.
func ParseSlow(frame []byte) SlowFrame {
	if len(frame) < etherHeaderLen {
		return SlowFrame{}
	}
	f := SlowFrame{Destination: MAC(frame[:6]), Source: MAC(frame[6:12])}
	off := 12
	for f.Tags < maxTags && isVLAN(binary.BigEndian.Uint16(frame[off:])) && len(frame) >= off+6 {
		if f.Tags == 0 {
			f.VID = binary.BigEndian.Uint16(frame[off+2:]) & 0x0fff
		}
		f.Tags++
		off += 4
	}
	if binary.BigEndian.Uint16(frame[off:]) != slowProtocolsET {
		return f
	}
	f.PDU = frame[off+2:]
	f.Kind, f.Err = classify(f.PDU)
	return f
}

// maxTags bounds the walk over VLAN tags; no network stacks as many.
const maxTags = 8

func isVLAN(ethertype uint16) bool {
	return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100
}

// classify is the table of subtypes, and for the two protocols of link
// aggregation the checks of a receiver (6.4.12, 6.5.4).
func classify(pdu []byte) (SlowKind, error) {
	if len(pdu) == 0 {
		return SlowIllegal, ErrShort
	}
	switch subtype := pdu[0]; {
	case subtype == subtypeLACP:
		if _, err := checkPDU(pdu); err != nil {
			return SlowIllegal, err
		}
		return SlowLACPDU, nil
	case subtype == subtypeMarker:
		return classifyMarker(pdu)
	case subtype == subtypeOAM:
		return SlowOAM, nil
	case subtype == subtypeOSSP:
		return SlowOSSP, nil
	case subtype >= 4 && subtype <= 9:
		return SlowUnknown, nil
	}
	return SlowIllegal, ErrSubtype
}

func classifyMarker(pdu []byte) (SlowKind, error) {
	const lenMarker = 16
	switch {
	case len(pdu) < PDULen:
		return SlowIllegal, ErrShort
	case pdu[3] != lenMarker:
		return SlowIllegal, ErrLength
	case pdu[2] == 1:
		return SlowMarker, nil
	case pdu[2] == 2:
		return SlowMarkerResponse, nil
	}
	return SlowIllegal, ErrMarkerType
}
