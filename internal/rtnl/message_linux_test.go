package rtnl

import (
	"bytes"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// attrOf makes an attribute.
func attrOf(typ uint16, value ...byte) []byte { return appendAttr(nil, attr{typ, value}) }

// messageOf makes a message from a header and attributes.
func messageOf(header []byte, attrs ...[]byte) []byte {
	return append(bytes.Clone(header), bytes.Join(attrs, nil)...)
}

func u32(v uint32) []byte { return native.AppendUint32(nil, v) }

// hop makes a struct rtnexthop.
func hop(flags byte, index uint32, attrs ...byte) []byte {
	b := native.AppendUint16(nil, uint16(8+len(attrs)))
	b = append(b, flags, 0)
	b = append(b, u32(index)...)
	return append(b, attrs...)
}

// A route loses the attributes that the kernel only lists: states of nexthops, counters.
func TestRouteKeepsWhatCanBeSet(t *testing.T) {
	header := append([]byte{unix.AF_INET, 24, 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_STATIC, 0, unix.RTN_UNICAST},
		u32(unix.RTNH_F_ONLINK|unix.RTNH_F_DEAD|unix.RTM_F_OFFLOAD)...)
	clean := append(bytes.Clone(header[:8]), u32(unix.RTNH_F_ONLINK)...)
	dst, table := attrOf(unix.RTA_DST, 10, 0, 0, 0), attrOf(unix.RTA_TABLE, u32(700)...)
	hops := func(flags byte) []byte {
		return attrOf(unix.RTA_MULTIPATH, append(hop(flags, 5, attrOf(unix.RTA_GATEWAY, 192, 0, 2, 1)...), hop(0, 6)...)...)
	}
	listed := messageOf(header, dst, table, hops(unix.RTNH_F_ONLINK|unix.RTNH_F_LINKDOWN), attrOf(unix.RTA_CACHEINFO, make([]byte, 32)...))
	rt, ok := parseRoute(listed)
	want := messageOf(clean, dst, table, hops(unix.RTNH_F_ONLINK))
	if !ok || !bytes.Equal(rt.Message, want) || rt.Expires != 0 {
		t.Fatalf("parseRoute() = %x, %d, %t\nwant %x, 0, true", rt.Message, rt.Expires, ok, want)
	}
	if err := rt.Check(); err != nil {
		t.Errorf("Check() = %v, want nil", err)
	}
	if got := rt.Interfaces(); len(got) != 2 || got[0] != 5 || got[1] != 6 {
		t.Errorf("Interfaces() = %v, want [5 6]", got)
	}
	if got, want := rt.Destination(), netip.MustParsePrefix("10.0.0.0/24"); got != want {
		t.Errorf("Destination() = %v, want %v", got, want)
	}
	if got := rt.Table(); got != 700 {
		t.Errorf("Table() = %d, want 700", got)
	}
	if rt.Direct() {
		t.Error("Direct() = true for a route with gateways")
	}
}

// A route that names a nexthop object is sent without the object's attributes.
func TestRouteOfNexthopObject(t *testing.T) {
	header := make([]byte, unix.SizeofRtMsg)
	header[0] = unix.AF_INET6
	id := attrOf(rtaNexthopID, u32(9)...)
	rt, ok := parseRoute(messageOf(header, attrOf(unix.RTA_OIF, u32(5)...), attrOf(unix.RTA_GATEWAY, make([]byte, 16)...), id))
	if want := messageOf(header, id); !ok || !bytes.Equal(rt.Message, want) || rt.NexthopID() != 9 {
		t.Errorf("parseRoute() = %x, %t, object %d; want %x, true, object 9", rt.Message, ok, rt.NexthopID(), want)
	}
}

func TestRouteExpires(t *testing.T) {
	header := make([]byte, unix.SizeofRtMsg)
	header[0] = unix.AF_INET6
	for ticks, want := range map[uint32]uint32{0: 0, 1: 1, 100: 1, 101: 2, ^uint32(0): 0} {
		info := make([]byte, 32)
		native.PutUint32(info[8:], ticks)
		if rt, ok := parseRoute(messageOf(header, attrOf(unix.RTA_CACHEINFO, info...))); !ok || rt.Expires != want {
			t.Errorf("%d ticks: Expires = %d, %t; want %d, true", ticks, rt.Expires, ok, want)
		}
	}
}

// A record may contain anything. A message from it is refused, or harmless.
func FuzzMessages(f *testing.F) {
	header := make([]byte, unix.SizeofRtMsg)
	header[0] = unix.AF_INET
	f.Add(messageOf(header, attrOf(unix.RTA_MULTIPATH, hop(1, 5)...)))
	f.Add(messageOf(header, attrOf(unix.RTA_MULTIPATH, 255, 255, 0, 0)))
	f.Add(messageOf(header, []byte{3, 0, 1, 0}))
	f.Add([]byte{unix.AF_INET6})
	f.Add(messageOf(make([]byte, 8), attrOf(nhaResilient, attrOf(resilientUnsettled, 1)...), attrOf(unix.NHA_GROUP, make([]byte, 9)...)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if rt := (Route{Message: data}); rt.Check() == nil {
			_, _, _, _ = rt.String(), rt.Key(), rt.Interfaces(), rt.WithoutSource()
			_, _ = rt.Direct(), rt.Table()
		}
		if n := Nexthop(data); n.Check() == nil {
			_, _, _ = n.ID(), n.Interface(), n.Group()
		}
		if n := Neighbor(data); n.Check() == nil {
			_, _, _ = n.Interface(), n.String(), n.SameKey(n)
		}
		// Reducing twice equals reducing once.
		for _, reduce := range []func([]byte) ([]byte, bool){reduceRoute, reduceNexthop, reduceNeighbor} {
			if b, ok := reduce(data); ok {
				if err := checkMessage(b, reduce); err != nil && len(b) <= maxMessage {
					t.Errorf("a reduced message is refused: %x: %v", b, err)
				}
			}
		}
		ParseLink(data)
	})
}
