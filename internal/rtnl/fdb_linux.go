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

// AddStation makes an interface accept frames to one more MAC address, until DeleteStation. The
// error is EEXIST if it does already.
func (r *Conn) AddStation(index int32, addr net.HardwareAddr) error {
	return r.changeStation(unix.RTM_NEWNEIGH, netlink.Create|netlink.Excl, index, addr)
}

// DeleteStation undoes AddStation. The error is ENOENT if the interface does not accept the
// address.
func (r *Conn) DeleteStation(index int32, addr net.HardwareAddr) error {
	return r.changeStation(unix.RTM_DELNEIGH, 0, index, addr)
}

func (r *Conn) changeStation(what uint16, flags netlink.HeaderFlags, index int32, addr net.HardwareAddr) error {
	header := make([]byte, 4, ndMsgLen)
	header[0] = unix.AF_BRIDGE
	header = native.AppendUint32(header, uint32(index))
	header = native.AppendUint16(header, unix.NUD_PERMANENT)
	header = append(header, unix.NTF_SELF, 0)
	return r.change(what, flags, header, func(ae *netlink.AttributeEncoder) { ae.Bytes(unix.NDA_LLADDR, addr) })
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
