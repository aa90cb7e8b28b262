package hash_test

import (
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// The frames of this file go from 10.0.0.1 to 10.0.0.2, or 2001:db8::1 to
// 2001:db8::2, between two stations whose last octets XOR to 0x0e, and the
// values are worked out by hand:
//
//	addresses, mixed:             0x03000000 on the wire as 00 00 00 03
//	EtherType ^ 0x0e:             0x0000080e (IPv4), 0x000086d3 (IPv6)
//	ports 1000 and 80, mixed:     0x5000e803
//	fold(x):                      x ^= x>>16; x ^= x>>8
const (
	etherIPv4Sum = 0x0000080e
	etherIPv6Sum = 0x000086d3

	pairIPv4Sum  = 0x03030b05     // layer2+3: fold(0x0300080e)
	pairIPv6Sum  = 0x03038556     // layer2+3: fold(0x030086d3)
	hostsOnlySum = 0x03030303 / 2 // layer3+4: fold(0x03000000) >> 1
	portsSum     = 0x5353bbb8 / 2 // layer3+4: fold(0x5300e803) >> 1
)

var (
	dst = [6]byte{2, 0, 0, 0, 0, 0x05}
	src = [6]byte{2, 0, 0, 0, 0, 0x0b}

	client, server   = [4]byte{10, 0, 0, 1}, [4]byte{10, 0, 0, 2}
	client6, server6 = [16]byte{0x20, 1, 0xd, 0xb8, 15: 1}, [16]byte{0x20, 1, 0xd, 0xb8, 15: 2}
	otherPair        = traffic.IPv4{Src: [4]byte{192, 0, 2, 9}, Dst: [4]byte{198, 51, 100, 7}}

	somePorts = traffic.Ports(1000, 80, 16)
)

// v4 returns an IPv4 frame of the pair.
func v4(p traffic.IPv4) []byte {
	p.Src, p.Dst = client, server
	return traffic.Ether(dst, src, nil, traffic.TypeIPv4, p.Bytes())
}

// v6 returns an IPv6 frame of the pair.
func v6(next byte, payload []byte) []byte {
	p := traffic.IPv6{Next: next, Src: client6, Dst: server6, Payload: payload}
	return traffic.Ether(dst, src, nil, traffic.TypeIPv6, p.Bytes())
}

// about returns an ICMP error on IPv4 between another pair of hosts about a packet of the
// pair.
func about(kind byte, inner traffic.IPv4) []byte {
	inner.Src, inner.Dst = client, server
	p := otherPair
	p.Proto, p.Payload = 1, append([]byte{kind, 0, 0, 0, 0, 0, 0, 0}, inner.Bytes()...)
	return traffic.Ether(dst, src, nil, traffic.TypeIPv4, p.Bytes())
}

// about6 returns the same on IPv6.
func about6(kind byte) []byte {
	inner := traffic.IPv6{Next: traffic.TCP, Src: client6, Dst: server6, Payload: somePorts}
	p := traffic.IPv6{Next: 58, Src: [16]byte{15: 9}, Dst: [16]byte{15: 7}}
	p.Payload = append([]byte{kind, 0, 0, 0, 0, 0, 0, 0}, inner.Bytes()...)
	return traffic.Ether(dst, src, nil, traffic.TypeIPv6, p.Bytes())
}

var tcp = traffic.IPv4{Proto: traffic.TCP, Payload: somePorts}

func tagged(tags ...traffic.Tag) []byte {
	p := tcp
	p.Src, p.Dst = client, server
	return traffic.Ether(dst, src, tags, traffic.TypeIPv4, p.Bytes())
}

// with returns a copy of a with the octets of b appended.
func with(a []byte, b ...byte) []byte { return append(append([]byte(nil), a...), b...) }

func TestPitfalls(t *testing.T) {
	const l2, l23, l34 = hash.Layer2, hash.Layer23, hash.Layer34
	echo := func(id ...byte) []byte { return []byte{8, 0, 0, 0, id[0], id[1], 0, 1} }
	truncatedInner := about(3, tcp)
	truncatedInner = truncatedInner[:14+20+8+19]

	tests := []struct {
		name   string
		policy hash.Policy
		frame  []byte
		want   uint32
	}{
		{"layer2 takes the whole EtherType", l2, v4(tcp), etherIPv4Sum},
		{"layer2 is not folded", l2, v6(traffic.TCP, somePorts), etherIPv6Sum},
		{"layer2+3 leaves the ports out", l23, v4(tcp), pairIPv4Sum},
		{"layer2+3 keeps the lowest bit", l23, v6(traffic.TCP, somePorts), pairIPv6Sum},
		{"layer3+4 drops the lowest bit after the fold", l34, v4(tcp), portsSum},
		{"layer3+4 on IPv6", l34, v6(traffic.TCP, somePorts), portsSum},
		{"UDP", l34, v4(traffic.IPv4{Proto: 17, Payload: somePorts}), portsSum},
		{"DCCP", l34, v4(traffic.IPv4{Proto: 33, Payload: somePorts}), portsSum},
		{"SCTP", l34, v4(traffic.IPv4{Proto: 132, Payload: somePorts}), portsSum},
		{"UDP-Lite", l34, v4(traffic.IPv4{Proto: 136, Payload: somePorts}), portsSum},
		{"the SPI of ESP counts as ports", l34, v4(traffic.IPv4{Proto: 50, Payload: somePorts}), portsSum},
		{"the SPI of AH is four octets in", l34, v4(traffic.IPv4{Proto: 51, Payload: append([]byte{6, 4, 0, 0}, somePorts...)}), portsSum},
		{"AH on IPv6", l34, v6(51, append([]byte{6, 4, 0, 0}, somePorts...)), portsSum},
		{"AH cut before its SPI ends", l34, v4(traffic.IPv4{Proto: 51, Payload: make([]byte, 7)}), hostsOnlySum},
		{"GRE has no ports", l34, v4(traffic.IPv4{Proto: 47, Payload: somePorts}), hostsOnlySum},
		{"ports cut short", l34, v4(traffic.IPv4{Proto: 6, Payload: somePorts[:3]}), hostsOnlySum},
		{"ports that end with the frame", l34, v4(traffic.IPv4{Proto: 6, Payload: somePorts[:4]}), portsSum},
		{"ports after options", l34, v4(traffic.IPv4{Proto: 6, Options: make([]byte, 8), Payload: somePorts}), portsSum},

		{"the version is not checked", l34, v4(traffic.IPv4{VersionIHL: 0xf5, Proto: 6, Payload: somePorts}), portsSum},
		// The ports then are the source address: fold(0x03000000 ^ 0x0100000a) >> 1.
		{"IHL 3 reads ports out of the header", l34, v4(traffic.IPv4{VersionIHL: 0x43, Proto: 6, Payload: somePorts}), 0x02020208 / 2},
		{"IHL past the end of the frame", l34, v4(traffic.IPv4{VersionIHL: 0x4f, Proto: 6, Payload: somePorts}), hostsOnlySum},

		{"a first fragment has no ports", l34, v4(traffic.IPv4{Frag: 0x2000, Proto: 17, Payload: somePorts}), hostsOnlySum},
		{"a later fragment has no ports", l34, v4(traffic.IPv4{Frag: 0x20b9, Proto: 17, Payload: somePorts}), hostsOnlySum},
		{"the last fragment has no ports", l34, v4(traffic.IPv4{Frag: 0x0001, Proto: 17, Payload: somePorts}), hostsOnlySum},
		{"Don't Fragment is no fragment", l34, v4(traffic.IPv4{Frag: 0x4000, Proto: 17, Payload: somePorts}), portsSum},
		{"the reserved bit is no fragment", l34, v4(traffic.IPv4{Frag: 0x8000, Proto: 17, Payload: somePorts}), portsSum},
		{"a fragment of an ICMP error is not looked into", l23, v4(traffic.IPv4{Frag: 0x2000, Proto: 1, Payload: about(3, tcp)[34:]}), pairIPv4Sum},
		{"an IPv6 fragment has no ports", l34, v6(44, with([]byte{6, 0, 0, 0, 0, 0, 0, 1}, somePorts...)), hostsOnlySum},
		{"IPv6 extension headers are not walked", l34, v6(60, with([]byte{6, 0, 1, 4, 0, 0, 0, 0}, somePorts...)), hostsOnlySum},

		// fold(0x03000000 ^ 0x04030008) >> 1, identifier 0x0403.
		{"ICMP echo hashes type, code, identifier", l34, v4(traffic.IPv4{Proto: 1, Payload: echo(4, 3)}), 0x0704040c / 2},
		// fold(0x03000000 ^ 0x00010008) >> 1.
		{"identifier 0 counts as 1", l34, v4(traffic.IPv4{Proto: 1, Payload: echo(0, 0)}), 0x0302020a / 2},
		{"identifier 1", l34, v4(traffic.IPv4{Proto: 1, Payload: echo(0, 1)}), 0x0302020a / 2},
		{"ICMPv6 types count on IPv4, too", l34, v4(traffic.IPv4{Proto: 58, Payload: echo(0, 1)}), 0x0302020a / 2},
		{"ICMP echo on IPv6", l34, v6(58, echo(0, 1)), 0x0302020a / 2},
		{"layer2+3 leaves the identifier out", l23, v4(traffic.IPv4{Proto: 1, Payload: echo(4, 3)}), pairIPv4Sum},
		{"a message without identifier", l34, v4(traffic.IPv4{Proto: 1, Payload: []byte{10, 0, 0, 0, 4, 3, 0, 1}}), hostsOnlySum},
		{"a query cut short", l34, v4(traffic.IPv4{Proto: 1, Payload: echo(4, 3)[:7]}), hostsOnlySum},

		{"an ICMP error goes with its packet", l34, about(3, tcp), portsSum},
		{"also by addresses only", l23, about(11, tcp), pairIPv4Sum},
		{"Source Quench is an error", l34, about(4, tcp), portsSum},
		{"Redirect is an error", l34, about(5, tcp), portsSum},
		{"Parameter Problem is an error", l34, about(12, tcp), portsSum},
		{"an error about a fragment", l34, about(3, traffic.IPv4{Frag: 0x2000, Proto: 17, Payload: somePorts}), hostsOnlySum},
		{"an error about an echo", l34, about(3, traffic.IPv4{Proto: 1, Payload: echo(4, 3)}), hostsOnlySum},
		{"an error about a truncated packet", l34, truncatedInner, etherIPv4Sum},
		{"the same by layer2+3", l23, truncatedInner, etherIPv4Sum},
		{"an ICMPv6 error goes with its packet", l34, about6(1), portsSum},
		{"Packet Too Big is an error", l34, about6(2), portsSum},
		{"the last ICMPv6 error type", l34, about6(4), portsSum},
		// fold(0x0e000000) >> 1: the outer addresses, ::9 and ::7.
		{"ICMPv6 type 100 is none", l34, about6(100), 0x0e0e0e0e / 2},

		{"a truncated IPv4 header", l34, v4(tcp)[:33], etherIPv4Sum},
		{"a truncated IPv6 header", l23, v6(6, somePorts)[:53], etherIPv6Sum},
		{"the fallback is not shifted", l34, traffic.Ether(dst, src, nil, 0x0807, nil), 0x0809},
		{"ARP is not IP", l23, traffic.Ether(dst, src, nil, 0x0806, make([]byte, 46)), 0x0808},
		{"thirteen octets", l2, v4(tcp)[:13], 0},
		{"no frame at all", l34, nil, 0},
	}
	for _, tt := range tests {
		h, err := hash.New(tt.policy, hash.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Sum32(tt.frame); got != tt.want {
			t.Errorf("%s: %v: got %#08x, want %#08x", tt.name, tt.policy, got, tt.want)
		}
		// Untagged frames do not depend on the view.
		inline, err := hash.New(tt.policy, hash.Options{Tags: hash.TagInline})
		if err != nil {
			t.Fatal(err)
		}
		if got := inline.Sum32(tt.frame); got != tt.want {
			t.Errorf("%s: %v with inline tags: got %#08x, want %#08x", tt.name, tt.policy, got, tt.want)
		}
	}
}

func TestTagPitfalls(t *testing.T) {
	cTag, sTag := traffic.Tag{TPID: 0x8100, TCI: 100}, traffic.Tag{TPID: 0x88a8, TCI: 200}
	tests := []struct {
		name             string
		policy           hash.Policy
		frame            []byte
		stripped, inline uint32
	}{
		{"layer2 of a tagged frame", hash.Layer2, tagged(cTag), etherIPv4Sum, 0x810e},
		{"layer2+3 of a tagged frame", hash.Layer23, tagged(cTag), pairIPv4Sum, 0x810e},
		{"layer3+4 of a tagged frame", hash.Layer34, tagged(cTag), portsSum, 0x810e},
		{"a service tag", hash.Layer34, tagged(sTag), portsSum, 0x88a6},
		{"a priority tag", hash.Layer34, tagged(traffic.Tag{TPID: 0x8100, TCI: 0xe000}), portsSum, 0x810e},
		{"QinQ loses the outer tag only", hash.Layer34, tagged(sTag, cTag), 0x810e, 0x88a6},
		{"0x9100 is no tag", hash.Layer34, tagged(traffic.Tag{TPID: 0x9100, TCI: 1}), 0x910e, 0x910e},
		{"a tag cut before the EtherType ends", hash.Layer2, tagged(cTag)[:17], 0x810e, 0x810e},
		{"a tag and its EtherType only", hash.Layer34, tagged(cTag)[:18], etherIPv4Sum, 0x810e},
	}
	for _, tt := range tests {
		for view, want := range map[hash.TagView]uint32{hash.TagStripped: tt.stripped, hash.TagInline: tt.inline} {
			h, err := hash.New(tt.policy, hash.Options{Tags: view})
			if err != nil {
				t.Fatal(err)
			}
			if got := h.Sum32(tt.frame); got != want {
				t.Errorf("%s, %v: got %#08x, want %#08x", tt.name, view, got, want)
			}
		}
	}
}

// TestDirections shows that layer2+3 puts both directions of a connection on
// one member and layer3+4 does not.
func TestDirections(t *testing.T) {
	there := v4(tcp)
	back := traffic.Ether(src, dst, nil, traffic.TypeIPv4,
		traffic.IPv4{Proto: traffic.TCP, Src: server, Dst: client, Payload: traffic.Ports(80, 1000, 16)}.Bytes())
	for policy, same := range map[hash.Policy]bool{hash.Layer2: true, hash.Layer23: true, hash.Layer34: false} {
		h, err := hash.New(policy, hash.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Sum32(there) == h.Sum32(back); got != same {
			t.Errorf("%v: both directions hash alike = %v, want %v", policy, got, same)
		}
	}
}
