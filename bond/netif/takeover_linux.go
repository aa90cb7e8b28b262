package netif

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// takeover is an interface that has become a member: the record of how it was
// found, and where that is kept.
type takeover struct {
	ns  *namespace
	dir string
	rec *record
}

// takeOver makes an interface a member, which may still be down. On failure it is as
// it was.
func takeOver(ns *namespace, cfg *Config) (_ *takeover, err error) {
	li, err := findMember(ns, cfg)
	if err != nil {
		return nil, err
	}
	store, err := openState(cfg.StateDir)
	if err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "record its state", Field: "StateDir", Value: stateDirName(cfg.StateDir),
			Allowed: "a directory that can be written to", Err: err}
	}
	defer store.close()
	t := &takeover{ns: ns, dir: cfg.StateDir}
	if t.rec, err = inspect(ns, store, li); err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "read its state", Err: err}
	}
	if t.rec.PID != 0 && t.rec.alive() {
		return nil, &link.Error{Name: cfg.Name, Op: "take over", Allowed: "an interface can be a member once",
			Err: fmt.Errorf("process %d has it as a member", t.rec.PID)}
	}
	if err := t.prepare(cfg); err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "take over", Err: err}
	}
	if err := store.save(t.rec); err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "record its state", Field: "StateDir", Value: stateDirName(cfg.StateDir),
			Allowed: "a directory that can be written to", Err: err}
	}
	if err := t.apply(cfg); err != nil {
		var le *link.Error
		if !errors.As(err, &le) {
			le = &link.Error{Name: cfg.Name, Op: "take over", Err: err}
		}
		if undo := t.rec.restore(ns); undo != nil {
			le.Err = errors.Join(le.Err, undo)
			return nil, le
		}
		_ = store.remove(t.rec)
		return nil, le
	}
	return t, nil
}

func stateDirName(dir string) string {
	if dir == "" {
		return DefaultStateDir
	}
	return dir
}

// release puts the interface back.
func (t *takeover) release() error {
	store, err := openState(t.dir)
	if err != nil {
		return errors.Join(err, t.rec.restore(t.ns))
	}
	defer store.close()
	if err := t.rec.restore(t.ns); err != nil {
		return err
	}
	return store.remove(t.rec)
}

// inspect returns how the interface was found: by a process that died, or now.
func inspect(ns *namespace, store *stateStore, li rtnl.Link) (*record, error) {
	old, err := store.list(recordPrefix(ns.inode, li.Index))
	if err != nil {
		return nil, err
	}
	for _, r := range old {
		if r.matches(li) {
			if r.Name != li.Name { // it has been renamed meanwhile
				if err := store.remove(r); err != nil {
					return nil, err
				}
				r.Name = li.Name
			}
			return r, nil
		}
		// Another interface that had the same numbers.
		if err := store.remove(r); err != nil {
			return nil, err
		}
	}
	r := &record{
		Version: recordVersion, Namespace: ns.inode, Index: li.Index, Name: li.Name, At: time.Now(),
		HardwareAddr: li.Addr.String(), Permanent: permanentAddr(li).String(),
		MTU: int(li.MTU), Up: li.Flags&unix.IFF_UP != 0,
	}
	if r.Addresses, err = ns.rt.Addrs(li.Index); err != nil {
		return nil, err
	}
	if r.Ingress, err = ns.rt.HasIngress(li.Index); err != nil {
		// Without the queueing disciplines' API there is none.
		r.Ingress = false
	}
	r.DisableIPv6, err = readDisableIPv6(ns, li.Name)
	return r, err
}

// matches says whether a record is of this interface, and not of one that had its
// index in a namespace of the same number.
func (r *record) matches(li rtnl.Link) bool {
	addr := li.Addr.String()
	return addr == r.HardwareAddr || addr == r.Member
}

func permanentAddr(li rtnl.Link) net.HardwareAddr {
	if link.IsIndividual(li.Permanent) {
		return li.Permanent
	}
	return li.Addr
}

