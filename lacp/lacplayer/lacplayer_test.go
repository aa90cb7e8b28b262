package lacplayer_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/lacp/lacplayer"
	"github.com/lagkit/lagkit/marker"
)

func TestMain(m *testing.M) {
	lacplayer.Register()
	lacplayer.Register() // a second call does no harm
	os.Exit(m.Run())
}

var (
	macA = lacp.MAC{2, 0, 0, 0, 0, 0xa}
	macB = lacp.MAC{2, 0, 0, 0, 0, 0xb}

	lacpdu = lacp.PDU{
		Version: 1,
		Actor: lacp.Info{System: lacp.SystemID{Priority: 1, MAC: macA}, Key: 3, Port: lacp.PortID{Priority: 4, Number: 5},
			State: lacp.StateActivity | lacp.StateSynchronization},
		Partner: lacp.Info{System: lacp.SystemID{Priority: 6, MAC: macB}, Key: 8, Port: lacp.PortID{Priority: 9, Number: 10},
			State: lacp.StateDefaulted},
		CollectorMaxDelay: 11,
	}
	markerPDU = marker.PDU{RequesterPort: 7, RequesterSystem: macA, TransactionID: 0xdeadbeef}
)

// build serializes a layer after an Ethernet header, and after a VLAN tag if vlan is
// set.
func build(t testing.TB, vlan bool, l gopacket.SerializableLayer) []byte {
	t.Helper()
	eth := &layers.Ethernet{DstMAC: lacp.SlowProtocolsMulticast[:], SrcMAC: macA[:], EthernetType: lacplayer.EthernetTypeSlow}
	stack := []gopacket.SerializableLayer{eth, l}
	if vlan {
		eth.EthernetType = layers.EthernetTypeDot1Q
		stack = []gopacket.SerializableLayer{eth, &layers.Dot1Q{VLANIdentifier: 5, Type: lacplayer.EthernetTypeSlow}, l}
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, stack...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(frame []byte) gopacket.Packet {
	return gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
}

// The layers serialize to the same frames as the engine's, and decode to the same PDUs.
func TestRoundTrip(t *testing.T) {
	action := lacp.Action{PDU: lacpdu, Source: macA, Destination: lacp.SlowProtocolsMulticast}
	if got, want := build(t, false, &lacplayer.LACP{PDU: lacpdu}), action.AppendFrame(nil); !bytes.Equal(got, want) {
		t.Errorf("serialized % x\nwant       % x", got, want)
	}
	markers := marker.Action{PDU: markerPDU, Source: macA, Destination: lacp.SlowProtocolsMulticast}
	if got, want := build(t, false, &lacplayer.Marker{PDU: markerPDU}), markers.AppendFrame(nil); !bytes.Equal(got, want) {
		t.Errorf("serialized % x\nwant       % x", got, want)
	}
	for _, vlan := range []bool{false, true} {
		p := decode(build(t, vlan, &lacplayer.LACP{PDU: lacpdu}))
		if l, ok := p.Layer(lacplayer.LayerTypeLACP).(*lacplayer.LACP); !ok || l.PDU != lacpdu || p.ErrorLayer() != nil {
			t.Errorf("VLAN %v: %v", vlan, p)
		}
		response := markerPDU
		response.Response = true
		p = decode(build(t, vlan, &lacplayer.Marker{PDU: response}))
		if m, ok := p.Layer(lacplayer.LayerTypeMarker).(*lacplayer.Marker); !ok || m.PDU != response || p.ErrorLayer() != nil {
			t.Errorf("VLAN %v: %v", vlan, p)
		}
	}
	if got := lacplayer.LayerTypeLACP.String() + " " + lacplayer.LayerTypeMarker.String() + " " + lacplayer.EthernetTypeSlow.String(); got != "LACP Marker SlowProtocols" {
		t.Errorf("names %q, want LACP Marker SlowProtocols", got)
	}
}

// Octets that the codec does not know are kept: TLVs of version 2, reserved octets, and
// octets after the PDU.
func TestRestIsKept(t *testing.T) {
	tlv := append([]byte{4, 6, 0, 0x80, 0xc2, 1, 0, 0}, bytes.Repeat([]byte{0xee}, 60)...)
	pdu := lacpdu
	pdu.Version = 2
	frame := build(t, false, &lacplayer.LACP{PDU: pdu, Rest: tlv})
	if want := 14 + 58 + len(tlv); len(frame) != want {
		t.Fatalf("%d octets, want %d", len(frame), want)
	}
	l := decode(frame).Layer(lacplayer.LayerTypeLACP).(*lacplayer.LACP)
	if l.Version != 2 || !bytes.Equal(l.Rest, tlv) || !bytes.Equal(build(t, false, l), frame) {
		t.Errorf("decoded %+v", l)
	}
	for tlv, intact := range lacp.TLVs(l.Contents) {
		if tlv.Type != 4 || !intact {
			t.Errorf("TLV %+v, %v", tlv, intact)
		}
		break
	}
	frame = build(t, false, &lacplayer.Marker{PDU: markerPDU, Rest: []byte{0xab, 0xcd}})
	m := decode(frame).Layer(lacplayer.LayerTypeMarker).(*lacplayer.Marker)
	if len(frame) != lacp.FrameLen || m.Rest[0] != 0xab || m.Rest[1] != 0xcd || m.Rest[2] != 0 || !bytes.Equal(build(t, false, m), frame) {
		t.Errorf("decoded %+v from % x", m, frame)
	}
}

func TestBadPDUs(t *testing.T) {
	good := build(t, false, &lacplayer.LACP{PDU: lacpdu})
	goodMarker := build(t, false, &lacplayer.Marker{PDU: markerPDU})
	with := func(frame []byte, at int, v byte) []byte {
		b := bytes.Clone(frame)
		b[at] = v
		return b
	}
	for _, c := range []struct {
		name      string
		frame     []byte
		want      error
		truncated bool
	}{
		{"a short LACPDU", good[:100], lacp.ErrShort, true},
		{"a wrong length", with(good, 17, 19), lacp.ErrLength, false},
		{"a short Marker", goodMarker[:100], marker.ErrShort, true},
		{"a Marker of type 3", with(goodMarker, 16, 3), marker.ErrType, false},
	} {
		p := decode(c.frame)
		if p.Layer(lacplayer.LayerTypeLACP) != nil || p.Layer(lacplayer.LayerTypeMarker) != nil {
			t.Errorf("%s was decoded: %v", c.name, p)
		}
		if p.ErrorLayer() == nil || !errors.Is(p.ErrorLayer().Error(), c.want) {
			t.Errorf("%s: error %v, want %v", c.name, p.ErrorLayer(), c.want)
		}
		if p.Metadata().Truncated != c.truncated {
			t.Errorf("%s: truncated %v", c.name, p.Metadata().Truncated)
		}
	}
	empty := gopacket.NewPacket(nil, lacplayer.LayerTypeSlow, gopacket.Default)
	if empty.ErrorLayer() == nil || !errors.Is(empty.ErrorLayer().Error(), lacp.ErrShort) {
		t.Errorf("an empty PDU is decoded as %v", empty)
	}
	oam := decode(with(good, 14, 3))
	if oam.ErrorLayer() != nil || oam.Layer(gopacket.LayerTypePayload) == nil {
		t.Errorf("OAM is decoded as %v", oam)
	}
}

// Both layers work with a parser that reuses the same variables.
func TestDecodingLayerParser(t *testing.T) {
	var l lacplayer.LACP
	var m lacplayer.Marker
	var decoded []gopacket.LayerType
	for _, c := range []struct {
		first gopacket.LayerType
		frame []byte
	}{
		{lacplayer.LayerTypeLACP, build(t, false, &lacplayer.LACP{PDU: lacpdu})},
		{lacplayer.LayerTypeMarker, build(t, false, &lacplayer.Marker{PDU: markerPDU})},
	} {
		p := gopacket.NewDecodingLayerParser(c.first, &l, &m)
		if err := p.DecodeLayers(c.frame[14:], &decoded); err != nil || len(decoded) != 1 || decoded[0] != c.first {
			t.Errorf("decoded %v, %v, want %v", decoded, err, c.first)
		}
	}
	if l.PDU != lacpdu || m.PDU != markerPDU {
		t.Errorf("decoded %+v and %+v", l.PDU, m.PDU)
	}
}

// Every LACPDU and Marker of the captures, from real devices and synthetic, decodes as
// in package lacp and serializes to an equivalent frame.
func TestCaptures(t *testing.T) {
	var paths []string
	for _, dir := range []string{"../../../shared/captures/*.pcap", "../../../shared/captures/*/*.pcap"} {
		found, err := filepath.Glob(dir)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		t.Skip("no captures found next to the repository")
	}
	lacpdus, markers := 0, 0
	for _, path := range paths {
		r, err := capture.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for f, err := range r.Frames() {
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			slow, p := lacp.ParseSlow(f.Data), decode(f.Data)
			var again gopacket.SerializableLayer
			switch slow.Kind {
			case lacp.SlowLACPDU:
				lacpdus++
				l, ok := p.Layer(lacplayer.LayerTypeLACP).(*lacplayer.LACP)
				var want lacp.PDU
				if err := want.UnmarshalBinary(slow.PDU); !ok || err != nil || l.PDU != want {
					t.Errorf("%s frame %d: %v, %v", path, f.Number, p, err)
					continue
				}
				again = l
			case lacp.SlowMarker, lacp.SlowMarkerResponse:
				markers++
				m, ok := p.Layer(lacplayer.LayerTypeMarker).(*lacplayer.Marker)
				if !ok {
					t.Errorf("%s frame %d: %v", path, f.Number, p)
					continue
				}
				again = m
			default:
				if p.Layer(layers.LayerTypeSNAP) != nil {
					continue // EtherType 0x8809 after LLC: gopacket decodes it, a port does not
				}
				if p.Layer(lacplayer.LayerTypeLACP) != nil || p.Layer(lacplayer.LayerTypeMarker) != nil {
					t.Errorf("%s frame %d: %v is decoded as %v", path, f.Number, slow.Kind, p)
				}
				continue
			}
			got := lacp.ParseSlow(build(t, false, again))
			if got.Kind != slow.Kind || len(got.PDU) != len(slow.PDU) || !bytes.Equal(got.PDU[58:], slow.PDU[58:]) {
				t.Errorf("%s frame %d: % x became % x", path, f.Number, slow.PDU, got.PDU)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d captures: %d LACPDUs, %d Markers", len(paths), lacpdus, markers)
	if lacpdus == 0 || markers == 0 {
		t.Error("the captures have no LACPDU or no Marker")
	}
}
