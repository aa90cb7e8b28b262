package netif

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// A member that is moved to another network namespace takes the bond's MAC address and MTU
// along. The next takeover or restore after it returns gives it its own back.

// leave marks the record as that of an interface that is away, and reports whether it is away.
func (r *record) leave(ns *namespace) bool {
	_, err := ns.rt.LinkByIndex(r.Index)
	r.Away = errors.Is(err, unix.ENODEV) && (r.Member != r.HardwareAddr || r.MemberMTU != r.MTU)
	if r.Away {
		r.Addresses, r.Routes, r.Nexthops, r.Neighbors = nil, nil, nil, nil
	}
	return r.Away
}

// returned reports whether an interface is the one that was away. Its index may have changed.
func (r *record) returned(li rtnl.Link) bool {
	permanent := ""
	if link.IsIndividual(li.Permanent) {
		permanent = li.Permanent.String()
	}
	if permanent != "" || r.Permanent != "" {
		return permanent == r.Permanent
	}
	return li.Name == r.Name && li.Addr.String() == r.Member
}

// adopt copies from away the settings that the interface had before it went away, where the
// interface still has the value that the bond set.
func (r *record) adopt(away *record) {
	if r.HardwareAddr == away.Member {
		r.HardwareAddr = away.HardwareAddr
	}
	if r.MTU == away.MemberMTU {
		r.MTU = away.MTU
		delete(r.IPv6, ipv6MTU)
	}
	r.strays = append(r.strays, away.file)
}

// settleAway restores an interface that has returned. It keeps the record of one that has not.
func (r *record) settleAway(ns *namespace, store *stateStore) error {
	links, err := ns.rt.Links()
	if err != nil {
		return &link.Error{Name: r.Name, Op: "restore", Err: err}
	}
	for _, li := range links {
		if !r.returned(li) {
			continue
		}
		mine, err := ns.claim(claimMember, li.Index)
		if errors.As(err, new(*OwnedError)) {
			return nil
		}
		if err != nil {
			return &link.Error{Name: li.Name, Op: "restore", Err: err}
		}
		err = r.giveBack(ns, li)
		if err == nil {
			err = store.remove(r)
		}
		return errors.Join(err, mine.release())
	}
	return nil
}

func (r *record) giveBack(ns *namespace, li rtnl.Link) error {
	var errs []error
	if li.Addr.String() == r.Member {
		addr, err := net.ParseMAC(r.HardwareAddr)
		if err == nil {
			err = ns.rt.SetAddr(li.Index, addr)
		}
		errs = append(errs, err)
	}
	if int(li.MTU) == r.MemberMTU {
		errs = append(errs, ns.rt.SetMTU(li.Index, r.MTU))
	}
	if err := errors.Join(errs...); err != nil {
		return &link.Error{Name: li.Name, Op: "restore", Err: err}
	}
	return nil
}
