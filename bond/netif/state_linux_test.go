package netif

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// host is a namespace with two interfaces that become members and one that does not. The other
// end of each is in another namespace.
type host struct {
	near, far *netlab.NS
	dir       string
	names     []string // interfaces whose settings and filters are compared
}

var hostNames = []string{"near0", "near1", "else0"}

// newHost makes a host without duplicate address detection, which takes a second or two.
func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{near: netlab.New(t), far: netlab.New(t), dir: t.TempDir(), names: hostNames}
	h.run(t, "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad")
	for _, name := range hostNames {
		netlab.Pair(t, h.near, name, h.far, "p"+name)
		h.near.Up(t, name)
		h.far.Up(t, "p"+name)
	}
	for _, name := range hostNames {
		h.near.AwaitUp(t, name)
	}
	return h
}

// detection turns duplicate address detection on or off.
func (h *host) detection(t *testing.T, on int) {
	t.Helper()
	for _, name := range hostNames {
		h.run(t, "echo "+itoa(on)+" > /proc/sys/net/ipv6/conf/"+name+"/accept_dad")
	}
}

// run runs the lines of a script in the namespace.
func (h *host) run(t *testing.T, script string) {
	t.Helper()
	h.near.Run(t, "sh", "-e", "-c", script)
}

func (h *host) config(name string) Config {
	return Config{Name: name, StateDir: h.dir, HardwareAddr: bondAddr, MTU: 4000}
}

func (h *host) dump(t *testing.T) netlab.Dump {
	t.Helper()
	return h.near.Dump(t, h.names...)
}

// settled returns the dump once duplicate address detection has ended.
func (h *host) settled(t *testing.T) netlab.Dump {
	t.Helper()
	for end := time.Now().Add(netlab.Patience); rising(h.near.Run(t, "ip", "-o", "link", "show")); <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("an interface with a carrier does not come up")
		}
	}
	h.near.AwaitAddresses(t)
	return h.dump(t)
}

// rising reports whether the kernel has still to act on the carrier of an interface, in a list
// of interfaces with one to a line.
func rising(links string) bool {
	return slices.ContainsFunc(strings.Split(links, "\n"), func(line string) bool {
		return strings.Contains(line, "NO-CARRIER") && strings.Contains(line, "LOWER_UP")
	})
}

// checkState compares the state with a dump. The kernel may need a moment to reach its last
// state.
func (h *host) checkState(t *testing.T, before netlab.Dump) {
	t.Helper()
	diff := ""
	for deadline := time.Now().Add(netlab.Patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if diff = before.Diff(h.dump(t)); diff == "" {
			break
		}
	}
	if diff != "" {
		t.Errorf("state differs, - before, + after:\n%s", diff)
	}
	files, err := os.ReadDir(h.dir)
	if err != nil || len(files) != 0 {
		t.Errorf("state directory holds %v, %v; want nothing", files, err)
	}
}

// dress gives the interfaces every setting that must be restored.
const dress = `
ip link set dev near0 address 02:00:00:00:01:01 alias "uplink, rack 4" group 7 txqueuelen 500
ip link property add dev near0 altname enp3s0f0np0-a-long-name
echo 0 > /proc/sys/net/ipv6/conf/near0/accept_ra
echo 1380 > /proc/sys/net/ipv6/conf/near0/mtu
echo 61 > /proc/sys/net/ipv6/conf/near0/hop_limit
echo 2 > /proc/sys/net/ipv4/conf/near0/rp_filter
echo 1 > /proc/sys/net/ipv4/conf/near0/arp_ignore
echo 3 > /proc/sys/net/ipv6/neigh/near0/ucast_solicit
ip addr add 192.0.2.1/24 dev near0
ip addr add 192.0.2.9/24 dev near0
ip addr add 198.51.100.1/30 dev near0 label near0:x
ip addr add 192.0.2.50/24 dev near0 valid_lft 3000 preferred_lft 2000
ip addr add 198.51.100.9/29 dev near0 preferred_lft 0
ip addr add 203.0.113.5 peer 203.0.113.6/32 dev near0
ip addr add 203.0.113.129/26 dev near0 metric 77
ip addr add 203.0.113.200/27 dev near0 noprefixroute
ip route add 203.0.113.192/27 dev near0 proto kernel scope link src 203.0.113.200 metric 100
ip addr add 192.88.99.1/24 dev near1 scope link
ip addr add 198.18.0.1/24 dev else0
ip addr add 2001:db8::1/64 dev near0
ip addr add 2001:db8::2/64 dev near0 nodad
ip addr add 2001:db8:0:2::1/64 dev near0 valid_lft 4000 preferred_lft 3000
ip addr add 2001:db8:0:3::1/64 dev near0 noprefixroute
ip addr add fe80::99/64 dev near0
ip addr add 2001:db8:9::1/64 dev else0
ip addr add 2001:db8:1::1/64 dev near1
`

