package rtnl

import (
	"errors"
	"slices"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Nexthop is a nexthop object, or a group of them: the kernel's struct nhmsg and attributes.
// The takeover record stores it.
type Nexthop []byte

// From linux/nexthop.h.
const (
	nexthopHeader      = 8
	nhaFDB             = 11
	nhaResilient       = 12
	resilientUnsettled = 4 // NHA_RES_GROUP_UNBALANCED_TIME: only listed
	nexthopGroupEntry  = 8
)

var nexthopObjectAttrs = []uint16{
	unix.NHA_ID, unix.NHA_GROUP, unix.NHA_GROUP_TYPE, unix.NHA_BLACKHOLE, unix.NHA_OIF, unix.NHA_GATEWAY,
	unix.NHA_ENCAP_TYPE, unix.NHA_ENCAP, nhaFDB, nhaResilient,
}

// Nexthops lists the nexthop objects, including groups. A kernel before 5.3 has none.
func (r *Conn) Nexthops() ([]Nexthop, error) {
	msgs, err := r.do(unix.RTM_GETNEXTHOP, netlink.Dump, make([]byte, nexthopHeader), nil)
	if errors.Is(err, unix.EOPNOTSUPP) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Nexthop
	for _, m := range msgs {
		if uint16(m.Header.Type) != unix.RTM_NEWNEXTHOP {
			continue
		}
		if b, ok := reduceNexthop(m.Data); ok {
			list = append(list, b)
		}
	}
	return list, nil
}

func reduceNexthop(data []byte) ([]byte, bool) {
	if len(data) < nexthopHeader {
		return nil, false
	}
	list, err := parseAttrs(data[nexthopHeader:])
	if err != nil {
		return nil, false
	}
	b := []byte{data[0], 0, data[2], 0} // family, scope, protocol
	b = native.AppendUint32(b, native.Uint32(data[4:])&unix.RTNH_F_ONLINK)
	for _, a := range list {
		switch {
		case !slices.Contains(nexthopObjectAttrs, a.typ&attrType):
			continue
		case a.is(nhaResilient):
			inner, err := parseAttrs(a.value)
			if err != nil {
				return nil, false
			}
			a.value = nil
			for _, i := range inner {
				if i.typ&attrType != 0 && !i.is(resilientUnsettled) {
					a.value = appendAttr(a.value, i)
				}
			}
		}
		b = appendAttr(b, a)
	}
	return b, true
}

// Check refuses a nexthop that did not come from Nexthops.
func (n Nexthop) Check() error { return checkMessage(n, reduceNexthop) }

// ID returns the object's number.
func (n Nexthop) ID() uint32 {
	a, _ := find(n, nexthopHeader, unix.NHA_ID)
	return a.uint32()
}

// Interface returns the index of the interface the object names; 0: none.
func (n Nexthop) Interface() int32 {
	a, _ := find(n, nexthopHeader, unix.NHA_OIF)
	return int32(a.uint32())
}

// Group returns the ids of the objects in a group.
func (n Nexthop) Group() []uint32 {
	a, _ := find(n, nexthopHeader, unix.NHA_GROUP)
	var list []uint32
	for b := a.value; len(b) >= nexthopGroupEntry; b = b[nexthopGroupEntry:] {
		list = append(list, native.Uint32(b))
	}
	return list
}

// SetNexthop adds an object, or replaces the one with its number.
func (r *Conn) SetNexthop(n Nexthop) error {
	return r.change(unix.RTM_NEWNEXTHOP, netlink.Create|netlink.Replace, slices.Clone(n), nil)
}
