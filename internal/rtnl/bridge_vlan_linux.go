package rtnl

import (
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// BridgeVLAN is a VLAN of a bridge port, or of the bridge's own interface.
type BridgeVLAN struct {
	Port     int32
	ID       uint16
	PVID     bool // frames that come in untagged belong to it
	Untagged bool // frames leave without its tag
}

// From linux/if_bridge.h and linux/rtnetlink.h.
const (
	bridgeVLANInfo     = 2 // IFLA_BRIDGE_VLAN_INFO
	bridgeVLANPVID     = 1 << 1
	bridgeVLANUntagged = 1 << 2
	filterBridgeVLAN   = 1 << 1 // RTEXT_FILTER_BRVLAN
)

// BridgeVLANs lists the VLANs of all bridge ports of the namespace.
func (r *Conn) BridgeVLANs() ([]BridgeVLAN, error) {
	header := ifInfo(0, 0, 0)
	header[0] = unix.AF_BRIDGE
	msgs, err := r.do(unix.RTM_GETLINK, netlink.Dump, header, func(ae *netlink.AttributeEncoder) {
		ae.Uint32(unix.IFLA_EXT_MASK, filterBridgeVLAN)
	})
	if err != nil {
		return nil, err
	}
	var list []BridgeVLAN
	for _, m := range msgs {
		list = append(list, parseBridgeVLANs(m.Data)...)
	}
	return list, nil
}

func parseBridgeVLANs(data []byte) (list []BridgeVLAN) {
	if len(data) < unix.SizeofIfInfomsg || data[0] != unix.AF_BRIDGE {
		return nil
	}
	port := int32(native.Uint32(data[4:]))
	ad, err := netlink.NewAttributeDecoder(data[unix.SizeofIfInfomsg:])
	if err != nil {
		return nil
	}
	for ad.Next() {
		if ad.Type() != unix.IFLA_AF_SPEC {
			continue
		}
		ad.Nested(func(nad *netlink.AttributeDecoder) error {
			for nad.Next() {
				b := nad.Bytes()
				if nad.Type() != bridgeVLANInfo || len(b) < 4 {
					continue
				}
				flags := native.Uint16(b)
				list = append(list, BridgeVLAN{port, native.Uint16(b[2:]), flags&bridgeVLANPVID != 0, flags&bridgeVLANUntagged != 0})
			}
			return nil
		})
	}
	return list
}
