package hash_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// sameFlow checks that all frames hash like the first one, or, if same is false, that none
// does.
func sameFlow(t *testing.T, name string, o hash.Options, same bool, frames ...[]byte) {
	t.Helper()
	h := hasher(t, hash.Flow, o)
	first := h.Sum32(frames[0])
	for i, f := range frames[1:] {
		if (h.Sum32(f) == first) != same {
			t.Errorf("%s: frames 0 and %d hash alike = %v, want %v (%+v)", name, i+1, !same, same, o)
		}
	}
}

func TestFlowReads(t *testing.T) {
	udp := traffic.IPv4{Proto: 17, Payload: somePorts}
	frag := func(bits uint16, payload ...byte) []byte {
		return v4(traffic.IPv4{Proto: 17, Frag: bits, Payload: append([]byte(nil), payload...)})
	}
	ext := func(next byte) []byte { return append([]byte{next, 0, 1, 4, 0, 0, 0, 0}, somePorts...) }
	query := func(proto, kind byte, id ...byte) []byte {
		return v4(traffic.IPv4{Proto: proto, Payload: []byte{kind, 0, 0, 0, id[0], id[1], 0, 1}})
	}
	query6 := func(kind byte, id ...byte) []byte { return v6(58, []byte{kind, 0, 0, 0, id[0], id[1], 0, 1}) }
	c, s, old := traffic.Tag{TPID: 0x8100, TCI: 5}, traffic.Tag{TPID: 0x88a8, TCI: 6}, traffic.Tag{TPID: 0x9100, TCI: 7}
	for _, v := range flowVariants {
		for _, o := range []hash.Options{v.options, func() hash.Options { o := v.options; o.Inner = true; return o }()} {
			sameFlow(t, "one tag", o, true, tagged(), tagged(c), tagged(s), tagged(old))
			sameFlow(t, "TPID and priority", o, true, tagged(s, c),
				tagged(traffic.Tag{TPID: 0x9100, TCI: 6}, c), tagged(traffic.Tag{TPID: 0x8100, TCI: 0xe006}, traffic.Tag{TPID: 0x8100, TCI: 0x1005}))
			sameFlow(t, "five tags hide the packet", o, false, tagged(), tagged(s, s, s, c, c))
			sameFlow(t, "fragments", o, true, frag(0x2000, somePorts...), frag(0x20b9, 1, 2, 3, 4, 5, 6, 7, 8), frag(0x0172, 9))
			sameFlow(t, "no fragment has ports", o, false, frag(0x4000, somePorts...), frag(0x2000, somePorts...))
			sameFlow(t, "IPv6 fragments", o, true,
				v6(44, with([]byte{17, 0, 0, 1, 0, 0, 0, 1}, somePorts...)),
				v6(44, with([]byte{6, 0, 0, 0x10, 0, 0, 0, 1}, 1, 2, 3, 4, 5, 6, 7, 8)))
			sameFlow(t, "an atomic fragment is a whole packet", o, true,
				v6(17, somePorts), v6(44, with([]byte{17, 0, 0, 0, 0, 0, 0, 1}, somePorts...)))
			sameFlow(t, "extension headers", o, true, v6(6, somePorts), v6(0, ext(6)), v6(43, ext(6)), v6(60, ext(6)),
				v6(0, with([]byte{60, 0, 1, 4, 0, 0, 0, 0}, ext(6)...)))
			sameFlow(t, "options", o, true, v4(tcp), v4(traffic.IPv4{Proto: 6, Options: make([]byte, 8), Payload: somePorts}))
			sameFlow(t, "protocol", o, false, v4(tcp), v4(udp), v4(traffic.IPv4{Proto: 132, Payload: somePorts}))
			sameFlow(t, "ports", o, false, v4(tcp), v4(traffic.IPv4{Proto: 6, Payload: traffic.Ports(1001, 80, 16)}),
				v4(traffic.IPv4{Proto: 6, Payload: traffic.Ports(1000, 81, 16)}))
			sameFlow(t, "queries", o, false, query(1, 8, 0, 1), query(1, 8, 0, 2))
			sameFlow(t, "an answer is with its query", o, true, query(1, 8, 4, 3), query(1, 0, 4, 3))
			sameFlow(t, "an ICMPv6 answer is with its query", o, true, query6(128, 4, 3), query6(129, 4, 3))
			sameFlow(t, "errors", o, true, v4(tcp), about(3, tcp), about(4, tcp), about(5, tcp), about(11, tcp), about(12, tcp))
			sameFlow(t, "errors about a query", o, true, query(1, 8, 4, 3),
				about(3, traffic.IPv4{Proto: 1, Payload: []byte{8, 0, 0, 0, 4, 3, 0, 1}}))
			sameFlow(t, "ICMPv6 errors", o, true, v6(6, somePorts), about6(1), about6(2), about6(3), about6(4))
			sameFlow(t, "ARP is hashed by stations", o, true,
				traffic.Ether(dst, src, nil, 0x0806, make([]byte, 46)), traffic.Ether(dst, src, []traffic.Tag{c}, 0x0806, octets(rand.New(rand.NewPCG(1, 1)), 46)))
			sameFlow(t, "EtherType", o, false, traffic.Ether(dst, src, nil, 0x0806, nil), traffic.Ether(dst, src, nil, 0x0807, nil))
			sameFlow(t, "a version that is not the EtherType's", o, false, v4(tcp), v4(traffic.IPv4{VersionIHL: 0x65, Proto: 6, Payload: somePorts}))
		}
	}
}

