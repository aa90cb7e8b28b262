package hash_test

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// TestDPDK uses values worked out by hand for the frames of pitfalls_test.go. The
// addresses of the stations mix to 0x0e00 (their last octets, 05 and 0b, are the high half
// of a 16-bit word), the IP addresses to 0x03000000, ports 1000 and 80 to 0xb803.
func TestDPDK(t *testing.T) {
	const l2, l23, l34 = hash.DPDKLayer2, hash.DPDKLayer23, hash.DPDKLayer34
	const (
		ether = 0x0e0e     // 0e00 ^ 0e
		both  = 0x03030d0d // fold(0x03000e00): 03000d00 after the first step
		hosts = 0x03030303 // fold(0x03000000)
		ports = 0x0303bbb8 // fold(0x0300b803)
	)
	cTag, sTag := traffic.Tag{TPID: 0x8100, TCI: 100}, traffic.Tag{TPID: 0x88a8, TCI: 200}
	udp := func(n int) traffic.IPv4 { return traffic.IPv4{Proto: 17, Payload: traffic.Ports(1000, 80, n-4)} }
	for _, c := range []struct {
		name   string
		policy hash.Policy
		frame  []byte
		want   uint32
	}{
		{"l2", l2, v4(tcp), ether},
		{"l2 leaves the EtherType out", l2, traffic.Ether(dst, src, nil, 0x1234, nil), ether},
		{"l23", l23, v4(tcp), both},
		{"l23 of a frame that is not IP", l23, traffic.Ether(dst, src, nil, 0x0806, make([]byte, 46)), 0x0e00 ^ 0x0e},
		{"l23 on IPv6", l23, v6(6, somePorts), both},
		{"l34 wants an octet after the TCP header", l34, v4(tcp), hosts},
		{"l34 with an octet of data", l34, v4(traffic.IPv4{Proto: 6, Payload: append(somePorts[:20:20], 0)}), ports},
		{"l34 of a UDP header at the end", l34, v4(udp(8)), hosts},
		{"l34 of UDP", l34, v4(udp(9)), ports},
		{"l34 of UDP on IPv6", l34, v6(17, somePorts[:8]), ports},
		{"l34 of SCTP", l34, v4(traffic.IPv4{Proto: 132, Payload: make([]byte, 40)}), hosts},
		{"l34 of a fragment", l34, v4(traffic.IPv4{Proto: 17, Frag: 0x2000, Payload: udp(20).Payload}), hosts},
		{"l34 of a frame that is not IP", l34, traffic.Ether(dst, src, nil, 0x0806, make([]byte, 46)), 0},
		{"l23 after a tag", l23, tagged(cTag), both},
		{"l23 after two tags", l23, tagged(sTag, cTag), both},
		{"thirteen octets", l23, v4(tcp)[:13], 0},
	} {
		if got := hasher(t, c.policy, hash.Options{Tags: hash.TagInline}).Sum32(c.frame); got != c.want {
			t.Errorf("%s: %#08x, want %#08x", c.name, got, c.want)
		}
	}
	// An S-tag after another tag, and a third tag, hide the packet.
	for _, tags := range [][]traffic.Tag{{cTag, sTag}, {sTag, cTag, cTag}} {
		if got := hasher(t, l23, hash.Options{Tags: hash.TagInline}).Sum32(tagged(tags...)); got != 0x0e00^0x0e {
			t.Errorf("tags %v: got %#08x, want the hash of the Ethernet header only", tags, got)
		}
	}
}

// TestDPDKBareACKBOX43 checks that dpdk:l34 hashes a frame that ends with the TCP or UDP
// header by its addresses, as DPDK does, and any other frame of a connection by its ports,
// too. The values are those of TestDPDK, with and without the ports.
func TestDPDKBareACKBOX43(t *testing.T) {
	const hosts, withPorts = 0x03030303, 0x0303bbb8
	segment := func(n int) []byte { return v4(traffic.IPv4{Proto: 6, Payload: traffic.Ports(1000, 80, n-4)}) }
	datagram := func(n int) []byte { return v4(traffic.IPv4{Proto: 17, Payload: traffic.Ports(1000, 80, n-4)}) }
	behindTag := func(n int) []byte {
		p := traffic.IPv4{Proto: 6, Src: client, Dst: server, Payload: traffic.Ports(1000, 80, n-4)}
		return traffic.Ether(dst, src, []traffic.Tag{{TPID: 0x8100, TCI: 100}}, traffic.TypeIPv4, p.Bytes())
	}
	for _, c := range []struct {
		name  string
		frame []byte
		want  uint32
	}{
		{"a bare ACK", segment(20), hosts},
		{"a bare ACK after a tag", behindTag(20), hosts},
		{"a bare ACK, padded to 60 octets", append(segment(20), make([]byte, 6)...), withPorts},
		{"an ACK with timestamps", segment(32), withPorts},
		{"one octet of data", segment(21), withPorts},
		{"one octet of data after a tag", behindTag(21), withPorts},
		{"an empty datagram", datagram(8), hosts},
		{"a datagram of one octet", datagram(9), withPorts},
	} {
		if got := hasher(t, hash.DPDKLayer34, hash.Options{}).Sum32(c.frame); got != c.want {
			t.Errorf("%s: Sum32() = %#08x, want %#08x", c.name, got, c.want)
		}
	}
	// On IPv6 the ports of the same segments count.
	h := hasher(t, hash.DPDKLayer34, hash.Options{})
	ack, other := v6(6, traffic.Ports(1000, 80, 16)), v6(6, traffic.Ports(1001, 80, 16))
	if h.Sum32(ack) == h.Sum32(other) {
		t.Errorf("a bare ACK on IPv6: Sum32() = %#08x for both connections, want two values", h.Sum32(ack))
	}
	// Explain and go doc mention it.
	if got := h.Explain(segment(20)).String(); !strings.Contains(got, hash.NoteTruncated.String()) {
		t.Errorf("Explain of a bare ACK: got\n%swant it to contain %q", got, hash.NoteTruncated)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(strings.Fields(file.Doc.Text()), " "); !strings.Contains(text, "a bare ACK") {
		t.Error("the package comment does not mention a bare ACK, want how dpdk:l34 hashes it")
	}
}

// TestDPDKDirections checks that the DPDK policies hash both directions of a connection
// alike.
func TestDPDKDirections(t *testing.T) {
	data := make([]byte, 20)
	there := v4(traffic.IPv4{Proto: 6, Payload: append(traffic.Ports(1000, 80, 16), data...)})
	back := traffic.Ether(src, dst, nil, traffic.TypeIPv4, traffic.IPv4{
		Proto: 6, Src: server, Dst: client, Payload: append(traffic.Ports(80, 1000, 16), data...)}.Bytes())
	for _, p := range []hash.Policy{hash.DPDKLayer2, hash.DPDKLayer23, hash.DPDKLayer34} {
		if a, b := hasher(t, p, hash.Options{}).Sum32(there), hasher(t, p, hash.Options{}).Sum32(back); a != b {
			t.Errorf("%v: got %#08x and %#08x, want equal hashes", p, a, b)
		}
	}
}
