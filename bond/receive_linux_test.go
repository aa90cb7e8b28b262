package bond_test

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

// openOn opens a bond of interfaces of a namespace. The bond closes when the test ends.
func openOn(t *testing.T, ns *netlab.NS, cfg bond.OpenConfig) *bond.Bond {
	t.Helper()
	cfg.StateDir = t.TempDir()
	var b *bond.Bond
	ns.Must(t, func() (err error) {
		b, err = bond.Open(cfg)
		return err
	})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// The IP stack above the device receives neighbour solicitations and the groups it joins, on a
// member that filters as adapters do.
func TestDeviceHearsWhatItsHostWantsBOX01(t *testing.T) {
	t.Parallel()
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "low0", far, "far0")
	// The host does not use low0 itself, and addresses are usable at once.
	near.Run(t, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/low0/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad")
	near.Up(t, "low0")
	far.Up(t, "far0")
	near.Run(t, "ip", "link", "add", "name", "m0", "link", "low0", "type", "macvlan", "mode", "private")
	far.AddAddr(t, "far0", "fd00:9::2/64")
	b := openOn(t, near, bond.OpenConfig{
		Config:     bond.Config{Mode: bond.ModeLoadBalance, Addresses: []netip.Prefix{netip.MustParsePrefix("fd00:9::1/64")}},
		Interfaces: []string{"m0"},
	})
	if err := b.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	near.AwaitUp(t, "bond0")
	far.AwaitUp(t, "far0")
	near.AwaitAddresses(t)
	own := &net.UDPAddr{IP: net.ParseIP("fd00:9::1"), Port: 4711}
	group := &net.UDPAddr{IP: net.ParseIP("ff05::4711"), Port: 4711}
	at := func(addr *net.UDPAddr) func() (net.PacketConn, error) {
		return func() (net.PacketConn, error) { return net.ListenUDP("udp6", addr) }
	}
	for _, tt := range []struct {
		name    string
		prepare func()
		to      *net.UDPAddr
		listen  func() (net.PacketConn, error)
	}{
		{"own address, by neighbour solicitation", func() {}, own, at(own)},
		{"joined group", func() {}, group, func() (net.PacketConn, error) {
			ifi, err := net.InterfaceByName("bond0")
			if err != nil {
				return nil, err
			}
			return net.ListenMulticastUDP("udp6", ifi, group)
		}},
		{"own address after another program has changed the device's MAC", func() {
			near.SetHardwareAddr(t, "bond0", net.HardwareAddr{2, 0x11, 0x22, 0x33, 0x44, 0x55})
			for end := time.Now().Add(netlab.Patience); near.Interface(t, "m0").HardwareAddr[5] != 0x55; <-time.After(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("m0 has not followed the device's MAC address")
				}
			}
			far.Run(t, "ip", "-6", "neigh", "flush", "dev", "far0")
		}, own, at(own)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.prepare()
			var in net.PacketConn
			near.Must(t, func() (err error) {
				in, err = tt.listen()
				return err
			})
			defer in.Close()
			far.Must(t, func() error {
				to := *tt.to
				if to.IP.IsMulticast() {
					to.Zone = "far0"
				}
				out, err := net.DialUDP("udp6", nil, &to)
				if err != nil {
					return err
				}
				defer out.Close()
				_, err = out.Write([]byte(tt.name))
				return err
			})
			if err := in.SetReadDeadline(time.Now().Add(netlab.Patience)); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 100)
			n, _, err := in.ReadFrom(buf)
			if got := string(buf[:n]); got != tt.name || err != nil {
				t.Errorf("ReadFrom() = %q, %v, want %q", got, err, tt.name)
			}
		})
	}
}