// TestFlowSymmetric checks that both directions hash alike with Symmetric, and differently
// without it.
func TestFlowSymmetric(t *testing.T) {
	back4 := traffic.Ether(src, dst, nil, traffic.TypeIPv4,
		traffic.IPv4{Proto: traffic.TCP, Src: server, Dst: client, Payload: traffic.Ports(80, 1000, 16)}.Bytes())
	back6 := traffic.Ether(src, dst, nil, traffic.TypeIPv6,
		traffic.IPv6{Next: traffic.TCP, Src: server6, Dst: client6, Payload: traffic.Ports(80, 1000, 16)}.Bytes())
	arp, arpBack := traffic.Ether(dst, src, nil, 0x0806, nil), traffic.Ether(src, dst, nil, 0x0806, nil)
	sas := func(a, b [4]byte, spi uint16) []byte {
		return traffic.Ether(dst, src, nil, traffic.TypeIPv4,
			traffic.IPv4{Proto: 50, Src: a, Dst: b, Payload: traffic.Ports(spi, 7, 16)}.Bytes())
	}
	for _, v := range flowVariants {
		same := v.options.Symmetric
		sameFlow(t, v.name+" IPv4", v.options, same, v4(tcp), back4)
		sameFlow(t, v.name+" IPv6", v.options, same, v6(6, somePorts), back6)
		sameFlow(t, v.name+" Ethernet", v.options, same, arp, arpBack)
		sameFlow(t, v.name+" ESP", v.options, same, sas(client, server, 1), sas(server, client, 2))
		// The ports belong to their ends.
		sameFlow(t, v.name+" ports swapped", v.options, false, v4(tcp), v4(traffic.IPv4{Proto: 6, Payload: traffic.Ports(80, 1000, 16)}))
	}
}

func TestFlowSeed(t *testing.T) {
	frames := traffic.Batch(traffic.KindMix, 256, 5)
	for _, v := range flowVariants {
		o := v.options
		a := hasher(t, hash.Flow, o)
		for octet := range 16 {
			o.Seed = [hash.SeedSize]byte{}
			o.Seed[octet] = 1
			b, alike := hasher(t, hash.Flow, o), 0
			for _, f := range frames {
				if a.Sum32(f) == b.Sum32(f) {
					alike++
				}
			}
			if alike > 0 {
				t.Errorf("%s: with bit 0 of seed octet %d set %d of %d frames hash as before", v.name, octet, alike, len(frames))
			}
		}
	}
}

// TestOptionsOfOtherPolicies checks that options of another policy are rejected, not
// ignored.
func TestOptionsOfOtherPolicies(t *testing.T) {
	for name, o := range map[string]hash.Options{
		"Symmetric": {Symmetric: true}, "Inner": {Inner: true}, "Hardened": {Hardened: true},
	} {
		var refused *hash.FieldError
		_, err := hash.New(hash.Layer34, o)
		if !errors.As(err, &refused) || refused.Field != name {
			t.Errorf("%s with layer3+4: error %v", name, err)
		} else if want := "hash: " + name + ` is "true", allowed: false with policy layer3+4; policy flow has the option`; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
		if _, err := hash.New(hash.Flow, o); err != nil {
			t.Errorf("%s with flow: %v", name, err)
		}
	}
	if _, err := hash.New(hash.Layer2, hash.Options{Seed: seed(1)}); err != nil {
		t.Errorf("a seed with layer2: %v", err)
	}
}
