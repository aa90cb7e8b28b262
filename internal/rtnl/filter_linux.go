package rtnl

import (
	"errors"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// PlaneHandle is the handle of the filters of a data plane. [Conn.AddIngress] puts its own filter
// after them.
const PlaneHandle = 0x1a6d

// From linux/pkt_cls.h.
const (
	tcaBPFFD   = 6
	tcaBPFName = 7
	tcaBPFID   = 11
)

// Filter is a filter at the ingress hook of an interface: a program of bpf(2) that takes every
// frame and returns what becomes of it.
type Filter struct {
	Handle uint32 // distinguishes the filters of one preference
	Name   string // at most 255 octets
	ID     uint32 // of the program

	parent, info uint32
}

// AddClsact gives an interface the qdisc that has the hooks for filters. It reports false if the
// interface had one before.
func (r *Conn) AddClsact(index int32) (added bool, err error) {
	err = r.change(unix.RTM_NEWQDISC, netlink.Create|netlink.Excl,
		tcHeader(index, handleClsact, parentClsact, 0), func(ae *netlink.AttributeEncoder) {
			ae.String(unix.TCA_KIND, "clsact")
		})
	if errors.Is(err, unix.EEXIST) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("add clsact qdisc: %w", err)
	}
	return true, nil
}

// RemoveUnusedClsact removes the qdisc that has the hooks for filters if no filter is there.
func (r *Conn) RemoveUnusedClsact(index int32) error {
	if there, err := r.HasIngress(index); err != nil || !there {
		return err
	}
	for _, parent := range []uint32{parentIngress, parentEgress} {
		msgs, err := r.do(unix.RTM_GETTFILTER, netlink.Dump, tcHeader(index, 0, parent, 0), nil)
		if err != nil && parent == parentEgress && answered(err) {
			continue // a plain ingress qdisc has no egress side
		}
		if err != nil {
			return err
		}
		for _, m := range msgs {
			if handle, _, _ := parseFilter(m.Data); handle != 0 { // 0: the chain's head
				return nil
			}
		}
	}
	return r.change(unix.RTM_DELQDISC, 0, tcHeader(index, handleClsact, parentClsact, 0), nil)
}

// AddFilter adds a filter, whose program is a file descriptor, in front of all others. Only
// those of another kind that have the first preferences come before it. The interface needs an
// ingress or clsact qdisc.
func (r *Conn) AddFilter(index int32, f Filter, program int) error {
	var err error
	if f.parent, _, err = r.ingressPlace(index); err != nil {
		return fmt.Errorf("list ingress filters: %w", err)
	}
	return r.addIngressFilter(1, func(info uint32) error {
		f.info = info
		return r.setFilter(index, f, netlink.Create|netlink.Excl, program)
	})
}

// ReplaceFilter gives a filter of [Conn.Filters] another program, which every frame from then on
// meets.
func (r *Conn) ReplaceFilter(index int32, f Filter, program int) error {
	if err := r.setFilter(index, f, netlink.Replace, program); err != nil {
		return fmt.Errorf("replace program of ingress filter: %w", err)
	}
	return nil
}

func (r *Conn) setFilter(index int32, f Filter, flags netlink.HeaderFlags, program int) error {
	return r.change(unix.RTM_NEWTFILTER, flags, tcHeader(index, f.Handle, f.parent, f.info), func(ae *netlink.AttributeEncoder) {
		ae.String(unix.TCA_KIND, "bpf")
		ae.Nested(unix.TCA_OPTIONS, func(ae *netlink.AttributeEncoder) error {
			ae.Uint32(tcaBPFFD, uint32(program))
			ae.String(tcaBPFName, f.Name)
			ae.Uint32(tcaBPFFlags, bpfActDirect)
			return nil
		})
	})
}

// RemoveFilter removes a filter of [Conn.Filters].
func (r *Conn) RemoveFilter(index int32, f Filter) error {
	err := r.change(unix.RTM_DELTFILTER, 0, tcHeader(index, f.Handle, f.parent, f.info),
		func(ae *netlink.AttributeEncoder) { ae.String(unix.TCA_KIND, "bpf") })
	if err != nil {
		return fmt.Errorf("remove ingress filter: %w", err)
	}
	return nil
}

// Filters returns the filters at the ingress hook of an interface that are programs of bpf(2).
// An interface that does not exist has none.
func (r *Conn) Filters(index int32) ([]Filter, error) {
	msgs, err := r.do(unix.RTM_GETTFILTER, netlink.Dump, tcHeader(index, 0, parentIngress, 0), nil)
	if err != nil {
		return nil, fmt.Errorf("list ingress filters: %w", err)
	}
	var list []Filter
	for _, m := range msgs {
		if f := filterOf(m.Data); f.ID != 0 {
			list = append(list, f)
		}
	}
	return list, nil
}

// filterOf returns the filter of a message. Its ID is 0 if it has no program of bpf(2).
func filterOf(data []byte) (f Filter) {
	if len(data) < tcmsgLen {
		return f
	}
	ad, err := netlink.NewAttributeDecoder(data[tcmsgLen:])
	if err != nil {
		return f
	}
	for ad.Next() {
		if ad.Type() != unix.TCA_OPTIONS {
			continue
		}
		ad.Nested(func(ad *netlink.AttributeDecoder) error {
			for ad.Next() {
				switch ad.Type() {
				case tcaBPFName:
					f.Name = ad.String()
				case tcaBPFID:
					f.ID = ad.Uint32()
				}
			}
			return nil
		})
	}
	f.Handle, f.parent, f.info = native.Uint32(data[8:]), native.Uint32(data[12:]), native.Uint32(data[16:])
	return f
}
