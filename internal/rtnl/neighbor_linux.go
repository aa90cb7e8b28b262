package rtnl

import (
	"net"
	"net/netip"
	"slices"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Neighbor is an entry in the host's neighbour tables, or a proxy entry that it answers for,
// that was set. It consists of the kernel's struct ndmsg and attributes. The takeover record
// stores it.
type Neighbor []byte

// From linux/neighbour.h.
const (
	ndaProtocol = 12
	ndaFlagsExt = 15

	neighborFlags = unix.NTF_PROXY | unix.NTF_ROUTER | unix.NTF_EXT_LEARNED
)

var neighborAttrs = []uint16{unix.NDA_DST, unix.NDA_LLADDR, ndaProtocol, ndaFlagsExt}

// Neighbors lists the entries of an interface that were set: permanent ones, those of a
// control plane, and proxies. The host learns the others again.
func (r *Conn) Neighbors(index int32) ([]Neighbor, error) {
	var list []Neighbor
	for _, flags := range []byte{0, unix.NTF_PROXY} {
		header := make([]byte, unix.SizeofNdMsg)
		header[10] = flags
		msgs, err := r.do(unix.RTM_GETNEIGH, netlink.Dump, header, nil)
		if err != nil {
			return nil, err
		}
		for _, m := range msgs {
			if len(m.Data) < unix.SizeofNdMsg || int32(native.Uint32(m.Data[4:])) != index || !lasting(m.Data) {
				continue
			}
			if b, ok := reduceNeighbor(m.Data); ok {
				list = append(list, b)
			}
		}
	}
	return list, nil
}

// KnownNeighbors lists the IP addresses on an interface's network whose MAC address the host knows.
func (r *Conn) KnownNeighbors(index int32) (list []netip.Addr, err error) {
	const known = unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE | unix.NUD_PERMANENT
	msgs, err := r.do(unix.RTM_GETNEIGH, netlink.Dump, make([]byte, unix.SizeofNdMsg), nil)
	if err != nil {
		return nil, err
	}
	for _, m := range msgs {
		if len(m.Data) < unix.SizeofNdMsg || int32(native.Uint32(m.Data[4:])) != index || native.Uint16(m.Data[8:])&known == 0 {
			continue
		}
		dst, _ := find(m.Data, unix.SizeofNdMsg, unix.NDA_DST)
		if addr, ok := netip.AddrFromSlice(dst.value); ok && !addr.IsMulticast() {
			list = append(list, addr)
		}
	}
	return list, nil
}

// lasting reports whether an entry was set. The kernel itself makes entries without resolution
// for groups.
func lasting(data []byte) bool {
	state, flags := native.Uint16(data[8:]), data[10]
	if state&unix.NUD_PERMANENT != 0 || flags&(unix.NTF_PROXY|unix.NTF_EXT_LEARNED) != 0 {
		return true
	}
	dst, _ := find(data, unix.SizeofNdMsg, unix.NDA_DST)
	addr, ok := netip.AddrFromSlice(dst.value)
	hw, _ := find(data, unix.SizeofNdMsg, unix.NDA_LLADDR)
	group := len(hw.value) > 0 && hw.value[0]&1 != 0
	return state&unix.NUD_NOARP != 0 && ok && !addr.IsMulticast() && !addr.IsUnspecified() && len(hw.value) > 0 && !group
}

func reduceNeighbor(data []byte) ([]byte, bool) {
	if len(data) < unix.SizeofNdMsg || data[0] != unix.AF_INET && data[0] != unix.AF_INET6 {
		return nil, false
	}
	list, err := parseAttrs(data[unix.SizeofNdMsg:])
	if err != nil {
		return nil, false
	}
	b := []byte{data[0], 0, 0, 0}
	b = append(b, data[4:10]...)                   // interface, state
	b = append(b, data[10]&byte(neighborFlags), 0) // flags, type
	for _, a := range list {
		if slices.Contains(neighborAttrs, a.typ&attrType) {
			b = appendAttr(b, a)
		}
	}
	return b, true
}

// Check refuses an entry that did not come from Neighbors.
func (n Neighbor) Check() error { return checkMessage(n, reduceNeighbor) }

// Interface returns the index of the entry's interface.
func (n Neighbor) Interface() int32 { return int32(native.Uint32(n[4:])) }

// SameKey reports whether both are entries for one address.
func (n Neighbor) SameKey(other Neighbor) bool {
	a, _ := find(n, unix.SizeofNdMsg, unix.NDA_DST)
	b, _ := find(other, unix.SizeofNdMsg, unix.NDA_DST)
	return n[0] == other[0] && (n[10]^other[10])&unix.NTF_PROXY == 0 && string(a.value) == string(b.value)
}

// String returns the entry's addresses.
func (n Neighbor) String() string {
	dst, _ := find(n, unix.SizeofNdMsg, unix.NDA_DST)
	addr, _ := netip.AddrFromSlice(dst.value)
	if n[10]&unix.NTF_PROXY != 0 {
		return "proxy " + addr.String()
	}
	hw, _ := find(n, unix.SizeofNdMsg, unix.NDA_LLADDR)
	return addr.String() + " lladdr " + net.HardwareAddr(hw.value).String()
}

// SetNeighbor adds an entry, or replaces the one for its address.
func (r *Conn) SetNeighbor(n Neighbor) error {
	return r.change(unix.RTM_NEWNEIGH, netlink.Create|netlink.Replace, slices.Clone(n), nil)
}
