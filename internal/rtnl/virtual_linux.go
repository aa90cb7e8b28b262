package rtnl

import (
	"net"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// AddVirtual makes an interface of a kind that needs no settings of its own, such as "team". It
// is down. addr may be nil: the kernel's choice. The error is EEXIST if an interface has the name,
// and EOPNOTSUPP if the kernel has no driver of that kind.
func (r *Conn) AddVirtual(kind, name string, addr net.HardwareAddr, mtu int) error {
	return r.change(unix.RTM_NEWLINK, netlink.Create|netlink.Excl, ifInfo(0, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.String(unix.IFLA_IFNAME, name)
		ae.Uint32(unix.IFLA_MTU, uint32(mtu))
		if addr != nil {
			ae.Bytes(unix.IFLA_ADDRESS, addr)
		}
		ae.Nested(unix.IFLA_LINKINFO, func(ae *netlink.AttributeEncoder) error {
			ae.String(unix.IFLA_INFO_KIND, kind)
			return nil
		})
	})
}

// SetCarrier sets the carrier of an interface whose driver lets programs decide about it. The
// error is EOPNOTSUPP for any other.
func (r *Conn) SetCarrier(index int32, up bool) error {
	var carrier uint8
	if up {
		carrier = 1
	}
	return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.Uint8(unix.IFLA_CARRIER, carrier)
	})
}