// prepare completes the record with who we are and what is going to be set.
func (t *takeover) prepare(cfg *Config) (err error) {
	t.rec.PID = os.Getpid()
	if t.rec.Started, err = processStart(t.rec.PID); err != nil {
		return err
	}
	t.rec.Member = t.rec.HardwareAddr
	if cfg.HardwareAddr != nil {
		t.rec.Member = cfg.HardwareAddr.String()
	}
	return nil
}

// apply changes the interface. The host's stack is shut out first.
func (t *takeover) apply(cfg *Config) error {
	rt, rec := t.ns.rt, t.rec
	// A dead process may have left its filter.
	_ = rt.RemoveIngress(rec.Index, false)
	if err := rt.AddIngress(rec.Index); err != nil && !cfg.AllowHostStack {
		return &link.Error{Name: cfg.Name, Op: "keep its frames from the host's IP stack", Field: "AllowHostStack", Value: "false",
			Allowed: "needs the kernel's clsact and cls_bpf, and CAP_NET_ADMIN; or put the members into a network namespace " +
				"of their own and set AllowHostStack", Err: err}
	}
	if rec.DisableIPv6 != "" && rec.DisableIPv6 != "1" {
		if err := writeDisableIPv6(t.ns, cfg.Name, "1"); err != nil && !cfg.AllowHostStack {
			return fmt.Errorf("turn IPv6 off: %w", err)
		}
	}
	// Read again: a dead process may have been killed half way, and addresses may
	// have come since. Removing one can remove others with it.
	addrs, err := rt.Addrs(rec.Index)
	if err != nil {
		return fmt.Errorf("read IP addresses: %w", err)
	}
	if err := t.removeAddresses(addrs); err != nil {
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
	mtu := rec.MTU
	if cfg.MTU != 0 {
		mtu = cfg.MTU
	}
	if int(li.MTU) != mtu {
		if err := rt.SetMTU(rec.Index, mtu); err != nil {
			return &link.Error{Name: cfg.Name, Op: "set MTU", Field: "MTU", Value: strconv.Itoa(mtu), Err: err}
		}
	}
	return nil
}

// removeAddresses removes IP addresses, some of which may have gone with others.
func (t *takeover) removeAddresses(addrs []rtnl.Addr) error {
	for _, a := range addrs {
		if err := t.ns.rt.DeleteAddr(t.rec.Index, a); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return fmt.Errorf("remove IP address %s: %w", a.Local, err)
		}
	}
	return nil
}

// name returns the name that the interface has now.
func (t *takeover) name() (string, error) {
	li, err := t.ns.rt.LinkByIndex(t.rec.Index)
	return li.Name, err
}

// setUp sets the interface up if it is not.
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

// setAddr gives the interface another address; nil is the one it was found with.
// The record knows both before it changes.
func (t *takeover) setAddr(addr net.HardwareAddr) (err error) {
	if addr == nil {
		if addr, err = net.ParseMAC(t.rec.HardwareAddr); err != nil {
			return err
		}
	}
	if to := addr.String(); to != t.rec.HardwareAddr && to != t.rec.Member {
		t.rec.Member = to
		if err := t.save(); err != nil {
			return err
		}
	}
	return t.ns.rt.SetAddr(t.rec.Index, addr)
}

// save brings the record on disk up to date.
func (t *takeover) save() error {
	store, err := openState(t.dir)
	if err != nil {
		return err
	}
	defer store.close()
	return store.save(t.rec)
}

func disableIPv6Path(name string) string {
	return filepath.Join("/proc/sys/net/ipv6/conf", name, "disable_ipv6")
}

// readDisableIPv6 returns the setting, or "" where the kernel has no IPv6 or the
// interface too small an MTU for it.
func readDisableIPv6(ns *namespace, name string) (value string, err error) {
	err = ns.run(func() error {
		b, err := os.ReadFile(disableIPv6Path(name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		value = strings.TrimSpace(string(b))
		return err
	})
	return value, err
}

func writeDisableIPv6(ns *namespace, name, value string) error {
	return ns.run(func() error {
		err := os.WriteFile(disableIPv6Path(name), []byte(value), 0)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}
