package rtnl

import (
	"errors"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/bpf"
)

// Frames that arrive on a member are dropped before the host's IP stack, after the packet
// sockets, by a classic BPF program at the ingress hook of the interface. It needs neither
// bpf(2) nor its capability.

const (
	tcmsgLen = 20

	handleClsact    = 0xffff0000
	parentClsact    = 0xfffffff1 // TC_H_CLSACT, and TC_H_INGRESS
	parentIngress   = 0xfffffff2 // TC_H_CLSACT's major with TC_H_MIN_INGRESS
	parentEgress    = 0xfffffff3
	ingressHandle   = 0x1a6c
	maxIngressPrefs = 64

	// From linux/pkt_cls.h.
	tcaBPFOpsLen    = 4
	tcaBPFOps       = 5
	tcaBPFFlags     = 8
	bpfActDirect    = 1
	etherTypeAllBig = 0x0003 // ETH_P_ALL in network order, below
)

// tcHeader is struct tcmsg.
func tcHeader(index int32, handle, parent, info uint32) []byte {
	b := make([]byte, 4, tcmsgLen)
	b = native.AppendUint32(b, uint32(index))
	b = native.AppendUint32(b, handle)
	b = native.AppendUint32(b, parent)
	return native.AppendUint32(b, info)
}

// filterInfo returns the info of a filter with a preference that takes every protocol.
func filterInfo(pref uint16) uint32 {
	var b [2]byte
	b[0], b[1] = etherTypeAllBig>>8, etherTypeAllBig&0xff
	return uint32(pref)<<16 | uint32(native.Uint16(b[:]))
}

// HasIngress reports whether the interface has an ingress or clsact qdisc. A kernel without
// queueing disciplines has none.
func (r *Conn) HasIngress(index int32) (bool, error) {
	msgs, err := r.do(unix.RTM_GETQDISC, netlink.Dump, tcHeader(0, 0, 0, 0), nil)
	if errors.Is(err, unix.EOPNOTSUPP) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, m := range msgs {
		if len(m.Data) >= tcmsgLen && int32(native.Uint32(m.Data[4:])) == index &&
			native.Uint32(m.Data[12:]) == parentClsact {
			return true, nil
		}
	}
	return false, nil
}

// AddIngress puts the filter in front of the host's protocols. It uses a qdisc that exists
// already. Only the filters of a data plane come first.
func (r *Conn) AddIngress(index int32) error {
	if _, err := r.AddClsact(index); err != nil {
		return err
	}
	parent, first, err := r.ingressPlace(index)
	if err != nil {
		return fmt.Errorf("list ingress filters: %w", err)
	}
	return r.addIngressFilter(first, func(info uint32) error {
		return r.change(unix.RTM_NEWTFILTER, netlink.Create|netlink.Excl,
			tcHeader(index, ingressHandle, parent, info), ingressFilter)
	})
}

// addIngressFilter adds a filter at the first preference that it can have. The lowest runs first;
// another program's filter may have it.
func (r *Conn) addIngressFilter(first uint16, add func(info uint32) error) (err error) {
	for pref := first; pref < first+maxIngressPrefs; pref++ {
		err = add(filterInfo(pref))
		if !errors.Is(err, unix.EEXIST) && !errors.Is(err, unix.EINVAL) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("add ingress filter: %w", err)
	}
	return nil
}

// ingressPlace returns the parent to use for filters at the ingress hook, and the first preference
// after those of a data plane. The parent is the one that other programs have used there, because
// the kernel lists all filters under the last one used. Of one preference, the kernel runs the
// newest filter first.
func (r *Conn) ingressPlace(index int32) (parent uint32, first uint16, err error) {
	msgs, err := r.do(unix.RTM_GETTFILTER, netlink.Dump, tcHeader(index, 0, parentIngress, 0), nil)
	if err != nil {
		return 0, 0, err
	}
	parent, first = parentIngress, 1
	for _, m := range msgs {
		if len(m.Data) < tcmsgLen {
			continue
		}
		if native.Uint32(m.Data[12:]) == handleClsact {
			parent = handleClsact
		}
		if f := filterOf(m.Data); f.ID != 0 && f.Handle == PlaneHandle {
			first = max(first, uint16(f.info>>16)+1)
		}
	}
	return parent, first, nil
}

