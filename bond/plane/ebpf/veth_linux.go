package ebpf

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/ethtool"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// veth is the [netif.DeviceDriver] of a [Device].
type veth struct {
	ns      *netif.Namespace
	rt      *rtnl.Conn
	ioctl   int          // a socket for requests about interfaces
	peer    atomic.Int32 // index of the peer of the interface that was last found
	offload bool         // what the interface gets
}

// newVeth returns a driver in the calling thread's network namespace.
func newVeth() (*veth, error) {
	ns, err := netif.CurrentNamespace()
	if err != nil {
		return nil, err
	}
	v := &veth{ns: ns, ioctl: -1}
	err = ns.Do(func() (err error) {
		if v.rt, err = rtnl.Open(); err != nil {
			return err
		}
		// Any socket takes interface ioctls. A Unix socket exists on every kernel.
		v.ioctl, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// Close closes what newVeth has opened.
func (v *veth) Close() error {
	var errs []error
	if v.rt != nil {
		errs = append(errs, v.rt.Close())
	}
	if v.ioctl >= 0 {
		errs = append(errs, unix.Close(v.ioctl))
	}
	return errors.Join(append(errs, v.ns.Close())...)
}

// maxMTU is the greatest MTU of an interface.
const maxMTU = 65535

// Make makes a pair.
func (v *veth) Make(name string, addr net.HardwareAddr, mtu int) error {
	// The peer's MTU is the greatest, so that the device's alone counts.
	err := v.rt.AddVeth(rtnl.Veth{Name: name, Peer: peerName(name), Addr: addr, MTU: mtu, PeerMTU: maxMTU})
	if err != nil {
		return err
	}
	li, err := v.rt.LinkByName(peerName(name))
	if err != nil {
		return err
	}
	if err := v.prepare(li.Index, li.Lower); err != nil {
		return errors.Join(err, v.rt.DeleteLink(li.Index))
	}
	return nil
}

// prepare marks the peer and keeps the host's IP from it, and sets the interface up.
func (v *veth) prepare(peer, index int32) error {
	if err := v.rt.SetAlias(peer, peerMark); err != nil {
		return err
	}
	err := v.rt.SetNoAddrGen(peer)
	if err != nil && !errors.Is(err, unix.EAFNOSUPPORT) { // a kernel without IPv6
		return fmt.Errorf("set no IPv6 addresses on the peer: %w", err)
	}
	li, err := v.rt.LinkByIndex(peer)
	if err != nil {
		return err
	}
	setting := filepath.Join("/proc/sys/net/ipv6/conf", li.Name, "disable_ipv6")
	err = v.ns.Do(func() error { return os.WriteFile(setting, []byte("1"), 0) })
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return v.rt.SetUp(index, true)
}

// peerMark is the remark of every peer. It distinguishes a device from a pair of another program.
const peerMark = "lagkit: the frames of a bond enter and leave the kernel's programs here"

// IsPeer reports whether an interface with this name and remark (IFLA_IFALIAS) is the peer of the
// device called device.
func IsPeer(name, alias, device string) bool { return name == peerName(device) && alias == peerMark }

// peerName returns the name of a device's peer. A long name gets a sum in place of its end.
func peerName(device string) string {
	const suffix = "p"
	if len(device)+len(suffix) < unix.IFNAMSIZ {
		return device + suffix
	}
	sum := fnv.New32a()
	sum.Write([]byte(device)) // never fails
	return fmt.Sprintf("%s-%04x%s", device[:9], sum.Sum32()&0xffff, suffix)
}

// Find finds the pair by its names.
func (v *veth) Find(name string) (index int, err error) {
	li, err := v.rt.LinkByName(name)
	if err != nil {
		return 0, err
	}
	far, err := v.rt.LinkByIndex(li.Lower)
	if li.Kind != vethKind || li.LowerAway || err != nil || !IsPeer(far.Name, far.Alias, name) {
		return 0, netif.ErrForeign
	}
	v.peer.Store(far.Index)
	return int(li.Index), nil
}

const vethKind = "veth" // of rtnetlink

// Dress sets the offloads.
func (v *veth) Dress(index int) error { return v.setOffload(index, v.offload) }

func (v *veth) setOffload(index int, on bool) error {
	li, err := v.rt.LinkByIndex(int32(index))
	if err == nil {
		err = ethtool.SetOffload(v.ioctl, li.Name, on)
	}
	if err != nil {
		return fmt.Errorf("set offloads: %w", err)
	}
	return nil
}

// SetCarrier sets the peer up or down.
func (v *veth) SetCarrier(_ int, up bool) error { return v.rt.SetUp(v.peer.Load(), up) }

// Remove removes what is left of the pair. The kernel removes both ends, even if one is in
// another namespace by now.
func (v *veth) Remove(index int) error {
	device, peer := int32(index), v.peer.Load()
	for _, end := range [][2]int32{{device, peer}, {peer, device}} {
		li, err := v.rt.LinkByIndex(end[0])
		ours := err == nil && li.Kind == vethKind && (li.LowerAway || li.Lower == end[1])
		if ours {
			err = v.rt.DeleteLink(end[0])
		}
		if err != nil && !errors.Is(err, unix.ENODEV) {
			return err
		}
	}
	return nil
}
