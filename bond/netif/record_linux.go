package netif

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

const recordVersion = 2

// record describes how an interface was found. It is on disk before anything is changed, so
// that the next process can restore the interface after a kill.
type record struct {
	Version int `json:"version"`
	identity
	taker
	asked

	// The settings that were found.
	Since        time.Duration     `json:"since"` // when lifetimes were read, in nanoseconds since boot
	HardwareAddr string            `json:"hardware_addr"`
	Member       string            `json:"member"` // the address as a member
	MTU          int               `json:"mtu"`
	MemberMTU    int               `json:"member_mtu,omitempty"` // as a member; 0: a record of version 1
	Up           bool              `json:"up"`
	DisableIPv6  string            `json:"disable_ipv6,omitempty"` // empty: no such setting
	IPv6         map[string]string `json:"ipv6,omitempty"`         // settings under net/ipv6
	Renewed      bool              `json:"renewed,omitempty"`      // the kernel may have made these settings again
	Ingress      bool              `json:"ingress"`                // it had an ingress qdisc
	PortOf       string            `json:"port_of,omitempty"`      // the interface that it becomes a port of
	Addresses    []rtnl.Addr       `json:"addresses,omitempty"`
	Nexthops     []rtnl.Nexthop    `json:"nexthops,omitempty"`
	Routes       []route           `json:"routes,omitempty"`
	Neighbors    []rtnl.Neighbor   `json:"neighbors,omitempty"`

	// Away is set if the interface went to another network namespace as a member. The kernel
	// has removed all other settings, but the interface still has the bond's MAC address and
	// MTU.
	Away bool `json:"away,omitempty"`
	// Migrated is set if the record was of version 1, which has no routes.
	Migrated bool `json:"migrated,omitempty"`
	// At is when the addresses of a record of version 1 were read.
	At time.Time `json:"at,omitzero"`

	file   string   // its name in the directory; empty: not there yet
	strays []string // files of records that it replaces
	live   bool     // it belongs to a member of this process
}

// identity tells an interface from all others: an index in a network namespace of this boot,
// and the address of the hardware.
type identity struct {
	Boot      string `json:"boot"`
	Namespace uint64 `json:"namespace"`        // its inode, which another namespace gets once it is gone
	Cookie    uint64 `json:"cookie"`           // its cookie; 0: a kernel before 5.14
	Handle    []byte `json:"handle,omitempty"` // its file handle; empty: a kernel before 6.18
	Index     int32  `json:"index"`
	Permanent string `json:"permanent,omitempty"` // empty: the driver has none
	Name      string `json:"name"`
}

// asked is what an interface was asked to receive by its own settings.
type asked struct {
	Flags    uint32   `json:"flags,omitempty"`    // of receptionFlags, those that it had
	Asked    uint32   `json:"asked,omitempty"`    // those that it was given
	Stations []string `json:"stations,omitempty"` // MAC addresses that it was given besides its own
}

// taker is the process that has changed the interface.
type taker struct {
	PID     int    `json:"pid"`
	Started uint64 `json:"started"` // the process's start time, in clock ticks since boot
}

// route is a route of the interface.
type route struct {
	rtnl.Route
	// Ahead is set if a route of the same key that is not the interface's came after it.
	Ahead bool `json:"ahead,omitempty"`
}

// check refuses a record that no version of this program has written.
func (r *record) check() error {
	switch {
	case r.Version == 1:
		if r.file != firstRecordName(r) {
			return errors.New("not the record of the interface in its name")
		}
	case r.Version != recordVersion:
		return &versionError{r.Version}
	case r.file != recordName(r):
		return errors.New("not the record of the interface in its name")
	case r.Boot == "":
		return errors.New("boot: missing")
	}
	switch {
	case r.Index <= 0:
		return fmt.Errorf("index %d: allowed: 1 and more", r.Index)
	case r.Name == "" || len(r.Name) >= unix.IFNAMSIZ || strings.ContainsAny(r.Name, "/\x00") || r.Name == "." || r.Name == "..":
		return fmt.Errorf("name %q: allowed: an interface's", r.Name)
	case r.PID <= 0:
		return fmt.Errorf("pid %d: allowed: 1 and more", r.PID)
	case r.MTU < 68:
		return fmt.Errorf("mtu %d: allowed: 68 and more", r.MTU)
	case (r.Flags|r.Asked)&^receptionFlags != 0:
		return fmt.Errorf("flags %#x, %#x: allowed: %#x", r.Flags, r.Asked, receptionFlags)
	case r.DisableIPv6 != "" && r.DisableIPv6 != "0" && r.DisableIPv6 != "1":
		return fmt.Errorf("disable_ipv6 %q: allowed: 0, 1", r.DisableIPv6)
	}
	addrs := append([]string{r.HardwareAddr, r.Member}, r.Stations...)
	if r.Permanent != "" {
		addrs = append(addrs, r.Permanent)
	}
	for _, addr := range addrs {
		if mac, err := net.ParseMAC(addr); err != nil || !link.IsIndividual(mac) {
			return fmt.Errorf("hardware address %q: allowed: 6 octets, neither a group address nor zero", addr)
		}
	}
	return r.checkLayer3()
}

