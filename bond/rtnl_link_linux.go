package bond

import (
	"errors"
	"net"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// linkInfo is what rtnetlink says of an interface.
type linkInfo struct {
	index     int32
	name      string
	typ       uint16 // ARPHRD_...
	flags     uint32 // IFF_...
	mtu       uint32
	minMTU    uint32
	maxMTU    uint32 // 0: not said
	addr      net.HardwareAddr
	permanent net.HardwareAddr // nil: the driver has none
	master    uint32           // index of the bridge or aggregate it is a port of
	gsoMax    uint32           // 0: not said
}

// ifInfo is the fixed header of link requests.
func ifInfo(index int32, flags, change uint32) []byte {
	b := make([]byte, 4, unix.SizeofIfInfomsg)
	b = native.AppendUint32(b, uint32(index))
	b = native.AppendUint32(b, flags)
	return native.AppendUint32(b, change)
}

// parseLink reads an RTM_NEWLINK or RTM_DELLINK message. ok is false for
// messages of other families, such as a bridge's about its ports.
func parseLink(data []byte) (li linkInfo, ok bool) {
	if len(data) < unix.SizeofIfInfomsg || data[0] != unix.AF_UNSPEC {
		return li, false
	}
	li.typ = native.Uint16(data[2:])
	li.index = int32(native.Uint32(data[4:]))
	li.flags = native.Uint32(data[8:])
	ad, err := netlink.NewAttributeDecoder(data[unix.SizeofIfInfomsg:])
	if err != nil {
		return li, false
	}
	for ad.Next() {
		switch ad.Type() {
		case unix.IFLA_IFNAME:
			li.name = ad.String()
		case unix.IFLA_MTU:
			li.mtu = ad.Uint32()
		case unix.IFLA_MIN_MTU:
			li.minMTU = ad.Uint32()
		case unix.IFLA_MAX_MTU:
			li.maxMTU = ad.Uint32()
		case unix.IFLA_ADDRESS:
			li.addr = ad.Bytes()
		case unix.IFLA_PERM_ADDRESS:
			li.permanent = ad.Bytes()
		case unix.IFLA_MASTER:
			li.master = ad.Uint32()
		case unix.IFLA_GSO_MAX_SIZE:
			li.gsoMax = ad.Uint32()
		}
	}
	return li, ad.Err() == nil
}

// linkByName finds an interface. The error is ENODEV if there is none.
func (r *rtnl) linkByName(name string) (linkInfo, error) {
	return r.link(ifInfo(0, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.String(unix.IFLA_IFNAME, name)
	})
}

// linkByIndex finds an interface. The error is ENODEV if there is none.
func (r *rtnl) linkByIndex(index int32) (linkInfo, error) {
	return r.link(ifInfo(index, 0, 0), nil)
}

func (r *rtnl) link(header []byte, attrs func(*netlink.AttributeEncoder)) (linkInfo, error) {
	msgs, err := r.do(unix.RTM_GETLINK, 0, header, attrs)
	if err != nil {
		return linkInfo{}, err
	}
	for _, m := range msgs {
		if li, ok := parseLink(m.Data); ok && uint16(m.Header.Type) == unix.RTM_NEWLINK {
			return li, nil
		}
	}
	return linkInfo{}, unix.ENODEV
}

// links lists every interface.
func (r *rtnl) links() ([]linkInfo, error) {
	msgs, err := r.do(unix.RTM_GETLINK, netlink.Dump, ifInfo(0, 0, 0), nil)
	if err != nil {
		return nil, err
	}
	list := make([]linkInfo, 0, len(msgs))
	for _, m := range msgs {
		if li, ok := parseLink(m.Data); ok {
			list = append(list, li)
		}
	}
	return list, nil
}

func (r *rtnl) setMTU(index int32, mtu int) error {
	return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.Uint32(unix.IFLA_MTU, uint32(mtu))
	})
}

func (r *rtnl) setUp(index int32, up bool) error {
	var flags uint32
	if up {
		flags = unix.IFF_UP
	}
	return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, flags, unix.IFF_UP), nil)
}

// setAddr sets the MAC address. Some drivers only take it while the interface is
// down: then it goes down and up around it.
func (r *rtnl) setAddr(index int32, addr net.HardwareAddr) error {
	set := func() error {
		return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
			ae.Bytes(unix.IFLA_ADDRESS, addr)
		})
	}
	err := set()
	if !errors.Is(err, unix.EBUSY) {
		return err
	}
	if err := r.setUp(index, false); err != nil {
		return err
	}
	err = set()
	return errors.Join(err, r.setUp(index, true))
}
