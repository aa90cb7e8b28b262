package lacplayer

import (
	"errors"
	"sync"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// The layer types, from the range that gopacket leaves to others. LayerTypeSlow is the
// demultiplexer. It has no layer of its own and decodes to one of the other two, or
// to a gopacket.Payload.
const (
	LayerTypeLACP   gopacket.LayerType = 18809
	LayerTypeMarker gopacket.LayerType = 28809
	LayerTypeSlow   gopacket.LayerType = 38809
)

// EthernetTypeSlow is the EtherType of the slow protocols.
const EthernetTypeSlow layers.EthernetType = 0x8809

// Register registers the layer types with gopacket. gopacket then decodes frames of
// EtherType 0x8809 as LACP or Marker, by their subtype. Frames of other slow protocols
// become a gopacket.Payload.
//
// Register changes global variables of gopacket, so call it from main or init, before
// the program decodes any packet. Calls after the first do nothing.
func Register() { once.Do(register) }

var once sync.Once

func register() {
	gopacket.RegisterLayerType(int(LayerTypeLACP), gopacket.LayerTypeMetadata{Name: "LACP", Decoder: gopacket.DecodeFunc(decodeLACP)})
	gopacket.RegisterLayerType(int(LayerTypeMarker), gopacket.LayerTypeMetadata{Name: "Marker", Decoder: gopacket.DecodeFunc(decodeMarker)})
	gopacket.RegisterLayerType(int(LayerTypeSlow), gopacket.LayerTypeMetadata{Name: "SlowProtocols", Decoder: gopacket.DecodeFunc(decodeSlow)})
	layers.EthernetTypeMetadata[EthernetTypeSlow] = layers.EnumMetadata{
		DecodeWith: gopacket.DecodeFunc(decodeSlow),
		Name:       "SlowProtocols",
		LayerType:  LayerTypeSlow,
	}
}

// decodeSlow demultiplexes the slow protocols (802.3 Annex 57B).
func decodeSlow(data []byte, p gopacket.PacketBuilder) error {
	if len(data) == 0 {
		p.SetTruncated()
		return lacp.ErrShort
	}
	switch data[0] {
	case subtypeLACP:
		return decodeLACP(data, p)
	case subtypeMarker:
		return decodeMarker(data, p)
	}
	return gopacket.LayerTypePayload.Decode(data, p)
}

const (
	subtypeLACP   = 1
	subtypeMarker = 2
)

func decodeLACP(data []byte, p gopacket.PacketBuilder) error {
	l := new(LACP)
	return add(l, l.DecodeFromBytes(data, p), p)
}

func decodeMarker(data []byte, p gopacket.PacketBuilder) error {
	m := new(Marker)
	return add(m, m.DecodeFromBytes(data, p), p)
}

func add(l gopacket.Layer, err error, p gopacket.PacketBuilder) error {
	if err == nil {
		p.AddLayer(l)
	}
	return err
}

// feedback reports a truncated PDU to gopacket.
func feedback(err error, df gopacket.DecodeFeedback) error {
	if errors.Is(err, lacp.ErrShort) || errors.Is(err, marker.ErrShort) {
		df.SetTruncated()
	}
	return err
}