// A device that is not promiscuous gets no frames to other stations. A device that is, or that
// has another MAC address on it, gets them.
func TestDeviceGetsTheFramesItTakesBOX01(t *testing.T) {
	netlab.Slow(t)
	t.Parallel()
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "m0", far, "far0")
	near.Up(t, "m0")
	far.Up(t, "far0")
	b := openOn(t, near, bond.OpenConfig{Config: bond.Config{Mode: bond.ModeLoadBalance}, Interfaces: []string{"m0"}})
	if err := b.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	near.AwaitUp(t, "bond0")
	other := net.HardwareAddr{2, 0, 0, 0, 0, 0x99}
	wire, bond0 := far.Wire(t, "far0"), near.Wire(t, "bond0")
	send := func(to net.HardwareAddr, payload string) {
		t.Helper()
		wire.Send(t, append(append(append([]byte(nil), to...), 2, 0, 0, 0, 0, 1, 0x88, 0xb5), payload...))
	}
	heard := func() string {
		t.Helper()
		f := bond0.Next(t, func(f []byte) bool { return f[12] == 0x88 && f[13] == 0xb5 })
		return string(bytes.TrimRight(f[14:], "\x00"))
	}
	// A change of the frames that the device takes needs a moment. So the test tries a few
	// times, and ends each try with a broadcast.
	await := func(when string, want bool) {
		t.Helper()
		got := !want
		for end := time.Now().Add(netlab.Patience); got != want && time.Now().Before(end); {
			send(other, "to another")
			send(net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "to all")
			got = false
			for heard() != "to all" {
				got = true
			}
		}
		if got != want {
			t.Errorf("%s: device gets frames to another station: %v, want %v", when, got, want)
		}
	}
	await("not promiscuous", false)
	if got := b.Status().Counters.RxOtherStation; got == 0 {
		t.Error("RxOtherStation = 0, want the number of dropped frames")
	}
	send(b.HardwareAddr(), "to the bond")
	if got := heard(); got != "to the bond" {
		t.Errorf("the device received %q, want %q", got, "to the bond")
	}
	near.Run(t, "ip", "link", "set", "dev", "bond0", "promisc", "on")
	await("promiscuous", true)
	near.Run(t, "ip", "link", "set", "dev", "bond0", "promisc", "off")
	await("no longer promiscuous", false)
	near.Run(t, "ip", "link", "add", "name", "br0", "type", "bridge")
	near.Run(t, "ip", "link", "set", "dev", "bond0", "master", "br0")
	await("a bridge's port", true)
	near.Run(t, "ip", "link", "set", "dev", "bond0", "nomaster")
	await("no longer a bridge's port", false)
	near.Run(t, "ip", "link", "add", "name", "mv0", "link", "bond0", "address", other.String(), "type", "macvlan")
	await("a macvlan on it is down", false)
	near.Up(t, "mv0")
	await("a macvlan on it", true)
	near.Delete(t, "mv0")
	await("without the macvlan", false)
	tcpdump := listen(t, near, "bond0", unix.PACKET_MR_PROMISC)
	await("a capture runs", true)
	unix.Close(tcpdump)
	await("the capture has ended", false)
	address := listen(t, near, "bond0", unix.PACKET_MR_UNICAST)
	await("a program takes another address", true)
	unix.Close(address)
	await("the program has ended", false)
	near.SetHardwareAddr(t, "bond0", other)
	await("it has the address itself", true)
}

// The kernel does not report that a macvlan in another namespace, as containers have them,
// takes another MAC address. The macvlan receives its first frame all the same.
func TestFirstFrameForAnotherNamespaceBOX01(t *testing.T) {
	t.Parallel()
	near, far, container := netlab.New(t), netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "m0", far, "far0")
	near.Up(t, "m0")
	far.Up(t, "far0")
	b := openOn(t, near, bond.OpenConfig{Config: bond.Config{Mode: bond.ModeLoadBalance}, Interfaces: []string{"m0"}})
	if err := b.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	near.AwaitUp(t, "bond0")
	far.AwaitUp(t, "far0")
	near.Run(t, "ip", "link", "add", "name", "mv0", "link", "bond0", "type", "macvlan", "mode", "private")
	near.Move(t, "mv0", container)
	container.Up(t, "mv0")
	mac := container.Interface(t, "mv0").HardwareAddr
	wire, mv0 := far.Wire(t, "far0"), container.Wire(t, "mv0")
	for _, frame := range []struct {
		to      net.HardwareAddr
		payload string
	}{{mac, "to the container"}, {net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "to all"}} {
		wire.Send(t, append(append(bytes.Clone(frame.to), 2, 0, 0, 0, 0, 1, 0x88, 0xb5), frame.payload...))
	}
	f := mv0.Next(t, func(f []byte) bool { return f[12] == 0x88 && f[13] == 0xb5 })
	if got, want := string(bytes.TrimRight(f[14:], "\x00")), "to the container"; got != want {
		t.Errorf("the first frame in the container is %q, want %q", got, want)
	}
}

// listen opens a packet socket with a membership on an interface.
func listen(t *testing.T, ns *netlab.NS, name string, kind uint16) (fd int) {
	t.Helper()
	index := ns.Index(t, name)
	ns.Must(t, func() (err error) {
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		return unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
			&unix.PacketMreq{Ifindex: int32(index), Type: kind, Alen: 6, Address: [8]byte{2, 0, 0, 0, 0, 0x77}})
	})
	return fd
}
