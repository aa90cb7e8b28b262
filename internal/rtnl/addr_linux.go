package rtnl

import (
	"net/netip"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Addr is an IP address of an interface, with everything needed to set it again. The takeover
// record stores it.
type Addr struct {
	Local     netip.Addr `json:"local"`
	Peer      netip.Addr `json:"peer,omitzero"` // the other end of a point-to-point address
	Bits      uint8      `json:"bits"`
	Scope     uint8      `json:"scope,omitempty"`
	Flags     uint32     `json:"flags,omitempty"`
	Label     string     `json:"label,omitempty"`
	Broadcast netip.Addr `json:"broadcast,omitzero"`
	Metric    uint32     `json:"metric,omitempty"`
	Protocol  uint8      `json:"protocol,omitempty"` // the program that set it; 0: unknown
	Preferred uint32     `json:"preferred"`          // seconds left; all ones: for ever
	Valid     uint32     `json:"valid"`
}

const ifaProto = 11 // IFA_PROTO, since kernel 5.18

const (
	Forever = ^uint32(0)

	// Flags that the kernel sets itself are not set again.
	SettableAddrFlags = unix.IFA_F_NODAD | unix.IFA_F_HOMEADDRESS | unix.IFA_F_MANAGETEMPADDR |
		unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_MCAUTOJOIN
)

func ifAddrHeader(a Addr, index int32) []byte {
	family := byte(unix.AF_INET6)
	if a.Local.Is4() {
		family = unix.AF_INET
	}
	b := []byte{family, a.Bits, byte(a.Flags), a.Scope}
	return native.AppendUint32(b, uint32(index))
}

// Addrs lists the IP addresses of an interface in the kernel's order.
func (r *Conn) Addrs(index int32) ([]Addr, error) {
	all, err := r.AllAddrs(index)
	return all[index], err
}

// AllAddrs lists the IP addresses of one interface, or of all if index is 0, by index.
func (r *Conn) AllAddrs(index int32) (map[int32][]Addr, error) {
	header := native.AppendUint32(make([]byte, 4, unix.SizeofIfAddrmsg), uint32(index))
	msgs, err := r.do(unix.RTM_GETADDR, netlink.Dump, header, nil)
	if err != nil {
		return nil, err
	}
	all := make(map[int32][]Addr)
	for _, m := range msgs {
		if len(m.Data) < unix.SizeofIfAddrmsg {
			continue
		}
		// A kernel without strict checks lists every interface.
		of := int32(native.Uint32(m.Data[4:]))
		if index != 0 && of != index {
			continue
		}
		if a, ok := parseAddr(m.Data); ok {
			all[of] = append(all[of], a)
		}
	}
	return all, nil
}

func parseAddr(data []byte) (a Addr, ok bool) {
	if data[0] != unix.AF_INET && data[0] != unix.AF_INET6 {
		return a, false
	}
	a.Bits, a.Flags, a.Scope = data[1], uint32(data[2]), data[3]
	a.Preferred, a.Valid = Forever, Forever
	ad, err := netlink.NewAttributeDecoder(data[unix.SizeofIfAddrmsg:])
	if err != nil {
		return a, false
	}
	var address netip.Addr
	for ad.Next() {
		switch ad.Type() {
		case unix.IFA_ADDRESS:
			address, _ = netip.AddrFromSlice(ad.Bytes())
		case unix.IFA_LOCAL:
			a.Local, _ = netip.AddrFromSlice(ad.Bytes())
		case unix.IFA_BROADCAST:
			a.Broadcast, _ = netip.AddrFromSlice(ad.Bytes())
		case unix.IFA_LABEL:
			a.Label = ad.String()
		case unix.IFA_FLAGS:
			a.Flags = ad.Uint32()
		case unix.IFA_RT_PRIORITY:
			a.Metric = ad.Uint32()
		case ifaProto:
			a.Protocol = ad.Uint8()
		case unix.IFA_CACHEINFO:
			if b := ad.Bytes(); len(b) >= 8 {
				a.Preferred, a.Valid = native.Uint32(b), native.Uint32(b[4:])
			}
		}
	}
	if !a.Local.IsValid() {
		a.Local = address
	} else if address.IsValid() && address != a.Local {
		a.Peer = address
	}
	return a, ad.Err() == nil && a.Local.IsValid()
}

// Temporary reports whether the kernel derived the address from another one.
func (a Addr) Temporary() bool {
	return a.Local.Is6() && a.Flags&unix.IFA_F_TEMPORARY != 0
}

// Same reports whether the kernel considers both the same address of an interface.
func (a Addr) Same(b Addr) bool { return a.Local == b.Local && a.Bits == b.Bits && a.Peer == b.Peer }

func (a Addr) attrs(ae *netlink.AttributeEncoder) {
	ae.Bytes(unix.IFA_LOCAL, a.Local.AsSlice())
	if a.Peer.IsValid() {
		ae.Bytes(unix.IFA_ADDRESS, a.Peer.AsSlice())
	} else {
		ae.Bytes(unix.IFA_ADDRESS, a.Local.AsSlice())
	}
}

// AddAddr adds an address. The error is EEXIST if the interface has it.
func (r *Conn) AddAddr(index int32, a Addr) error {
	if a.Flags&unix.IFA_F_DEPRECATED != 0 && a.Preferred == Forever {
		a.Preferred = 0 // for a permanent address the kernel lists only the flag
	}
	a.Flags &= SettableAddrFlags
	return r.change(unix.RTM_NEWADDR, netlink.Create|netlink.Excl, ifAddrHeader(a, index), func(ae *netlink.AttributeEncoder) {
		a.attrs(ae)
		if a.Broadcast.IsValid() {
			ae.Bytes(unix.IFA_BROADCAST, a.Broadcast.AsSlice())
		}
		if a.Label != "" {
			ae.String(unix.IFA_LABEL, a.Label)
		}
		ae.Uint32(unix.IFA_FLAGS, a.Flags)
		if a.Metric != 0 {
			ae.Uint32(unix.IFA_RT_PRIORITY, a.Metric)
		}
		if a.Protocol != 0 {
			ae.Uint8(ifaProto, a.Protocol)
		}
		if a.Valid != Forever || a.Preferred != Forever {
			b := native.AppendUint32(nil, a.Preferred)
			b = native.AppendUint32(b, a.Valid)
			ae.Bytes(unix.IFA_CACHEINFO, append(b, make([]byte, 8)...))
		}
	})
}

func (r *Conn) DeleteAddr(index int32, a Addr) error {
	return r.change(unix.RTM_DELADDR, 0, ifAddrHeader(a, index), a.attrs)
}
