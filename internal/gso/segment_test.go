package gso

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
)

// onesSum adds 16-bit words with end-around carry, word by word as in RFC 1071. It is
// independent of the code under test.
func onesSum(data []byte) uint16 {
	var sum uint32
	for i := 0; i < len(data); i += 2 {
		w := uint32(data[i]) << 8
		if i+1 < len(data) {
			w |= uint32(data[i+1])
		}
		sum += w
		if sum > 0xffff {
			sum -= 0xffff
		}
	}
	return uint16(sum)
}

// transportSum returns 0xffff if the checksum of an IP packet's payload is right.
func transportSum(t *testing.T, ip []byte, l4 int, proto byte) uint16 {
	t.Helper()
	var pseudo []byte
	if ip[0]>>4 == 4 {
		pseudo = append(pseudo, ip[12:20]...)
		pseudo = append(pseudo, 0, proto)
		pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(ip)-l4))
	} else {
		pseudo = append(pseudo, ip[8:40]...)
		pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(ip)-l4))
		pseudo = append(pseudo, 0, 0, 0, proto)
	}
	return onesSum(append(pseudo, ip[l4:]...))
}

type gsoCase struct {
	name    string
	kind    link.GSOType
	tags    []byte
	ipv6    bool
	options []byte // IPv4 options or an IPv6 extension header
	proto   byte
	flags   byte // TCP
	payload int
	size    uint16
}

var gsoCases = []gsoCase{
	{name: "TCPv4", kind: link.GSOTCPv4, proto: protoTCP, flags: 0x18, payload: 4000, size: 1448},
	{name: "TCPv4 exact multiple, FIN", kind: link.GSOTCPv4, proto: protoTCP, flags: 0x19, payload: 2896, size: 1448},
	{name: "TCPv4 with options, CWR", kind: link.GSOTCPv4 | link.GSOECN, proto: protoTCP, flags: 0x98, options: []byte{1, 1, 1, 0}, payload: 3001, size: 1000},
	{name: "TCPv6 behind two tags", kind: link.GSOTCPv6, ipv6: true, tags: []byte{0x88, 0xa8, 0, 7, 0x81, 0, 0, 9}, proto: protoTCP, flags: 0x10, payload: 5000, size: 1428},
	{name: "TCPv6 behind destination options", kind: link.GSOTCPv6, ipv6: true, options: []byte{protoTCP, 0, 1, 4, 0, 0, 0, 0}, proto: protoTCP, flags: 0x18, payload: 2000, size: 999},
	{name: "UDPv4", kind: link.GSOUDPL4, proto: protoUDP, payload: 3333, size: 1200},
	{name: "UDPv6", kind: link.GSOUDPL4, ipv6: true, proto: protoUDP, payload: 3600, size: 1200},
	{name: "one segment", kind: link.GSOTCPv4, proto: protoTCP, flags: 0x19, payload: 100, size: 1448},
	{name: "no payload", kind: link.GSOTCPv4, proto: protoTCP, flags: 0x10, payload: 0, size: 1448},
}

const gsoSeq, gsoID = 0xffffff00, 0xfffe // both wrap

