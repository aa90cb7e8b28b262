package lacplayer

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// The ends of the fields that the codecs know, counted from the subtype octet.
const (
	endLACP   = 58
	endMarker = 16
)

// LACP is a LACPDU as a layer.
type LACP struct {
	layers.BaseLayer
	lacp.PDU
	// Rest is everything after the Collector information: further TLVs, terminator,
	// reserved octets, and octets of the frame after the PDU. When decoded, it shares
	// memory with the data. nil is serialized as zeros.
	Rest []byte
}

// LayerType returns LayerTypeLACP.
func (l *LACP) LayerType() gopacket.LayerType { return LayerTypeLACP }

// CanDecode returns LayerTypeLACP.
func (l *LACP) CanDecode() gopacket.LayerClass { return LayerTypeLACP }

// NextLayerType returns LayerTypeZero, as no layer follows.
func (l *LACP) NextLayerType() gopacket.LayerType { return gopacket.LayerTypeZero }

// DecodeFromBytes decodes a LACPDU, subtype octet first. The errors are those of
// [lacp.PDU.UnmarshalBinary]; l is then unchanged.
func (l *LACP) DecodeFromBytes(data []byte, df gopacket.DecodeFeedback) error {
	if err := l.PDU.UnmarshalBinary(data); err != nil {
		return feedback(err, df)
	}
	l.Contents, l.Rest = data, data[endLACP:]
	return nil
}

// SerializeTo writes the PDU with Rest after its fields, at least the 110 octets that
// every receiver requires. Type octets and the reserved octets between the fields have
// the values of the standard.
func (l *LACP) SerializeTo(b gopacket.SerializeBuffer, _ gopacket.SerializeOptions) error {
	pdu, _ := l.PDU.AppendBinary(nil)
	return serialize(b, pdu, endLACP, l.Rest)
}

// Marker is a Marker or Marker Response PDU as a layer.
type Marker struct {
	layers.BaseLayer
	marker.PDU
	// Rest is everything after the Transaction_ID: pad, terminator, reserved octets,
	// and octets of the frame after the PDU. When decoded, it shares memory with the
	// data. nil is serialized as zeros.
	Rest []byte
}

// LayerType returns LayerTypeMarker.
func (m *Marker) LayerType() gopacket.LayerType { return LayerTypeMarker }

// CanDecode returns LayerTypeMarker.
func (m *Marker) CanDecode() gopacket.LayerClass { return LayerTypeMarker }

// NextLayerType returns LayerTypeZero, as no layer follows.
func (m *Marker) NextLayerType() gopacket.LayerType { return gopacket.LayerTypeZero }

// DecodeFromBytes decodes a Marker PDU, subtype octet first. The errors are those of
// [marker.PDU.UnmarshalBinary]; m is then unchanged.
func (m *Marker) DecodeFromBytes(data []byte, df gopacket.DecodeFeedback) error {
	if err := m.PDU.UnmarshalBinary(data); err != nil {
		return feedback(err, df)
	}
	m.Contents, m.Rest = data, data[endMarker:]
	return nil
}

// SerializeTo writes the PDU with Rest after its fields, at least the 110 octets that
// every receiver requires. The version is always 1.
func (m *Marker) SerializeTo(b gopacket.SerializeBuffer, _ gopacket.SerializeOptions) error {
	pdu, _ := m.PDU.AppendBinary(nil)
	return serialize(b, pdu, endMarker, m.Rest)
}

// serialize prepends a PDU, with its octets from end on replaced by rest and zeros.
func serialize(b gopacket.SerializeBuffer, pdu []byte, end int, rest []byte) error {
	d, err := b.PrependBytes(max(len(pdu), end+len(rest)))
	if err != nil {
		return err
	}
	copy(d, pdu[:end])
	clear(d[end+copy(d[end:], rest):])
	return nil
}
