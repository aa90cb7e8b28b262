package ebpf

import (
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestBondsOverThePlane joins two bonds by two cables. Both speak LACP, and the plane carries
// their data. A connection between their devices outlives the loss of one cable, then of the
// other.
func TestBondsOverThePlane(t *testing.T) {
	netlab.Slow(t)
	overHooks(t, testBondsOverThePlane)
}

func testBondsOverThePlane(t *testing.T, kind hookKind) {
	near, far := netlab.New(t), netlab.New(t)
	for i := range 2 {
		netlab.Pair(t, near, fmt.Sprintf("m%d", i), far, fmt.Sprintf("f%d", i))
		near.Up(t, fmt.Sprintf("m%d", i))
		far.Up(t, fmt.Sprintf("f%d", i))
	}
	a := openBond(t, kind, near, bond.RateSlow, net.HardwareAddr{2, 0, 0, 0, 0, 1}, "m0", "m1")
	b := openBond(t, kind, far, bond.RateSlow, net.HardwareAddr{2, 0, 0, 0, 0, 2}, "f0", "f1")
	awaitMembers(t, a, 2)
	awaitMembers(t, b, 2)
	near.AddAddr(t, "bond0", "192.0.2.1/24")
	far.AddAddr(t, "bond0", "192.0.2.2/24")
	conn := echo(t, near, "192.0.2.1", far)
	talk := func(what string) {
		t.Helper()
		text := []byte(what)
		if _, err := conn.Write(text); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if _, err := io.ReadFull(conn, text); err != nil || string(text) != what {
			t.Fatalf("%s: %q came back, %v", what, text, err)
		}
	}
	talk("over two cables")
	for i := range 2 {
		far.Down(t, fmt.Sprintf("f%d", i))
		awaitMembers(t, a, 1)
		awaitMembers(t, b, 1)
		talk(fmt.Sprintf("without cable %d", i))
		far.Up(t, fmt.Sprintf("f%d", i))
		awaitMembers(t, a, 2)
		awaitMembers(t, b, 2)
		talk(fmt.Sprintf("with cable %d again", i))
	}
	near.Delete(t, "bond0") // the bond makes it again
	netlab.Await(t, "the device again", func() bool { return near.Exists(t, "bond0") })
	awaitMembers(t, a, 2)
	awaitMembers(t, b, 2)
	near.AddAddr(t, "bond0", "192.0.2.1/24")
	talk("over the new device")
}

// openBond opens a bond over the plane in a namespace.
func openBond(t *testing.T, kind hookKind, ns *netlab.NS, rate bond.Rate, addr net.HardwareAddr, names ...string) *bond.Bond {
	t.Helper()
	cfg := bond.Config{Name: "bond0", Mode: bond.ModeLACP, Rate: rate, HardwareAddr: addr, Plane: New(Config{onlyFilters: kind == inFilters})}
	var links []link.Port
	ns.Must(t, func() error {
		for _, name := range names {
			p, err := netif.OpenPort(netif.PortConfig{Name: name})
			if err != nil {
				return err
			}
			links = append(links, p)
		}
		d, err := OpenDevice(DeviceConfig{Name: "bond0", HardwareAddr: addr})
		cfg.Device = d
		return err
	})
	b, err := bond.New(cfg, links...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// awaitMembers waits until n members of a bond carry data.
func awaitMembers(t *testing.T, b *bond.Bond, n int) {
	t.Helper()
	netlab.Await(t, fmt.Sprintf("%d members that carry data", n), func() bool {
		carrying := 0
		for _, m := range b.Status().Members {
			if m.Carries {
				carrying++
			}
		}
		return carrying == n
	})
}

// echo opens a connection from one namespace to an address of another, which returns what it
// gets.
func echo(t *testing.T, ns *netlab.NS, addr string, from *netlab.NS) net.Conn {
	t.Helper()
	var l net.Listener
	ns.Must(t, func() (err error) {
		l, err = net.Listen("tcp", addr+":0")
		return err
	})
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.Copy(conn, conn) // until the other end closes
	}()
	var conn net.Conn
	from.Must(t, func() (err error) {
		conn, err = net.DialTimeout("tcp", l.Addr().String(), netlab.Patience)
		return err
	})
	t.Cleanup(func() { conn.Close() })
	return conn
}