// frame builds the large frame as a network stack hands it over.
func (c gsoCase) frame() (f link.Frame, network, l4, header int) {
	d := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	d = append(d, c.tags...)
	if c.ipv6 {
		d = append(d, 0x86, 0xdd)
	} else {
		d = append(d, 0x08, 0x00)
	}
	network = len(d)
	l4len := 8
	if c.proto == protoTCP {
		l4len = 20 + 12
	}
	if c.ipv6 {
		next := c.proto
		if c.options != nil {
			next = 60
		}
		d = append(d, 0x60, 0, 0, 0, 0, 0, next, 64)
		d = append(d, bytes.Repeat([]byte{0xfd, 1}, 8)...)
		d = append(d, bytes.Repeat([]byte{0xfd, 2}, 8)...)
	} else {
		d = append(d, 0x45+byte(len(c.options)/4), 0, 0, 0, gsoID>>8, gsoID&0xff, 0x40, 0, 64, c.proto, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2)
	}
	d = append(d, c.options...)
	l4 = len(d)
	d = append(d, 0x12, 0x34, 0, 80)
	at := 6
	if c.proto == protoTCP {
		at = 16
		d = binary.BigEndian.AppendUint32(d, gsoSeq)
		d = append(d, 0, 0, 0, 1, byte((20+12)/4)<<4, c.flags, 1, 0, 0, 0, 0, 0)
		d = append(d, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8)
	} else {
		d = append(d, 0, 0, 0, 0)
	}
	header = l4 + l4len
	for i := range c.payload {
		d = append(d, byte(i*7+i>>8))
	}
	f = link.Frame{Data: d, Offload: link.Offload{Flags: link.NeedsChecksum, GSO: c.kind, SegSize: c.size,
		HeaderLen: uint16(header), CsumStart: uint16(l4), CsumOffset: uint16(at)}}
	return f, network, l4, header
}

func TestSegment(t *testing.T) {
	for _, c := range gsoCases {
		t.Run(c.name, func(t *testing.T) {
			f, network, l4, header := c.frame()
			segments, _, err := Segment(nil, nil, f)
			if err != nil {
				t.Fatal(err)
			}
			want := max(1, (c.payload+int(c.size)-1)/int(c.size))
			if len(segments) != want {
				t.Fatalf("%d segments, want %d", len(segments), want)
			}
			var payload []byte
			for i, s := range segments {
				last := i == len(segments)-1
				if s.Offload != (link.Offload{}) {
					t.Errorf("segment %d: offload %+v is left", i, s.Offload)
				}
				if n := len(s.Data) - header; n > int(c.size) || !last && n != int(c.size) {
					t.Errorf("segment %d carries %d octets, want %d", i, n, c.size)
				}
				ip := s.Data[network:]
				if c.ipv6 {
					if n := binary.BigEndian.Uint16(ip[4:]); int(n) != len(ip)-40 {
						t.Errorf("segment %d: payload length %d, want %d", i, n, len(ip)-40)
					}
				} else {
					if n := binary.BigEndian.Uint16(ip[2:]); int(n) != len(ip) {
						t.Errorf("segment %d: total length %d, want %d", i, n, len(ip))
					}
					if id := binary.BigEndian.Uint16(ip[4:]); id != uint16(gsoID+i&0xffff) {
						t.Errorf("segment %d: identification %#x, want %#x", i, id, uint16(gsoID+i&0xffff))
					}
					if s := onesSum(ip[:l4-network]); s != 0xffff {
						t.Errorf("segment %d: IPv4 header sums up to %#x", i, s)
					}
				}
				if s := transportSum(t, ip, l4-network, c.proto); s != 0xffff {
					t.Errorf("segment %d: transport sums up to %#x", i, s)
				}
				if c.proto == protoTCP {
					seq := uint32(gsoSeq)
					seq += uint32(i * int(c.size))
					if got := binary.BigEndian.Uint32(s.Data[l4+4:]); got != seq {
						t.Errorf("segment %d: sequence number %#x, want %#x", i, got, seq)
					}
					flags := c.flags
					if !last {
						flags &^= 0x09 // FIN, PSH
					}
					if i > 0 {
						flags &^= 0x80 // CWR
					}
					if got := s.Data[l4+13]; got != flags {
						t.Errorf("segment %d: flags %#x, want %#x", i, got, flags)
					}
				} else if n := binary.BigEndian.Uint16(s.Data[l4+4:]); int(n) != len(s.Data)-l4 {
					t.Errorf("segment %d: UDP length %d, want %d", i, n, len(s.Data)-l4)
				}
				payload = append(payload, s.Data[header:]...)
			}
			if !bytes.Equal(payload, f.Data[header:]) {
				t.Error("the segments' payload is not the frame's")
			}
		})
	}
}