func (r *record) checkLayer3() error {
	for name := range r.IPv6 {
		if strings.Contains(name, "..") || !strings.HasPrefix(name, "conf/") && !strings.HasPrefix(name, "neigh/") {
			return fmt.Errorf("ipv6 setting %q: allowed: one of the interface", name)
		}
	}
	for _, a := range r.Addresses {
		if !netip.PrefixFrom(a.Local, int(a.Bits)).IsValid() || a.Peer.IsValid() && a.Peer.Is4() != a.Local.Is4() ||
			a.Broadcast.IsValid() && !a.Broadcast.Is4() || len(a.Label) >= unix.IFNAMSIZ {
			return fmt.Errorf("address %s/%d: not one of an interface", a.Local, a.Bits)
		}
	}
	for _, rt := range r.Routes {
		if err := rt.Check(); err != nil {
			return fmt.Errorf("route: %w", err)
		}
	}
	for _, n := range r.Nexthops {
		if err := n.Check(); err != nil {
			return fmt.Errorf("nexthop: %w", err)
		}
	}
	for _, n := range r.Neighbors {
		if err := n.Check(); err != nil {
			return fmt.Errorf("neighbour: %w", err)
		}
		if n.Interface() != r.Index {
			return fmt.Errorf("neighbour: of interface %d, want %d", n.Interface(), r.Index)
		}
	}
	return nil
}

// versionError reports a record of another version of this program.
type versionError struct{ version int }

func (e *versionError) Error() string {
	return "version " + strconv.Itoa(e.version) + ": allowed: 1 to " + strconv.Itoa(recordVersion)
}

// hardwareAddr returns the address of the hardware or, if the driver has none, the address
// that the interface was found with.
func (r *record) hardwareAddr() (net.HardwareAddr, error) {
	if r.Permanent != "" {
		return net.ParseMAC(r.Permanent)
	}
	return net.ParseMAC(r.HardwareAddr)
}

// place is the location of a record's interface.
type place int

const (
	placeHere  place = iota // in the namespace
	placeOther              // in another one, or unknown
	placeGone               // in one that is gone
	placeBoot               // in an earlier boot
)

// place returns where the record's interface is, seen from a namespace.
func (r *record) place(ns *namespace) place {
	switch {
	case r.Version == 1:
		// The record has only the inode.
		if r.Namespace == ns.inode {
			return placeHere
		}
		return placeOther
	case r.Boot != ns.boot:
		return placeBoot
	case r.Cookie == 0 || ns.cookie == 0:
		if r.Namespace == ns.inode {
			return placeHere
		}
		return placeOther
	case r.Cookie == ns.cookie:
		return placeHere
	case r.Namespace == ns.inode || namespaceGone(r.Handle):
		return placeGone
	}
	return placeOther
}

// isOf reports whether the interface with the record's index is the record's. The namespace is
// the record's, as far as its cookie shows.
func (r *record) isOf(ns *namespace, li rtnl.Link) (bool, error) {
	permanent := ""
	if link.IsIndividual(li.Permanent) {
		permanent = li.Permanent.String()
	}
	proven := r.Version > 1 && r.Cookie != 0
	if proven && (permanent != "" || r.Permanent != "") {
		return permanent == r.Permanent, nil
	}
	if r.live && li.Name == r.Name {
		return true, nil
	}
	addr := li.Addr.String()
	known := addr == r.HardwareAddr || addr == r.Member
	if proven == known {
		return known, nil
	}
	// Any interface can be given a MAC address, and another namespace can get the inode at
	// once. Our filter, however, only comes from a process of ours.
	return ns.rt.HasIngressFilter(r.Index)
}

// A record of version 1 identified the namespace by its inode alone.

// firstRecordName returns the file name of a record of version 1.
func firstRecordName(r *record) string {
	return strconv.FormatUint(r.Namespace, 10) + "-" + strconv.Itoa(int(r.Index)) + "-" + r.Name + recordSuffix
}

// isFirstRecord reports whether name is that of a record of version 1.
func isFirstRecord(name string) bool {
	parts := strings.SplitN(name, "-", 3)
	return len(parts) == 3 && isNumber(parts[0]) && isNumber(parts[1])
}

func isNumber(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c < '0' || c > '9' })
}

// alive reports whether the process that made the record still runs. A record of
// version 1 has no other proof of its owner.
func (r *record) alive() bool {
	started, err := processStart(r.PID)
	return err == nil && started == r.Started
}

// owner returns the process of a record of version 1.
func (r *record) owner() *OwnedError {
	o := &OwnedError{PID: r.PID}
	var st unix.Stat_t
	if unix.Stat(filepath.Join("/proc", strconv.Itoa(r.PID)), &st) == nil {
		o.UID = st.Uid
	}
	return o
}

// passed returns how many seconds ago the lifetimes were read. It rounds up, as the kernel,
// which counts in whole seconds, rounds up the rest of a lifetime.
func (r *record) passed() uint32 {
	ago := uptime() - r.Since
	if r.Version == 1 {
		ago = time.Since(r.At)
	}
	return uint32(max(0, ago+time.Second-1) / time.Second)
}

// uptime returns the time since boot, including the time that the machine slept.
func uptime() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) // it never fails
	return time.Duration(ts.Nano())
}

// routeSet returns the routes of the record, keyed by their messages.
func (r *record) routeSet() map[string]bool {
	set := make(map[string]bool, len(r.Routes))
	for _, rt := range r.Routes {
		set[string(rt.Message)] = true
	}
	return set
}

// hasAddr reports whether the record contains an address.
func (r *record) hasAddr(a rtnl.Addr) bool {
	return slices.ContainsFunc(r.Addresses, a.Same)
}

// processStart returns when a process was started, in clock ticks since boot.
func processStart(pid int) (uint64, error) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may contain anything, also spaces and parentheses.
	_, rest, _ := strings.Cut(string(b[strings.LastIndexByte(string(b), ')')+1:]), " ")
	fields := strings.Fields(rest)
	const state, start = 3, 22 // field numbers in proc(5)
	if len(fields) <= start-state {
		return 0, fmt.Errorf("process %d: short status", pid)
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return 0, os.ErrProcessDone
	}
	return strconv.ParseUint(fields[start-state], 10, 64)
}
