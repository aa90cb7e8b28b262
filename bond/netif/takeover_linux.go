package netif

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// takeover is an interface that has become a member: the claim to it, the record of how it was
// found, and the directory that holds the record.
type takeover struct {
	ns    *namespace
	dir   string
	claim *claim
	rec   *record
	moved bool // the interface went to another network namespace
	kept  bool // the interface stays a member for the next process
}

// takeOver makes an interface a member, with the given flags. The interface may still be down.
// On failure it is as it was. If cfg.Name is an alternative name, takeOver replaces it with the
// interface's name.
func takeOver(ns *namespace, cfg *Config, flags uint32) (_ *takeover, err error) {
	li, err := findCandidate(ns, cfg)
	if err != nil {
		return nil, err
	}
	cfg.Name = li.Name
	store, err := openState(cfg.StateDir)
	if err != nil {
		return nil, stateDirError(cfg.Name, "record its state", cfg.StateDir, err)
	}
	defer store.close()
	t := &takeover{ns: ns, dir: cfg.StateDir}
	if t.claim, err = ns.claim(claimMember, li.Index); err != nil {
		return nil, takenError(cfg.Name, err)
	}
	defer func() {
		if err != nil {
			_ = t.claim.release()
		}
	}()
	claimed := li.Index
	// The owner before may have restored the interface meanwhile.
	if li, err = findMember(ns, cfg); err != nil {
		return nil, err
	}
	if li.Index != claimed {
		return nil, refuseMember(cfg, present(ns), errMissing)
	}
	if t.rec, err = find(ns, store, li); err != nil {
		var le *link.Error
		if errors.As(err, &le) {
			return nil, err
		}
		return nil, &link.Error{Name: cfg.Name, Op: "read its state", Err: err}
	}
	t.rec.Asked |= flags
	if err := t.prepare(cfg); err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "take over", Err: err}
	}
	if err := store.save(t.rec); err != nil {
		return nil, stateDirError(cfg.Name, "record its state", cfg.StateDir, err)
	}
	if err := t.apply(cfg); err != nil {
		return nil, t.undo(store, err)
	}
	return t, nil
}

// takenError returns a refusal that names the owner of the interface.
func takenError(name string, err error) error {
	le := &link.Error{Name: name, Op: "take over", Err: err}
	if errors.As(err, new(*OwnedError)) {
		le.Allowed = "an interface can be a member once"
	}
	return le
}

// undo restores the interface after a failure and returns the failure.
func (t *takeover) undo(store *stateStore, err error) error {
	var le *link.Error
	if !errors.As(err, &le) {
		le = &link.Error{Name: t.rec.Name, Op: "take over", Err: err}
	}
	undone, undo := t.rec.restore(t.ns, store)
	if undone {
		undo = errors.Join(undo, store.remove(t.rec))
	}
	if undo != nil {
		le.Err = errors.Join(le.Err, undo)
	}
	return le
}

// release restores the interface and gives up the claim.
func (t *takeover) release() error {
	if t.kept {
		return t.claim.release()
	}
	return errors.Join(t.restore(), t.claim.release())
}

func (t *takeover) restore() error {
	store, err := openState(t.dir)
	if err != nil {
		_, undo := t.rec.restore(t.ns, nil)
		return errors.Join(stateDirError(t.rec.Name, "find its state", t.dir, err), undo)
	}
	defer store.close()
	t.reread(store)
	if t.moved && t.rec.leave(t.ns) {
		return store.save(t.rec)
	}
	undone, err := t.rec.restore(t.ns, store)
	if undone {
		err = errors.Join(err, store.remove(t.rec))
	}
	return err
}

// reread adds routes that another member's restore has left to this one.
func (t *takeover) reread(store *stateStore) {
	if now, err := store.read(recordName(t.rec)); err == nil && now.PID == t.rec.PID {
		t.rec.Routes = now.Routes
	}
}