func TestSegmentCopiesFrameWithoutSegments(t *testing.T) {
	f := link.Frame{Data: []byte("an Ethernet frame that is whole")}
	got, _, err := Segment(nil, nil, f)
	if err != nil || len(got) != 1 || !bytes.Equal(got[0].Data, f.Data) {
		t.Fatalf("got %v, %v", got, err)
	}
	got[0].Data[0]++
	if f.Data[0] != 'a' {
		t.Error("the copy shares memory with the frame")
	}
}

// Segment returns segments or an error for any frame, even a hostile one.
func TestSegmentOfHostileFrames(t *testing.T) {
	for _, c := range gsoCases {
		f, _, _, header := c.frame()
		for n := range header {
			cut := f
			cut.Data = f.Data[:n]
			if _, _, err := Segment(nil, nil, cut); err == nil {
				t.Errorf("%s: no error for a frame cut to %d octets of %d of headers", c.name, n, header)
			}
		}
		for i := range header {
			for _, v := range []byte{0, 0xff, f.Data[i] ^ 0x80} {
				bad := f
				bad.Data = bytes.Clone(f.Data)
				bad.Data[i] = v
				segments, _, err := Segment(nil, nil, bad)
				if err == nil && len(segments) > maxSegments {
					t.Errorf("%s: octet %d = %#x makes %d segments", c.name, i, v, len(segments))
				}
			}
		}
	}
	f, _, _, _ := gsoCases[0].frame()
	for _, tt := range []struct {
		name string
		with func(*link.Offload)
		want error
	}{
		{"no segment size", func(o *link.Offload) { o.SegSize = 0 }, errOffloadKind},
		{"one octet a segment", func(o *link.Offload) { o.SegSize = 1 }, errOffloadCount},
		{"wrong family", func(o *link.Offload) { o.GSO = link.GSOTCPv6 }, errOffloadKind},
		{"wrong protocol", func(o *link.Offload) { o.GSO = link.GSOUDPL4 }, errOffloadKind},
		{"fragmentation offload", func(o *link.Offload) { o.GSO = link.GSOUDP }, errOffloadKind},
		{"unknown kind", func(o *link.Offload) { o.GSO = 77 }, errOffloadKind},
	} {
		bad := f
		tt.with(&bad.Offload)
		if _, _, err := Segment(nil, nil, bad); err != tt.want {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestSegmentAllocatesNothingWithRoom(t *testing.T) {
	f, _, _, _ := gsoCases[0].frame()
	dst, space := make([]link.Frame, 0, 8), make([]byte, 0, 8192)
	n := testing.AllocsPerRun(100, func() {
		if _, _, err := Segment(dst, space, f); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestCompleteChecksum(t *testing.T) {
	for _, size := range []int{0, 1, 7, 8, 1448} {
		c := gsoCase{proto: protoTCP, flags: 0x18, payload: size}
		f, network, l4, _ := c.frame()
		f.Offload.GSO = link.GSONone
		// A network stack stores the sum of the pseudo header in the checksum's place.
		pseudo := []byte{192, 0, 2, 1, 192, 0, 2, 2, 0, protoTCP}
		pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(f.Data)-l4))
		binary.BigEndian.PutUint16(f.Data[l4+16:], onesSum(pseudo))
		if err := completeChecksum(&f); err != nil {
			t.Fatal(err)
		}
		if s := transportSum(t, f.Data[network:], l4-network, protoTCP); s != 0xffff {
			t.Errorf("%d octets: sums up to %#x", size, s)
		}
		if f.Offload != (link.Offload{}) {
			t.Errorf("offload %+v is left", f.Offload)
		}
	}
	short := link.Frame{Data: make([]byte, 40), Offload: link.Offload{Flags: link.NeedsChecksum, CsumStart: 30, CsumOffset: 9}}
	if err := completeChecksum(&short); err != ErrHeader {
		t.Errorf("checksum behind the end: error %v, want %v", err, ErrHeader)
	}
	short.Offload.CsumStart, short.Offload.CsumOffset = 0xffff, 0xffff
	if err := completeChecksum(&short); err != ErrHeader {
		t.Errorf("checksum far behind the end: error %v, want %v", err, ErrHeader)
	}
}
