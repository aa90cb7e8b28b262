package lacp

import "encoding/binary"

// The group addresses that a LACPDU may be sent to (6.2.8.1.2). Frames to any of the
// three are accepted.
var (
	SlowProtocolsMulticast = MAC{0x01, 0x80, 0xc2, 0x00, 0x00, 0x02} // the default
	NearestCustomerBridge  = MAC{0x01, 0x80, 0xc2, 0x00, 0x00, 0x00}
	NearestNonTPMRBridge   = MAC{0x01, 0x80, 0xc2, 0x00, 0x00, 0x03}
)

// SlowKind is the kind of a slow-protocols frame (EtherType 0x8809, 802.3 Annex 57A).
type SlowKind uint8

// The kinds. SlowUnknown is a subtype that is legal but not handled here, a frame to
// a destination other than the three group addresses, or a frame with a VLAN
// identifier. SlowIllegal is a subtype that must not occur, a truncated PDU, a PDU
// with a wrong length octet, or a PDU of the Marker protocol that is neither Marker
// nor Marker Response.
const (
	NotSlow SlowKind = iota // another EtherType, or not an Ethernet frame
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

// SlowFrame is an Ethernet frame parsed by the slow-protocols demultiplexer.
type SlowFrame struct {
	Destination, Source MAC
	Tags                uint8  // number of VLAN tags before the EtherType
	VID                 uint16 // of the outermost tag; 0 without tags
	Kind                SlowKind
	Err                 error  // why Kind is SlowIllegal
	PDU                 []byte // from the subtype octet on, a part of the frame
}

// Untagged reports whether the frame is untagged or has only a priority tag (VLAN
// identifier 0). A slow protocol may act only on such frames.
func (f *SlowFrame) Untagged() bool { return f.Tags == 0 || f.Tags == 1 && f.VID == 0 }

// ToGroup reports whether the frame is for one of the three group addresses.
func (f *SlowFrame) ToGroup() bool {
	return f.Destination == SlowProtocolsMulticast || f.Destination == NearestCustomerBridge || f.Destination == NearestNonTPMRBridge
}

// ParseSlow parses an Ethernet frame without FCS. It skips VLAN tags (at most eight),
// looks for EtherType 0x8809 and classifies the PDU, whatever the tags and the
// destination address. [SlowFrame.Untagged] and [SlowFrame.ToGroup] report whether a
// protocol may act on it. ParseSlow never fails: any other frame has the kind NotSlow.
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

// maxTags limits the number of VLAN tags skipped. No network uses that many.
const maxTags = 8

func isVLAN(ethertype uint16) bool {
	return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100
}

// classify returns the kind of a PDU from its subtype. For the two protocols of link
// aggregation it performs the checks of a receiver (6.4.12, 6.5.4).
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