// find returns the record of how the interface was found, by a process that died or now.
func find(ns *namespace, store *stateStore, li rtnl.Link) (*record, error) {
	now, err := inspect(ns, li)
	if err != nil {
		return nil, err
	}
	records, bad, err := store.list()
	if err != nil {
		return nil, err
	}
	for _, b := range bad {
		switch {
		case filepath.Base(b.Path) != recordName(now):
			// Restore sets it aside.
		case b.keep:
			return nil, b
		default:
			store.setAside(b)
		}
	}
	for _, r := range records {
		if r.Away && r.place(ns) == placeHere && r.returned(li) {
			now.adopt(r)
			continue
		}
		if r.Away || r.Index != li.Index || r.place(ns) != placeHere {
			continue
		}
		if r.Version == 1 && r.alive() {
			return nil, takenError(li.Name, r.owner())
		}
		if ours, err := r.isOf(ns, li); err != nil {
			return nil, err
		} else if !ours {
			store.setAside(&RecordError{Path: filepath.Join(store.dir, r.file), Err: errUnproven})
			continue
		}
		r.Name = li.Name // it may have been renamed
		if r.Version == 1 {
			r.migrate(now)
		}
		r.update(now)
		return r, nil
	}
	return now, nil
}

// migrate turns a record of version 1 into one of the interface as it is now. The identity of
// the interface has been proven. Settings that version 1 did not record have their present
// values.
func (r *record) migrate(now *record) {
	since := now.Since - time.Since(r.At)
	r.Version, r.Boot, r.Cookie, r.Handle, r.Permanent = recordVersion, now.Boot, now.Cookie, now.Handle, now.Permanent
	r.Since = since
	r.IPv6, r.Migrated = now.IPv6, true
	delete(r.IPv6, ipv6MTU) // it has the member's value
}

func permanentAddr(li rtnl.Link) net.HardwareAddr {
	if link.IsIndividual(li.Permanent) {
		return li.Permanent
	}
	return li.Addr
}

// prepare completes the record with this process and the settings about to be made.
func (t *takeover) prepare(cfg *Config) (err error) {
	t.rec.live, t.rec.PID = true, os.Getpid()
	if t.rec.Started, err = processStart(t.rec.PID); err != nil {
		return err
	}
	t.rec.Member = t.rec.HardwareAddr
	if cfg.HardwareAddr != nil {
		t.rec.Member = cfg.HardwareAddr.String()
	}
	t.rec.PortOf = cfg.PortOf
	t.rec.MemberMTU = t.rec.MTU
	if cfg.MTU != 0 {
		t.rec.MemberMTU = cfg.MTU
	}
	return nil
}

// apply changes the interface. It first cuts off the host's stack.
func (t *takeover) apply(cfg *Config) error {
	rt, rec := t.ns.rt, t.rec
	if err := t.leaveOther(cfg.PortOf); err != nil {
		return err
	}
	// A dead process may have left its filter.
	_ = rt.RemoveIngress(rec.Index, false)
	if cfg.PortOf != "" {
		// The frames go to the other interface.
	} else if err := rt.AddIngress(rec.Index); err != nil && !cfg.AllowHostStack {
		return &link.Error{Name: cfg.Name, Op: "keep its frames from the host's IP stack", Err: err,
			Allowed: "needs the kernel modules sch_ingress and cls_bpf, and CAP_NET_ADMIN"}
	}
	if err := t.clearIP(cfg.AllowHostStack); err != nil {
		return err
	}
	if err := t.ask(); err != nil {
		return err
	}
	li, err := rt.LinkByIndex(rec.Index)
	if err != nil {
		return err
	}
	now := rec.Member
	if cfg.KeepAddr {
		now = rec.HardwareAddr
	}
	if li.Addr.String() != now {
		addr, err := net.ParseMAC(now)
		if err != nil {
			return err
		}
		if err := rt.SetAddr(rec.Index, addr); err != nil {
			return &link.Error{Name: cfg.Name, Op: "set MAC address", Field: "HardwareAddr", Value: now, Err: err}
		}
	}
	if int(li.MTU) == rec.MemberMTU {
		return nil
	}
	if err := rt.SetMTU(rec.Index, rec.MemberMTU); err != nil {
		return &link.Error{Name: cfg.Name, Op: "set MTU", Field: "MTU", Value: strconv.Itoa(rec.MemberMTU), Err: err}
	}
	// If the MTU was too small for IPv6 before, IPv6 starts now.
	return t.disableIPv6(cfg.AllowHostStack)
}

// leaveOther takes the interface from the device that a dead process has made it a port of, unless
// it has that name.
func (t *takeover) leaveOther(portOf string) error {
	li, err := t.ns.rt.LinkByIndex(t.rec.Index)
	if err == nil && li.Master != 0 && masterName(t.ns, li.Master) != portOf {
		err = t.ns.rt.SetMaster(t.rec.Index, 0)
	}
	return err
}

