package rtnl

import (
	"net"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// FDBEntry is a MAC address in a forwarding database: a bridge's, or the list of additional
// addresses that an interface accepts frames for.
type FDBEntry struct {
	Port      int32 // the interface that reaches the address, or whose own list has it
	Bridge    int32 // 0: the interface's own list
	MAC       net.HardwareAddr
	VLAN      uint16 // 0: none
	Permanent bool   // not learnt: the bridge's own, or set by an operator
}

const ndMsgLen = 12 // struct ndmsg

// FDB lists the forwarding databases of the namespace.
func (r *Conn) FDB() ([]FDBEntry, error) {
	header := make([]byte, ndMsgLen)
	header[0] = unix.AF_BRIDGE
	msgs, err := r.do(unix.RTM_GETNEIGH, netlink.Dump, header, nil)
	if err != nil {
		return nil, err
	}
	var list []FDBEntry
	for _, m := range msgs {
		if e, ok := parseFDB(m.Data); ok {
			list = append(list, e)
		}
	}
	return list, nil
}

func parseFDB(data []byte) (e FDBEntry, ok bool) {
	if len(data) < ndMsgLen || data[0] != unix.AF_BRIDGE {
		return e, false
	}
	e.Port = int32(native.Uint32(data[4:]))
	e.Permanent = native.Uint16(data[8:])&unix.NUD_PERMANENT != 0
	ad, err := netlink.NewAttributeDecoder(data[ndMsgLen:])
	if err != nil {
		return e, false
	}
	for ad.Next() {
		switch ad.Type() {
		case unix.NDA_LLADDR:
			e.MAC = ad.Bytes()
		case unix.NDA_MASTER:
			e.Bridge = int32(ad.Uint32())
		case unix.NDA_VLAN:
			e.VLAN = ad.Uint16()
		}
	}
	return e, ad.Err() == nil && len(e.MAC) == 6
}
