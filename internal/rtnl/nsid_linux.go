package rtnl

import (
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// From linux/net_namespace.h.
const (
	netnsaNSID      = 1
	netnsaFD        = 3
	rtgenmsgAligned = 4
)

// Namespaces lists the other network namespaces that this one has a number for: those that one
// of its interfaces sits on or was moved to.
func (r *Conn) Namespaces() ([]int32, error) {
	msgs, err := r.do(unix.RTM_GETNSID, netlink.Dump, make([]byte, rtgenmsgAligned), nil)
	if err != nil {
		return nil, err
	}
	var list []int32
	for _, m := range msgs {
		if len(m.Data) < rtgenmsgAligned {
			continue
		}
		if id, ok := find(m.Data, rtgenmsgAligned, netnsaNSID); ok && len(id.value) == 4 {
			list = append(list, int32(id.uint32()))
		}
	}
	return list, nil
}

// NamespaceNumber returns the number that this namespace has for the namespace of a
// descriptor, which may be itself, or -1 if it has none.
func (r *Conn) NamespaceNumber(fd int) (int32, error) {
	msgs, err := r.do(unix.RTM_GETNSID, 0, make([]byte, rtgenmsgAligned), func(ae *netlink.AttributeEncoder) {
		ae.Int32(netnsaFD, int32(fd))
	})
	if err != nil {
		return -1, err
	}
	for _, m := range msgs {
		if len(m.Data) < rtgenmsgAligned {
			continue
		}
		if id, ok := find(m.Data, rtgenmsgAligned, netnsaNSID); ok && len(id.value) == 4 {
			return int32(id.uint32()), nil
		}
	}
	return -1, nil
}

// LinksIn lists every interface of another network namespace, given the number that this one
// has for it. LowerIn is also a number of this one. It needs CAP_NET_ADMIN there.
func (r *Conn) LinksIn(namespace int32) ([]Link, error) {
	return r.links(func(ae *netlink.AttributeEncoder) {
		ae.Int32(unix.IFLA_TARGET_NETNSID, namespace)
		withoutStats(ae)
	})
}