const dressRoutes = `
ip route add default via 192.0.2.254 metric 100 proto dhcp src 192.0.2.9
ip route add default via 198.51.100.2 metric 200
ip route add 10.0.0.0/8 via 192.0.2.253 mtu 1300 advmss 1200 initcwnd 20
ip route add 10.1.0.0/16 via 192.0.2.253 mtu lock 1300 proto static
ip route add default via 100.64.0.1 dev near0 onlink table 100
ip route add 10.9.9.1 dev near0 scope link
ip route add 10.10.0.0/16 via 10.9.9.1
ip route add 10.20.0.0/16 nexthop via 192.0.2.254 dev near0 weight 2 nexthop via 198.18.0.2 dev else0 weight 1
ip route add 10.21.0.0/16 nexthop via 192.0.2.254 dev near0 weight 2 nexthop via 192.88.99.2 dev near1 weight 1
ip route add 10.22.0.0/16 nexthop via 192.0.2.254 dev near0 nexthop via 192.0.2.253 dev near0
ip route add 10.30.0.0/16 via 198.18.0.2 dev else0 src 192.0.2.1
ip route add 10.31.0.0/16 via 192.88.99.2 dev near1 src 192.0.2.9
ip route add 10.32.0.0/16 via 192.0.2.252 dev near0 src 192.88.99.1
ip route add local 10.40.0.0/16 dev near0 table 200
ip route add 10.41.0.0/16 tos 0x10 via 192.0.2.252
ip route add 10.50.0.0/16 via inet6 fe80::1 dev near0
ip route add 10.60.0.0/16 via 192.0.2.251
ip route append 10.60.0.0/16 via 198.18.0.3
ip route append 10.60.0.0/16 via 192.0.2.250
ip route del 198.51.100.0/30 dev near0
ip nexthop add id 10 via 192.0.2.240 dev near0
ip nexthop add id 11 via 198.18.0.9 dev else0
ip nexthop add id 12 group 10,3/11
ip route add 10.70.0.0/16 nhid 10
ip route add 10.71.0.0/16 nhid 12
ip -6 route add default via fe80::1 dev near0 metric 512 pref high
ip -6 route add 2001:db8:100::/48 via 2001:db8::ff src 2001:db8::1 table 77
ip -6 route add 2001:db8:101::/48 via 2001:db8::ff expires 5000
ip -6 route add 2001:db8:102::/48 nexthop via 2001:db8::ff dev near0 weight 3 nexthop via 2001:db8:9::ff dev else0
ip -6 route add 2001:db8:103::/48 nexthop via 2001:db8::ff dev near0 nexthop via 2001:db8:1::ff dev near1
ip -6 route add 2001:db8:104::/48 via 2001:db8:0:2::ff mtu 1300 hoplimit 9
ip -6 route add 2001:db8:105::/48 from 2001:db8::/64 via 2001:db8::fe
ip -6 route add 2001:db8:106::/48 dev near0 metric 9
ip -6 route add 2001:db8:107::/48 via fe80::2 dev near1
ip -6 route add 2001:db8:0:3::/64 dev near0 proto kernel metric 33
ip -6 route del 2001:db8:0:2::/64 dev near0
ip rule add iif near0 lookup 100 pref 1000
ip -6 rule add oif near0 lookup 77 pref 1001
ip neigh add 192.0.2.254 lladdr 02:00:00:00:09:09 nud permanent dev near0
ip neigh add 192.0.2.253 lladdr 02:00:00:00:09:0a nud noarp dev near0
ip neigh add 2001:db8::ff lladdr 02:00:00:00:09:0b nud permanent router dev near0
ip neigh add proxy 192.0.2.77 dev near0
ip neigh add proxy 2001:db8::77 dev near0
ip maddr add 33:33:00:00:00:99 dev near0
`

const dressFilters = `
tc qdisc add dev near0 root tbf rate 500mbit burst 64k limit 1m
tc qdisc add dev near0 clsact
tc filter add dev near0 ingress prio 1 protocol ip u32 match ip protocol 47 0xff
tc filter add dev near0 ingress prio 5 protocol all u32 match u32 0 0 action mirred egress mirror dev else0
tc filter add dev near0 egress prio 1 protocol ip u32 match ip protocol 48 0xff
`

func TestCloseGivesBackRoutesBOX03(t *testing.T) {
	netlab.Slow(t)
	t.Parallel()
	h := newHost(t)
	h.run(t, dress)
	h.settled(t)
	h.run(t, dressRoutes)
	h.run(t, dressFilters)
	for i, order := range [][2]int{{0, 1}, {1, 0}} { // the order of closing
		h.detection(t, 1-i)
		before := h.settled(t)
		var links [2]*Link
		h.near.Must(t, func() (err error) {
			for i, name := range hostNames[:2] {
				if links[i], err = OpenLink(h.config(name)); err != nil {
					return err
				}
			}
			return nil
		})
		if diff := before.Diff(h.dump(t)); !strings.Contains(diff, "-default via 192.0.2.254") {
			t.Errorf("as members, the interfaces have kept their default route:\n%s", diff)
		}
		if err := errors.Join(links[order[0]].Close(), links[order[1]].Close()); err != nil {
			t.Error(err)
		}
		h.checkState(t, before)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// inode returns a namespace's inode number.
func inode(t *testing.T, n *netlab.NS) string {
	t.Helper()
	var number uint64
	n.Must(t, func() (err error) {
		number, err = threadNamespace()
		return err
	})
	return strconv.FormatUint(number, 10)
}
