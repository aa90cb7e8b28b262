package netlab

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const vethInfoPeer = 1 // linux/veth.h

// lastIndex numbers interfaces. The two ends of a cable need different indexes: if they are
// equal, the kernel delays carrier notifications.
var lastIndex atomic.Int32

// Pair makes a cable: a pair of virtual Ethernet interfaces, one in each namespace, both down.
func Pair(t testing.TB, a *NS, nameA string, b *NS, nameB string) {
	t.Helper()
	index := 1000 + 2*int(lastIndex.Add(1))
	a.request(t, unix.RTM_NEWLINK, netlink.Create|netlink.Excl, ifInfo(index, 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.String(unix.IFLA_IFNAME, nameA)
		ae.Nested(unix.IFLA_LINKINFO, func(ae *netlink.AttributeEncoder) error {
			ae.String(unix.IFLA_INFO_KIND, "veth")
			ae.Nested(unix.IFLA_INFO_DATA, func(ae *netlink.AttributeEncoder) error {
				ae.Do(vethInfoPeer, func() ([]byte, error) {
					peer := netlink.NewAttributeEncoder()
					peer.String(unix.IFLA_IFNAME, nameB)
					peer.Uint32(unix.IFLA_NET_NS_FD, uint32(b.fd))
					attrs, err := peer.Encode()
					return append(ifInfo(index+1, 0, 0), attrs...), err
				})
				return nil
			})
			return nil
		})
	})
}

// Up sets an interface up.
func (n *NS) Up(t testing.TB, name string) {
	t.Helper()
	n.request(t, unix.RTM_NEWLINK, 0, ifInfo(n.Index(t, name), unix.IFF_UP, unix.IFF_UP), nil)
}

// AwaitUp waits until the kernel sends through an interface, which is some time after its
// carrier comes.
func (n *NS) AwaitUp(t testing.TB, name string) {
	t.Helper()
	if !n.operational(t, name, Patience) {
		t.Fatalf("%s does not come up", name)
	}
}

// operational waits for the operational state UP. The flag RUNNING is not enough: it is also
// set while the state is unknown.
func (n *NS) operational(t testing.TB, name string, limit time.Duration) bool {
	t.Helper()
	for start := time.Now(); !strings.Contains(n.Run(t, "ip", "-o", "link", "show", "dev", name), "state UP"); {
		if time.Since(start) > limit {
			return false
		}
		<-time.After(time.Millisecond)
	}
	return true
}

// Down sets an interface down, and returns the time just before it asked the kernel. The other
// end of the cable loses its carrier.
func (n *NS) Down(t testing.TB, name string) time.Time {
	t.Helper()
	return n.request(t, unix.RTM_NEWLINK, 0, ifInfo(n.Index(t, name), 0, unix.IFF_UP), nil)
}

// Delete removes an interface and the other end of its cable.
func (n *NS) Delete(t testing.TB, name string) {
	t.Helper()
	n.request(t, unix.RTM_DELLINK, 0, ifInfo(n.Index(t, name), 0, 0), nil)
}

// SetHardwareAddr sets an interface's MAC address.
func (n *NS) SetHardwareAddr(t testing.TB, name string, addr net.HardwareAddr) {
	t.Helper()
	n.request(t, unix.RTM_NEWLINK, 0, ifInfo(n.Index(t, name), 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.Bytes(unix.IFLA_ADDRESS, addr)
	})
}

// Move moves an interface into another namespace.
func (n *NS) Move(t testing.TB, name string, to *NS) {
	t.Helper()
	n.request(t, unix.RTM_NEWLINK, 0, ifInfo(n.Index(t, name), 0, 0), func(ae *netlink.AttributeEncoder) {
		ae.Uint32(unix.IFLA_NET_NS_FD, uint32(to.fd))
	})
}

// AddAddr gives an interface an IP address such as "192.0.2.1/24", without duplicate
// address detection.
func (n *NS) AddAddr(t testing.TB, name, prefix string) {
	t.Helper()
	p := netip.MustParsePrefix(prefix)
	family := byte(unix.AF_INET)
	if p.Addr().Is6() {
		family = unix.AF_INET6
	}
	header := []byte{family, byte(p.Bits()), unix.IFA_F_NODAD, 0}
	header = binary.NativeEndian.AppendUint32(header, uint32(n.Index(t, name)))
	n.request(t, unix.RTM_NEWADDR, netlink.Create|netlink.Excl, header, func(ae *netlink.AttributeEncoder) {
		ae.Bytes(unix.IFA_LOCAL, p.Addr().AsSlice())
		ae.Bytes(unix.IFA_ADDRESS, p.Addr().AsSlice())
	})
}

// AwaitAddresses waits until duplicate address detection has ended for all addresses: until then, the
// kernel does not receive for them.
func (n *NS) AwaitAddresses(t testing.TB) {
	t.Helper()
	Await(t, "no address that is tentative", func() bool { return !strings.Contains(n.Run(t, "ip", "-6", "addr", "show"), "tentative") })
}

// Interface returns the namespace's data about an interface.
func (n *NS) Interface(t testing.TB, name string) *net.Interface {
	t.Helper()
	var ifi *net.Interface
	n.Must(t, func() (err error) {
		ifi, err = net.InterfaceByName(name)
		return err
	})
	return ifi
}

// Exists reports whether the namespace has an interface with a name.
func (n *NS) Exists(t testing.TB, name string) bool {
	t.Helper()
	return n.Do(func() error { _, err := net.InterfaceByName(name); return err }) == nil
}

// Index returns an interface's index.
func (n *NS) Index(t testing.TB, name string) int {
	t.Helper()
	return n.Interface(t, name).Index
}

func ifInfo(index int, flags, change uint32) []byte {
	b := make([]byte, 4, unix.SizeofIfInfomsg)
	b = binary.NativeEndian.AppendUint32(b, uint32(index))
	b = binary.NativeEndian.AppendUint32(b, flags)
	return binary.NativeEndian.AppendUint32(b, change)
}

// request sends one rtnetlink request inside the namespace, and returns the time it was sent.
func (n *NS) request(t testing.TB, typ uint16, flags netlink.HeaderFlags, header []byte, attrs func(*netlink.AttributeEncoder)) (at time.Time) {
	t.Helper()
	if attrs != nil {
		ae := netlink.NewAttributeEncoder()
		attrs(ae)
		b, err := ae.Encode()
		if err != nil {
			t.Fatal(err)
		}
		header = append(header, b...)
	}
	n.Must(t, func() error {
		conn, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
		if err != nil {
			return err
		}
		defer conn.Close()
		at = time.Now()
		_, err = conn.Execute(netlink.Message{
			Header: netlink.Header{Type: netlink.HeaderType(typ), Flags: netlink.Request | netlink.Acknowledge | flags},
			Data:   header,
		})
		return err
	})
	return at
}

// SetIPv6 switches IPv6 on or off for an interface, or for those to come ("default").
func (n *NS) SetIPv6(t testing.TB, name string, on bool) {
	t.Helper()
	off := "1"
	if on {
		off = "0"
	}
	n.Must(t, func() error {
		err := os.WriteFile(filepath.Join("/proc/sys/net/ipv6/conf", name, "disable_ipv6"), []byte(off), 0)
		if errors.Is(err, os.ErrNotExist) && !on {
			return nil // a kernel without IPv6
		}
		return err
	})
}
