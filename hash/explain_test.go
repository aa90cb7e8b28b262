package hash_test

import (
	"strings"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

func TestExplain(t *testing.T) {
	h := hasher(t, hash.Layer34, hash.Options{})
	d, err := spread.NewDistributor(h, spread.DistributorConfig{Select: spread.Modulo})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Update([]spread.Member{{ID: 0, Up: true}, {ID: 1, Up: true}, {ID: 2, Up: true}}); err != nil {
		t.Fatal(err)
	}
	want := `policy layer3+4, tag stripped, frame of 54 octets
  octets 26 to 33: 0a0000010a000002  IPv4 addresses
  octets 34 to 37: 03e80050  ports
  word 0x03000000  addresses
  word 0x5000e803  transport
  hash 0x29a9dddc, member 0
`
	if got := d.Snapshot().Explain(v4(tcp)).String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = `policy layer2+3, tag stripped, frame of 62 octets
  octet 5: 05  destination address, last octet
  octet 11: 0b  source address, last octet
  octets 16 to 17: 8100  EtherType
  the policy looks through the outer VLAN tag only, and another one follows
  only the Ethernet header counts
  hash 0x0000810e
`
	cTag := traffic.Tag{TPID: 0x8100, TCI: 100}
	if got := hasher(t, hash.Layer23, hash.Options{}).Explain(tagged(cTag, cTag)).String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestExplainFlow checks that the protocol is read from the last extension header.
func TestExplainFlow(t *testing.T) {
	h := hasher(t, hash.Flow, hash.Options{Seed: seed(1)})
	frame := v6(0, with([]byte{6, 0, 1, 4, 0, 0, 0, 0}, somePorts...))
	want := `policy flow, frame of 82 octets
  octets 22 to 53: 20010db800000000000000000000000120010db8000000000000000000000002  IPv6 addresses
  octet 54: 06  protocol
  octets 62 to 65: 03e80050  ports
  hash `
	if got := h.Explain(frame).String(); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestExplainFlowScopeBOX40 checks that the fields around the packet are shown at their
// offsets.
func TestExplainFlowScopeBOX40(t *testing.T) {
	outer, inner := traffic.Tag{TPID: 0x88a8, TCI: 0x2005}, traffic.Tag{TPID: 0x8100, TCI: 6}
	for _, c := range []struct {
		name  string
		o     hash.Options
		frame []byte
		want  string
	}{
		{"QinQ", hash.Options{}, tagged(outer, inner), `policy flow, frame of 62 octets
  octets 14 to 15: 2005  VLAN tag
  octets 18 to 19: 0006  VLAN tag
  octets 34 to 41: 0a0000010a000002  IPv4 addresses
`},
		{"PPPoE", hash.Options{}, pppoe(100, 0xc021, make([]byte, 8)), `policy flow, frame of 30 octets
  octets 16 to 17: 0064  PPPoE session
  octets 0 to 5: 020000000005  destination address
  octets 6 to 11: 02000000000b  source address
  octets 12 to 13: 8864  EtherType
`},
		{"MPLS", hash.Options{}, labelled(0x8847, []uint32{entry(100, 0, 64)}, v4(tcp)[14:]), `policy flow, frame of 58 octets
  octets 14 to 16: 000641  MPLS label
  octets 30 to 37: 0a0000010a000002  IPv4 addresses
`},
		{"MPLS, symmetric", hash.Options{Symmetric: true}, labelled(0x8847, []uint32{entry(100, 0, 64)}, nil), `policy flow, frame of 18 octets
  octets 0 to 5: 020000000005  destination address
`},
		{"flow label", hash.Options{}, labelled6(v6(89, nil), 0xabcde, 0), `policy flow, frame of 54 octets
  octets 22 to 53: 20010db800000000000000000000000120010db8000000000000000000000002  IPv6 addresses
  octet 20: 59  protocol
  octets 15 to 17: 0abcde  IPv6 flow label
`},
		{"L2TP", hash.Options{Inner: true}, l2tp(0x0002, be16(1, 2), []byte("x")), `policy flow, frame of 49 octets
  octets 26 to 33: c0000209c6336407  IPv4 addresses
  octet 23: 11  protocol
  octets 34 to 37: 06a506a5  ports
  octets 44 to 47: 00010002  L2TP tunnel and session
`},
	} {
		if got := hasher(t, hash.Flow, c.o).Explain(c.frame).String(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// TestExplainSaysWhy checks the notes of frames whose fields were not all used.
func TestExplainSaysWhy(t *testing.T) {
	cTag := traffic.Tag{TPID: 0x8100, TCI: 100}
	fragment := v4(traffic.IPv4{Frag: 0x2000, Proto: 17, Payload: somePorts})
	extension := v6(60, with([]byte{6, 0, 1, 4, 0, 0, 0, 0}, somePorts...))
	arp := traffic.Ether(dst, src, nil, 0x0806, make([]byte, 46))
	inner := hash.Options{Inner: true}
	for _, c := range []struct {
		name   string
		policy hash.Policy
		o      hash.Options
		frame  []byte
		want   []hash.Note
	}{
		{"plain", hash.Layer34, hash.Options{}, v4(tcp), nil},
		{"fragment", hash.Layer34, hash.Options{}, fragment, []hash.Note{hash.NoteFragment}},
		{"fragment", hash.Flow, hash.Options{}, fragment, []hash.Note{hash.NoteFragment}},
		{"fragment", hash.Encap34, hash.Options{}, fragment, []hash.Note{hash.NoteFragment}},
		{"extension header", hash.Layer34, hash.Options{}, extension, []hash.Note{hash.NoteExtensionHeader}},
		{"extension header", hash.Encap34, hash.Options{}, extension, nil},
		{"extension header", hash.Flow, hash.Options{}, extension, nil},
		{"truncated", hash.Layer34, hash.Options{}, v4(tcp)[:36], []hash.Note{hash.NoteTruncated}},
		{"truncated", hash.Layer23, hash.Options{}, v4(tcp)[:33], []hash.Note{hash.NoteTruncated, hash.NoteEtherOnly}},
		{"EtherType", hash.Layer34, hash.Options{}, arp, []hash.Note{hash.NoteNotIP, hash.NoteEtherOnly}},
		{"EtherType", hash.Flow, hash.Options{}, arp, []hash.Note{hash.NoteNotIP, hash.NoteEtherOnly}},
		{"EtherType", hash.Encap34, hash.Options{}, arp, []hash.Note{hash.NoteNoAddresses}},
		{"tag", hash.Layer34, hash.Options{Tags: hash.TagInline}, tagged(cTag), []hash.Note{hash.NoteInlineTag, hash.NoteEtherOnly}},
		{"protocol", hash.Layer34, hash.Options{}, v4(traffic.IPv4{Proto: 47, Payload: somePorts}), []hash.Note{hash.NoteNoPorts}},
		{"ICMP error", hash.Layer34, hash.Options{}, about(3, tcp), []hash.Note{hash.NoteICMPError}},
		{"ICMP error", hash.Flow, hash.Options{}, about(3, tcp), []hash.Note{hash.NoteICMPError}},
		{"tunnel", hash.Flow, inner, tunnels()["VXLAN"], []hash.Note{hash.NoteTunnel}},
		{"tunnel", hash.Encap34, hash.Options{}, tunnels()["GRE"], []hash.Note{hash.NoteTunnel}},
		{"version", hash.Flow, hash.Options{}, v4(traffic.IPv4{VersionIHL: 0x65, Proto: 6}), []hash.Note{hash.NoteBadHeader, hash.NoteEtherOnly}},
	} {
		e := hasher(t, c.policy, c.o).Explain(c.frame)
		if len(e.Notes) != len(c.want) {
			t.Errorf("%s by %v: got notes %v, want %v", c.name, c.policy, e.Notes, c.want)
			continue
		}
		for i, n := range e.Notes {
			if n != c.want[i] || strings.HasPrefix(n.String(), "Note(") {
				t.Errorf("%s by %v: got notes %v, want %v", c.name, c.policy, e.Notes, c.want)
			}
		}
	}
}

// TestExplainedFieldsLieInTheFrame checks that the frame has the octets of each Field at
// its offset.
func TestExplainedFieldsLieInTheFrame(t *testing.T) {
	for _, f := range append([][]byte{v4(tcp), tagged(traffic.Tag{TPID: 0x8100}), about6(1)}, tunnels()["Geneve"]) {
		for _, v := range everyHasher(t) {
			for _, field := range v.hasher.Explain(f).Fields {
				if got := f[field.Offset : field.Offset+len(field.Octets)]; string(got) != string(field.Octets) {
					t.Errorf("%s: %s at %d is %x, the frame has %x", v.name, field.Name, field.Offset, field.Octets, got)
				}
			}
		}
	}
}
