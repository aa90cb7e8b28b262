package netif

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

const keptVersion = 1

// keptDevice is the record of an interface that was left for the next start. It identifies the
// interface uniquely: no other of this boot and namespace has its index.
type keptDevice struct {
	Version      int            `json:"version"`
	Boot         string         `json:"boot"`
	Namespace    uint64         `json:"namespace"` // its inode
	Cookie       uint64         `json:"cookie"`    // 0: a kernel before 5.14
	Index        int32          `json:"index"`
	Name         string         `json:"name"`
	HardwareAddr string         `json:"hardware_addr"`
	Owner        uint32         `json:"owner"` // user id
	MultiQueue   bool           `json:"multi_queue"`
	Addresses    []netip.Prefix `json:"addresses,omitempty"` // those that the device set
}

func (k *keptDevice) addresses() []netip.Prefix {
	if k == nil {
		return nil
	}
	return k.Addresses
}

// keptPrefix is the prefix of the records of a namespace's devices.
func keptPrefix(ns *namespace) string { return "device-" + recordKey(ns.cookie, ns.inode) + "-" }

// keptFile returns the name of a device's record.
func keptFile(ns *namespace, name string) string { return keptPrefix(ns) + name + recordSuffix }

// hasStateDir reports whether the directory of records exists. It does not create it.
func hasStateDir(dir string) bool {
	if dir == "" {
		dir = DefaultStateDir
	}
	_, err := os.Stat(dir)
	return err == nil
}

// Keep makes Close leave the interface, with its routes, bridge and IP addresses, for an
// [OpenDevice] of the same name with Adopt. Until then the interface has no carrier and drops
// what the host sends. An OpenDevice without Adopt, and [RemoveKept], remove it.
func (d *Device) Keep() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return net.ErrClosed
	}
	if err := d.keep(d.tap.Load()); err != nil {
		return &link.Error{Name: d.cfg.Name, Op: "keep", Err: err}
	}
	return nil
}

func (d *Device) keep(t *tap) error {
	if t.gone.Load() {
		return unix.ENODEV
	}
	li, err := d.ns.rt.LinkByIndex(t.index)
	if err != nil {
		return err
	}
	if li.Name != d.cfg.Name {
		return fmt.Errorf("it was renamed to %s, so the next start would not find it", li.Name)
	}
	owner := os.Geteuid()
	b, err := json.MarshalIndent(&keptDevice{Version: keptVersion, Boot: d.ns.boot, Namespace: d.ns.inode, Cookie: d.ns.cookie, Index: t.index, Name: li.Name,
		HardwareAddr: li.Addr.String(), Owner: uint32(owner), MultiQueue: d.cfg.Queues > 1, Addresses: d.face.addrs}, "", "\t")
	if err != nil {
		return err
	}
	store, err := openState(d.cfg.StateDir)
	if err != nil {
		return err
	}
	defer store.close()
	// The record is written first: an interface without one would stay for ever.
	if err := store.writeFile(keptFile(d.ns, li.Name), b); err != nil {
		return err
	}
	if err := t.queues[0].SetOwner(owner); err != nil {
		return fmt.Errorf("set owner: %w", err)
	}
	if err := t.queues[0].SetPersistent(true); err != nil {
		return fmt.Errorf("make persistent: %w", err)
	}
	return nil
}

// findKept returns the record of an interface to adopt, or nil. It removes an interface that
// was left but is not wanted, or can't be adopted. A record that can't be read counts as no
// record; the interface's name is then taken.
func (d *Device) findKept() (*keptDevice, error) {
	if !hasStateDir(d.cfg.StateDir) {
		return nil, nil
	}
	store, err := openState(d.cfg.StateDir)
	if err != nil {
		return nil, nil
	}
	defer store.close()
	file := keptFile(d.ns, d.cfg.Name)
	k, err := store.readKept(d.ns, file)
	switch {
	case err != nil || k == nil:
		return nil, nil
	case !k.there(d.ns):
		return nil, store.removeFile(file)
	case d.cfg.Adopt && k.MultiQueue == (d.cfg.Queues > 1):
		return k, nil
	}
	return nil, k.remove(d.ns, store, file)
}

// readKept reads a record. It returns nil if the file is not a record of this boot and
// namespace.
func (s *stateStore) readKept(ns *namespace, file string) (*keptDevice, error) {
	b, err := s.readFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k := new(keptDevice)
	if err := json.Unmarshal(b, k); err != nil || k.Version != keptVersion || keptFile(ns, k.Name) != file {
		return nil, fmt.Errorf("%s: not a record of version %d of this device", filepath.Join(s.dir, file), keptVersion)
	}
	if k.Boot != ns.boot || k.Cookie != ns.cookie || k.Namespace != ns.inode {
		return nil, s.removeFile(file) // the interface vanished with its boot
	}
	return k, nil
}

// there reports whether the interface exists, is the one that was left, and has no user.
func (k *keptDevice) there(ns *namespace) bool {
	li, err := ns.rt.DetailByIndex(k.Index)
	return err == nil && li.Name == k.Name && li.Addr.String() == k.HardwareAddr && li.Kind == "tun" &&
		li.Tun.TAP && li.Tun.Persistent && li.Tun.MultiQueue == k.MultiQueue && li.Tun.Queues == 0 &&
		li.Tun.Owner == k.Owner && k.Owner == uint32(os.Geteuid())
}

func (k *keptDevice) remove(ns *namespace, store *stateStore, file string) error {
	if err := ns.rt.DeleteLink(k.Index); err != nil && !errors.Is(err, unix.ENODEV) {
		return &link.Error{Name: k.Name, Op: "remove the kept device", Err: err}
	}
	return store.removeFile(file)
}

// adopted makes a kept interface vanish with the process again.
func (d *Device) adopted(t *tap, k *keptDevice) error {
	if t.index != k.Index {
		return nameTaken(k.Name, unix.EEXIST) // another interface took its place a moment ago
	}
	if err := t.queues[0].SetPersistent(false); err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	store, err := openState(d.cfg.StateDir)
	if err != nil {
		return err
	}
	defer store.close()
	return store.removeFile(keptFile(d.ns, k.Name))
}

// RemoveKept removes the devices of the calling thread's network namespace that [Device.Keep]
// left and no [OpenDevice] has adopted. It finds them by their records in stateDir (empty
// means [DefaultStateDir]). It is for a program that has opened all its bonds.
func RemoveKept(stateDir string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ns, err := enterNamespace()
	if err != nil {
		return err
	}
	return errors.Join(removeKept(ns, stateDir), ns.leave())
}

func removeKept(ns *namespace, stateDir string) error {
	if !hasStateDir(stateDir) {
		return nil
	}
	store, err := openState(stateDir)
	if err != nil {
		return err
	}
	defer store.close()
	names, err := store.names()
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if !strings.HasPrefix(name, keptPrefix(ns)) {
			continue
		}
		switch k, err := store.readKept(ns, name); {
		case err != nil:
			errs = append(errs, err)
		case k == nil:
		case k.there(ns):
			errs = append(errs, k.remove(ns, store, name))
		default:
			errs = append(errs, store.removeFile(name))
		}
	}
	return errors.Join(errs...)
}
