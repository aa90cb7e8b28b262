package rtnl

import (
	"encoding/binary"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Detail is a link with the settings of its kind.
type Detail struct {
	Link
	VLAN      uint16 // identifier, for kind "vlan"
	VLANProto uint16 // EtherType of its tag
	Filters   bool   // a bridge that separates VLANs
	Tun       Tun    // for kind "tun"
}

// Tun holds the settings of a TUN or TAP device.
type Tun struct {
	TAP        bool
	Persistent bool
	MultiQueue bool
	Owner      uint32 // user id; all ones: none
	Queues     uint32 // those that processes have open, for a multi-queue device
}

// Details lists every interface of the namespace.
func (r *Conn) Details() ([]Detail, error) {
	return r.details(netlink.Dump, ifInfo(0, 0, 0))
}

// DetailByIndex finds an interface. The error is ENODEV if it does not exist.
func (r *Conn) DetailByIndex(index int32) (Detail, error) {
	list, err := r.details(0, ifInfo(index, 0, 0))
	if err != nil {
		return Detail{}, err
	}
	if len(list) == 0 {
		return Detail{}, unix.ENODEV
	}
	return list[0], nil
}

func (r *Conn) details(flags netlink.HeaderFlags, header []byte) ([]Detail, error) {
	msgs, err := r.do(unix.RTM_GETLINK, flags, header, nil)
	if err != nil {
		return nil, err
	}
	var list []Detail
	for _, m := range msgs {
		if d, ok := parseDetail(m.Data); ok && uint16(m.Header.Type) == unix.RTM_NEWLINK {
			list = append(list, d)
		}
	}
	return list, nil
}

func parseDetail(data []byte) (d Detail, ok bool) {
	if d.Link, ok = ParseLink(data); !ok {
		return d, false
	}
	ad, err := netlink.NewAttributeDecoder(data[unix.SizeofIfInfomsg:])
	if err != nil {
		return d, false
	}
	for ad.Next() {
		if ad.Type() == unix.IFLA_LINKINFO {
			ad.Nested(d.parseInfo)
		}
	}
	return d, ad.Err() == nil
}

// parseInfo reads IFLA_LINKINFO.
func (d *Detail) parseInfo(ad *netlink.AttributeDecoder) error {
	for ad.Next() {
		switch {
		case ad.Type() != unix.IFLA_INFO_DATA:
		case d.Kind == "vlan":
			ad.Nested(d.parseVLAN)
		case d.Kind == "tun":
			ad.Nested(d.parseTun)
		case d.Kind == "bridge":
			ad.Nested(d.parseBridge)
		}
	}
	return nil
}

func (d *Detail) parseVLAN(ad *netlink.AttributeDecoder) error {
	d.VLANProto = 0x8100
	for ad.Next() {
		switch ad.Type() {
		case unix.IFLA_VLAN_ID:
			d.VLAN = ad.Uint16()
		case unix.IFLA_VLAN_PROTOCOL:
			if b := ad.Bytes(); len(b) == 2 {
				d.VLANProto = binary.BigEndian.Uint16(b)
			}
		}
	}
	return nil
}

func (d *Detail) parseBridge(ad *netlink.AttributeDecoder) error {
	for ad.Next() {
		if ad.Type() == unix.IFLA_BR_VLAN_FILTERING {
			d.Filters = ad.Uint8() != 0
		}
	}
	return nil
}

func (d *Detail) parseTun(ad *netlink.AttributeDecoder) error {
	d.Tun.Owner = ^uint32(0)
	for ad.Next() {
		switch ad.Type() {
		case unix.IFLA_TUN_TYPE:
			d.Tun.TAP = ad.Uint8() == unix.IFF_TAP
		case unix.IFLA_TUN_PERSIST:
			d.Tun.Persistent = ad.Uint8() != 0
		case unix.IFLA_TUN_MULTI_QUEUE:
			d.Tun.MultiQueue = ad.Uint8() != 0
		case unix.IFLA_TUN_OWNER:
			d.Tun.Owner = ad.Uint32()
		case unix.IFLA_TUN_NUM_QUEUES, unix.IFLA_TUN_NUM_DISABLED_QUEUES:
			d.Tun.Queues += ad.Uint32()
		}
	}
	return nil
}

// DeleteLink removes an interface.
func (r *Conn) DeleteLink(index int32) error {
	return r.change(unix.RTM_DELLINK, 0, ifInfo(index, 0, 0), nil)
}
