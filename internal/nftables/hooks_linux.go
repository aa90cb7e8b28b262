package nftables

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// From linux/netfilter/nfnetlink.h and nf_tables.h.
const (
	getChain = unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_GETCHAIN

	genericHeader = 4 // struct nfgenmsg

	hookEgress  = 1 // NF_NETDEV_EGRESS
	hookDevices = 4 // NFTA_HOOK_DEVS
	deviceName  = 1 // NFTA_DEVICE_NAME
)

// Hook is a chain that takes the frames of interfaces.
type Hook struct {
	Chain      string // its table and name
	Egress     bool   // it takes those that are sent; false: those that are received
	Interfaces []string
}

// Hooks returns the chains at the hooks of interfaces in the calling thread's network namespace; none
// if the kernel has no nftables. It needs CAP_NET_ADMIN.
func Hooks() ([]Hook, error) {
	conn, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it was only read
	answers, err := conn.Execute(netlink.Message{
		Header: netlink.Header{Type: getChain, Flags: netlink.Request | netlink.Dump},
		Data:   []byte{unix.NFPROTO_NETDEV, unix.NFNETLINK_V0, 0, 0},
	})
	switch {
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.EOPNOTSUPP): // the answer without nftables
		return nil, nil
	case err != nil:
		return nil, err
	}
	var all []Hook
	for _, m := range answers {
		h, err := hookOf(m.Data)
		if err != nil {
			return nil, err
		}
		if len(h.Interfaces) > 0 {
			all = append(all, h)
		}
	}
	return all, nil
}

// hookOf reads a message about a chain. A chain that is at no hook has no interfaces.
func hookOf(data []byte) (h Hook, err error) {
	if len(data) < genericHeader {
		return h, fmt.Errorf("message of nftables with %d octets, want at least %d", len(data), genericHeader)
	}
	ad, err := netlink.NewAttributeDecoder(data[genericHeader:])
	if err != nil {
		return h, err
	}
	ad.ByteOrder = binary.BigEndian
	var table, name string
	for ad.Next() {
		switch ad.Type() {
		case unix.NFTA_CHAIN_TABLE:
			table = ad.String()
		case unix.NFTA_CHAIN_NAME:
			name = ad.String()
		case unix.NFTA_CHAIN_HOOK:
			ad.Nested(h.place)
		}
	}
	h.Chain = table + " " + name
	return h, ad.Err()
}

// place reads where a chain is.
func (h *Hook) place(ad *netlink.AttributeDecoder) error {
	for ad.Next() {
		switch ad.Type() {
		case unix.NFTA_HOOK_HOOKNUM:
			h.Egress = ad.Uint32() == hookEgress
		case unix.NFTA_HOOK_DEV:
			h.add(ad.String())
		case hookDevices:
			ad.Nested(func(ad *netlink.AttributeDecoder) error {
				for ad.Next() {
					if ad.Type() == deviceName {
						h.add(ad.String())
					}
				}
				return nil
			})
		}
	}
	return nil
}

// add adds an interface. The kernel names the only one of a chain twice.
func (h *Hook) add(name string) {
	if len(h.Interfaces) == 0 || h.Interfaces[0] != name {
		h.Interfaces = append(h.Interfaces, name)
	}
}

// String describes the hook, such as "nftables chain guard in at ingress".
func (h Hook) String() string {
	at := "ingress"
	if h.Egress {
		at = "egress"
	}
	return "nftables chain " + h.Chain + " at " + at
}