// clearIP removes IPv6, IP addresses and routes from the interface.
func (t *takeover) clearIP(allowHostStack bool) error {
	rt, rec := t.ns.rt, t.rec
	addrs, err := rt.Addrs(rec.Index)
	if err != nil {
		return fmt.Errorf("read IP addresses: %w", err)
	}
	// When IPv6 is turned off, the kernel forgets the address, but not that it has joined the
	// group.
	joined := slices.DeleteFunc(addrs, func(a rtnl.Addr) bool { return a.Local.Is4() || a.Flags&unix.IFA_F_MCAUTOJOIN == 0 })
	if err := t.removeAddresses(joined); err != nil {
		return err
	}
	if err := t.disableIPv6(allowHostStack); err != nil {
		return err
	}
	// Read again: a dead process may have been killed half way, and addresses may have been
	// added since. Removing one can remove others with it.
	addrs, err = rt.Addrs(rec.Index)
	if err != nil {
		return fmt.Errorf("read IP addresses: %w", err)
	}
	if err := t.removeAddresses(addrs); err != nil {
		return err
	}
	// Routes go with the last address, if there was one.
	routes, err := rt.Routes(rec.Index)
	if err != nil {
		return fmt.Errorf("read routes: %w", err)
	}
	known := rec.routeSet()
	for _, r := range routes {
		if !onlyOver(r, rec.Index) || !known[string(r.Message)] {
			continue
		}
		if err := rt.DeleteRoute(r); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("remove route %s: %w", r, err)
		}
	}
	return nil
}

// onlyOver reports whether all nexthops of a route use one interface.
func onlyOver(rt rtnl.Route, index int32) bool {
	over := rt.Interfaces()
	return len(over) > 0 && !slices.ContainsFunc(over, func(i int32) bool { return i != index })
}

func (t *takeover) disableIPv6(allowHostStack bool) error {
	now, err := readDisableIPv6(t.ns, t.rec.Name)
	if err == nil && now != "" && now != "1" {
		err = writeDisableIPv6(t.ns, t.rec.Name, "1")
	}
	if err != nil && !allowHostStack {
		return fmt.Errorf("turn IPv6 off: %w", err)
	}
	return nil
}

// removeAddresses removes IP addresses. Some may already have gone together with others.
func (t *takeover) removeAddresses(addrs []rtnl.Addr) error {
	for _, a := range addrs {
		if err := t.ns.rt.DeleteAddr(t.rec.Index, a); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return fmt.Errorf("remove IP address %s: %w", a.Local, err)
		}
	}
	return nil
}

// setUp sets the interface up if it is down.
func (t *takeover) setUp() error {
	li, err := t.ns.rt.LinkByIndex(t.rec.Index)
	if err == nil && li.Flags&unix.IFF_UP == 0 {
		err = t.ns.rt.SetUp(t.rec.Index, true)
	}
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	return nil
}

// setAddr gives the interface another address; nil is the address it was found with. The
// record has both before the address changes.
func (t *takeover) setAddr(addr net.HardwareAddr) (err error) {
	if addr == nil {
		if addr, err = net.ParseMAC(t.rec.HardwareAddr); err != nil {
			return err
		}
	}
	before := t.rec.Member
	if to := addr.String(); to != t.rec.HardwareAddr && to != before {
		if err := t.save(func() { t.rec.Member = to }); err != nil {
			return err
		}
	}
	err = t.ns.rt.SetAddr(t.rec.Index, addr)
	if err != nil && t.rec.Member != before {
		err = errors.Join(err, t.save(func() { t.rec.Member = before })) // the interface still has this one
	}
	return err
}

// setMTU sets another MTU, and records it first.
func (t *takeover) setMTU(mtu int) error {
	before := t.rec.MemberMTU
	if mtu != t.rec.MTU && mtu != before {
		if err := t.save(func() { t.rec.MemberMTU = mtu }); err != nil {
			return err
		}
	}
	err := t.ns.rt.SetMTU(t.rec.Index, mtu)
	if err != nil && t.rec.MemberMTU != before {
		err = errors.Join(err, t.save(func() { t.rec.MemberMTU = before }))
	}
	return err
}

// save changes the record, also on disk.
func (t *takeover) save(change func()) error {
	store, err := openState(t.dir)
	if err != nil {
		return err
	}
	defer store.close()
	t.reread(store)
	change()
	return store.save(t.rec)
}