// HasIngressFilter reports whether our filter is at the interface's ingress hook. A kernel without
// filters has none.
func (r *Conn) HasIngressFilter(index int32) (bool, error) {
	msgs, err := r.do(unix.RTM_GETTFILTER, netlink.Dump, tcHeader(index, 0, parentIngress, 0), nil)
	if errors.Is(err, unix.EOPNOTSUPP) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, m := range msgs {
		if _, _, ours := parseFilter(m.Data); ours {
			return true, nil
		}
	}
	return false, nil
}

// MessageIndex returns the index of the interface that a message about queueing disciplines,
// filters or IP addresses is about, or 0 for a message of another kind.
func MessageIndex(typ uint16, data []byte) int32 {
	switch typ {
	case unix.RTM_NEWQDISC, unix.RTM_DELQDISC, unix.RTM_NEWTFILTER, unix.RTM_DELTFILTER,
		unix.RTM_NEWADDR, unix.RTM_DELADDR:
		if len(data) >= 8 {
			return int32(native.Uint32(data[4:]))
		}
	}
	return 0
}

func ingressFilter(ae *netlink.AttributeEncoder) {
	ae.String(unix.TCA_KIND, "bpf")
	ae.Nested(unix.TCA_OPTIONS, func(ae *netlink.AttributeEncoder) error {
		ae.Uint16(tcaBPFOpsLen, uint16(len(bpf.Ingress)))
		ae.Bytes(tcaBPFOps, bpf.Bytes(bpf.Ingress))
		ae.Uint32(tcaBPFFlags, bpfActDirect)
		return nil
	})
}

// RemoveIngress removes our filters. If qdisc is true and no other program has put a filter
// there, it removes the qdisc too.
func (r *Conn) RemoveIngress(index int32, qdisc bool) error {
	if there, err := r.HasIngress(index); err != nil || !there {
		return err
	}
	var errs []error
	for _, parent := range []uint32{parentIngress, parentEgress} {
		msgs, err := r.do(unix.RTM_GETTFILTER, netlink.Dump, tcHeader(index, 0, parent, 0), nil)
		if err != nil && parent == parentEgress && answered(err) {
			continue // a plain ingress qdisc has no egress side
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, m := range msgs {
			if handle, info, ours := parseFilter(m.Data); ours {
				errs = append(errs, r.change(unix.RTM_DELTFILTER, 0, tcHeader(index, handle, parent, info),
					func(ae *netlink.AttributeEncoder) { ae.String(unix.TCA_KIND, "bpf") }))
			}
		}
	}
	if qdisc {
		errs = append(errs, r.RemoveUnusedClsact(index))
	}
	return errors.Join(errs...)
}

// parseFilter recognizes our filter by its handle and its program, because the kernel keeps no
// name for a classic program.
func parseFilter(data []byte) (handle, info uint32, ours bool) {
	if len(data) < tcmsgLen {
		return 0, 0, false
	}
	handle, info = native.Uint32(data[8:]), native.Uint32(data[16:])
	ad, err := netlink.NewAttributeDecoder(data[tcmsgLen:])
	if err != nil {
		return handle, info, false
	}
	for ad.Next() {
		if ad.Type() == unix.TCA_OPTIONS {
			ad.Nested(func(nad *netlink.AttributeDecoder) error {
				for nad.Next() {
					if nad.Type() == tcaBPFOps && bpf.IsIngress(nad.Bytes()) {
						ours = true
					}
				}
				return nil
			})
		}
	}
	return handle, info, ours && handle == ingressHandle
}
