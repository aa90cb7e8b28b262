package rtnl

import (
	"errors"
	"net"
	"slices"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// Link describes an interface as rtnetlink reports it.
type Link struct {
	Index     int32
	Name      string
	Type      uint16 // ARPHRD_...
	Flags     uint32 // IFF_...
	MTU       uint32
	MinMTU    uint32
	MaxMTU    uint32 // 0: not reported
	Addr      net.HardwareAddr
	Permanent net.HardwareAddr // nil: the driver has none
	Master    uint32           // index of the bridge or aggregate that it is a port of
	AltNames  []string         // its other names
	Alias     string           // a remark
	Group     uint32           // a number that programs may give it; 0: the default
	Kind      string           // "veth", "macvlan", ...; "" for hardware
	Lower     int32            // the interface it sits on, or the peer of a veth pair; 0: none
	LowerAway bool             // Lower is in another network namespace
	LowerIn   int32            // the number of that namespace, see Namespaces
	XDP       uint32           // the XDP program attached; 0: none
	Moved     bool             // in RTM_DELLINK: it is in another network namespace now
	gsoMax    uint32           // 0: not reported
	// Promiscuity counts the requests for the frames of every station, including the kernel's
	// for additional addresses that the driver can't filter. IFF_PROMISC in Flags reflects
	// only the operator's setting.
	Promiscuity uint32
}

// ifInfo is the fixed header of link requests.
func ifInfo(index int32, flags, change uint32) []byte {
	b := make([]byte, 4, unix.SizeofIfInfomsg)
	b = native.AppendUint32(b, uint32(index))
	b = native.AppendUint32(b, flags)
	return native.AppendUint32(b, change)
}

// ParseLink reads an RTM_NEWLINK or RTM_DELLINK message. ok is false for
// messages of other families, such as a bridge's about its ports.
func ParseLink(data []byte) (li Link, ok bool) {
	if len(data) < unix.SizeofIfInfomsg || data[0] != unix.AF_UNSPEC {
		return li, false
	}
	li.Type = native.Uint16(data[2:])
	li.Index = int32(native.Uint32(data[4:]))
	li.Flags = native.Uint32(data[8:])
	ad, err := netlink.NewAttributeDecoder(data[unix.SizeofIfInfomsg:])
	if err != nil {
		return li, false
	}
	for ad.Next() {
		switch ad.Type() {
		case unix.IFLA_IFNAME:
			li.Name = ad.String()
		case unix.IFLA_MTU:
			li.MTU = ad.Uint32()
		case unix.IFLA_MIN_MTU:
			li.MinMTU = ad.Uint32()
		case unix.IFLA_MAX_MTU:
			li.MaxMTU = ad.Uint32()
		case unix.IFLA_ADDRESS:
			li.Addr = ad.Bytes()
		case unix.IFLA_PERM_ADDRESS:
			li.Permanent = ad.Bytes()
		case unix.IFLA_IFALIAS:
			li.Alias = ad.String()
		case unix.IFLA_GROUP:
			li.Group = ad.Uint32()
		case unix.IFLA_MASTER:
			li.Master = ad.Uint32()
		case unix.IFLA_PROMISCUITY:
			li.Promiscuity = ad.Uint32()
		case unix.IFLA_GSO_MAX_SIZE:
			li.gsoMax = ad.Uint32()
		case unix.IFLA_LINK:
			li.Lower = ad.Int32()
		case unix.IFLA_NEW_NETNSID, unix.IFLA_NEW_IFINDEX:
			li.Moved = true
		case unix.IFLA_LINK_NETNSID:
			li.LowerAway, li.LowerIn = true, ad.Int32()
		case unix.IFLA_PROP_LIST:
			ad.Nested(li.parseNames)
		case unix.IFLA_LINKINFO:
			ad.Nested(func(nad *netlink.AttributeDecoder) error {
				li.parseInfo(nad)
				return nil
			})
		case unix.IFLA_XDP:
			ad.Nested(func(nad *netlink.AttributeDecoder) error {
				li.parseXDP(nad)
				return nil
			})
		}
	}
	return li, ad.Err() == nil
}

// parseNames reads the other names.
func (li *Link) parseNames(ad *netlink.AttributeDecoder) error {
	for ad.Next() {
		if ad.Type() == unix.IFLA_ALT_IFNAME {
			li.AltNames = append(li.AltNames, ad.String())
		}
	}
	return nil
}

const vxlanLink = 3 // IFLA_VXLAN_LINK

// parseInfo reads the kind. A VXLAN has its lower interface among its own attributes.
func (li *Link) parseInfo(ad *netlink.AttributeDecoder) {
	for ad.Next() {
		switch {
		case ad.Type() == unix.IFLA_INFO_KIND:
			li.Kind = ad.String()
		case ad.Type() == unix.IFLA_INFO_DATA && li.Kind == "vxlan":
			ad.Nested(func(nad *netlink.AttributeDecoder) error {
				for nad.Next() {
					if nad.Type() == vxlanLink {
						li.Lower = nad.Int32()
					}
				}
				return nil
			})
		}
	}
}

// parseXDP finds the program that is attached in the driver, in the kernel's generic code or
// on the adapter.
func (li *Link) parseXDP(ad *netlink.AttributeDecoder) {
	attached := false
	for ad.Next() {
		switch ad.Type() {
		case unix.IFLA_XDP_ATTACHED:
			attached = ad.Uint8() != 0
		case unix.IFLA_XDP_PROG_ID, unix.IFLA_XDP_DRV_PROG_ID, unix.IFLA_XDP_SKB_PROG_ID, unix.IFLA_XDP_HW_PROG_ID:
			li.XDP = ad.Uint32()
		}
	}
	if !attached {
		li.XDP = 0
	}
}

// MaxName is the length of the longest name that can find an interface, an alternative one, in
// octets.
const MaxName = 127

// LinkByName finds an interface by its name or one of its alternative names. The error
// is ENODEV if no interface has it.
func (r *Conn) LinkByName(name string) (Link, error) {
	typ := uint16(unix.IFLA_IFNAME) // the kernel also searches alternative names
	if len(name) >= unix.IFNAMSIZ {
		typ = unix.IFLA_ALT_IFNAME
	}
	li, err := r.link(0, func(ae *netlink.AttributeEncoder) {
		ae.String(typ, name)
		withoutStats(ae)
	})
	if typ == unix.IFLA_ALT_IFNAME && (errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ERANGE)) {
		err = unix.ENODEV // a kernel before 5.5 has no alternative names
	}
	return li, err
}

