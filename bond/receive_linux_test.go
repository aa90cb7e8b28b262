package bond_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

// openOn opens a bond of interfaces of a namespace, which ends with the test.
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

// The IP stack above the device hears neighbour solicitations and the groups it joins,
// on a member that filters as adapters do.
func TestDeviceHearsWhatItsHostWantsBOX01(t *testing.T) {
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "low0", far, "far0")
	// The adapter's wire is none of the host's business, and addresses are usable at once.
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
	group := &net.UDPAddr{IP: net.ParseIP("ff05::4711"), Port: 4711}
	for _, tt := range []struct {
		name   string
		to     *net.UDPAddr
		listen func() (net.PacketConn, error)
	}{
		{"own address, by neighbour solicitation", &net.UDPAddr{IP: net.ParseIP("fd00:9::1"), Port: 4711}, func() (net.PacketConn, error) {
			return net.ListenPacket("udp6", "[fd00:9::1]:4711")
		}},
		{"joined group", group, func() (net.PacketConn, error) {
			ifi, err := net.InterfaceByName("bond0")
			if err != nil {
				return nil, err
			}
			return net.ListenMulticastUDP("udp6", ifi, group)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
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
			if err := in.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
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
