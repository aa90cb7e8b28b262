package rtnl

import (
	"net"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Veth describes a pair of virtual Ethernet interfaces to make.
type Veth struct {
	Name, Peer   string
	Addr         net.HardwareAddr // of the first; nil: the kernel's choice
	MTU, PeerMTU int
}

// From linux/veth.h and linux/if_link.h.
const (
	vethInfoPeer     = 1
	inet6AddrGenMode = 8
	addrGenModeNone  = 1
)

// AddVeth makes a pair, both down. The error is EEXIST if an interface has one of the names.
func (r *Conn) AddVeth(v Veth) error {
	return r.change(unix.RTM_NEWLINK, netlink.Create|netlink.Excl, ifInfo(0, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.String(unix.IFLA_IFNAME, v.Name)
		ae.Uint32(unix.IFLA_MTU, uint32(v.MTU))
		if v.Addr != nil {
			ae.Bytes(unix.IFLA_ADDRESS, v.Addr)
		}
		ae.Nested(unix.IFLA_LINKINFO, func(ae *netlink.AttributeEncoder) error {
			ae.String(unix.IFLA_INFO_KIND, "veth")
			ae.Nested(unix.IFLA_INFO_DATA, func(ae *netlink.AttributeEncoder) error {
				ae.Do(vethInfoPeer, v.peerInfo)
				return nil
			})
			return nil
		})
	})
}

// peerInfo is the peer's own request, without its message header.
func (v Veth) peerInfo() ([]byte, error) {
	ae := netlink.NewAttributeEncoder()
	ae.String(unix.IFLA_IFNAME, v.Peer)
	ae.Uint32(unix.IFLA_MTU, uint32(v.PeerMTU))
	b, err := ae.Encode()
	return append(ifInfo(0, 0, 0), b...), err
}

// SetNoAddrGen stops the kernel from giving an interface an IPv6 address by itself.
func (r *Conn) SetNoAddrGen(index int32) error {
	return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.Nested(unix.IFLA_AF_SPEC, func(ae *netlink.AttributeEncoder) error {
			ae.Nested(unix.AF_INET6, func(ae *netlink.AttributeEncoder) error {
				ae.Uint8(inet6AddrGenMode, addrGenModeNone)
				return nil
			})
			return nil
		})
	})
}