// HasName reports whether name is the interface's name or an alternative one.
func (li *Link) HasName(name string) bool {
	return li.Name == name || slices.Contains(li.AltNames, name)
}

// State returns the state of the device of a bond that was made with the given name. A device
// that is down has no carrier to see.
func (li *Link) State(made string) link.State {
	st := link.State{MTU: int(li.MTU), AdminDown: li.Flags&unix.IFF_UP == 0, Promiscuous: li.Promiscuity > 0}
	st.Up = !st.AdminDown && li.Flags&unix.IFF_LOWER_UP != 0
	if len(li.Addr) == len(st.Addr) {
		st.Addr = lacp.MAC(li.Addr)
	}
	if li.Name != made {
		st.Renamed = li.Name
	}
	return st
}

// LinkByIndex finds an interface. The error is ENODEV if it does not exist.
func (r *Conn) LinkByIndex(index int32) (Link, error) {
	return r.link(index, withoutStats)
}

func (r *Conn) link(index int32, attrs func(*netlink.AttributeEncoder)) (Link, error) {
	msgs, err := r.do(unix.RTM_GETLINK, 0, ifInfo(index, 0, 0), attrs)
	if err != nil {
		return Link{}, err
	}
	for _, m := range msgs {
		if li, ok := ParseLink(m.Data); ok && uint16(m.Header.Type) == unix.RTM_NEWLINK {
			return li, nil
		}
	}
	return Link{}, unix.ENODEV
}

// Links lists every interface.
func (r *Conn) Links() ([]Link, error) { return r.links(withoutStats) }

func (r *Conn) links(attrs func(*netlink.AttributeEncoder)) ([]Link, error) {
	msgs, err := r.do(unix.RTM_GETLINK, netlink.Dump, ifInfo(0, 0, 0), attrs)
	if err != nil {
		return nil, err
	}
	list := make([]Link, 0, len(msgs))
	for _, m := range msgs {
		if li, ok := ParseLink(m.Data); ok {
			list = append(list, li)
		}
	}
	return list, nil
}

// withoutStats makes the kernel leave out the counters, which take most of the time and of the
// answer. Kernels before 4.5 send them all the same.
func withoutStats(ae *netlink.AttributeEncoder) { ae.Uint32(unix.IFLA_EXT_MASK, skipStats) }

const skipStats = 1 << 3 // RTEXT_FILTER_SKIP_STATS

func (r *Conn) SetMTU(index int32, mtu int) error {
	return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.Uint32(unix.IFLA_MTU, uint32(mtu))
	})
}

// SetAlias sets the remark, of at most 255 octets.
func (r *Conn) SetAlias(index int32, alias string) error {
	return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.String(unix.IFLA_IFALIAS, alias)
	})
}

// SetGroup sets the number of the group that programs see it in.
func (r *Conn) SetGroup(index int32, group uint32) error {
	return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.Uint32(unix.IFLA_GROUP, group)
	})
}

// SetMaster makes the interface a port of another; 0 makes it a port of none.
func (r *Conn) SetMaster(index int32, master uint32) error {
	return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.Uint32(unix.IFLA_MASTER, master)
	})
}

func (r *Conn) SetUp(index int32, up bool) error {
	var flags uint32
	if up {
		flags = unix.IFF_UP
	}
	return r.SetFlags(index, flags, unix.IFF_UP)
}

// SetFlags sets flags of an interface: those in which, to their values in flags.
func (r *Conn) SetFlags(index int32, flags, which uint32) error {
	return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, flags, which), nil)
}

// SetAddr sets the MAC address. Some drivers accept it only while the interface is down;
// SetAddr then sets the interface down and up again.
func (r *Conn) SetAddr(index int32, addr net.HardwareAddr) error {
	set := func() error {
		return r.change(unix.RTM_NEWLINK, 0, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
			ae.Bytes(unix.IFLA_ADDRESS, addr)
		})
	}
	err := set()
	if !errors.Is(err, unix.EBUSY) {
		return err
	}
	if err := r.SetUp(index, false); err != nil {
		return err
	}
	err = set()
	return errors.Join(err, r.SetUp(index, true))
}
