package lab

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/internal/netlab"
)

// options describe a bed. The zero value is two boxes with two cables each, LACPDUs at the FAST
// rate, and watchdogs.
type options struct {
	boxes      int           // 0 means 2
	slow       bool          // LACPDUs at the SLOW rate
	noWatchdog bool          // no process takes the carrier of a dead box away
	patience   time.Duration // of the watchdog with a box that hangs; 0: only its end counts
	noProof    bool          // the end of a process does not prove that its data path has ended
	hold       time.Duration // 0 means 500 ms
	lease      int           // elections with leases of that many seconds in place of chassis
	secure     security      // of etcd

	asks bool // the boxes ask for the switch's address when they become active: see package chassis

	onIsolation chassis.Isolation
}

// bed is a group of boxes with their partner and their etcd.
type bed struct {
	t     testing.TB
	lan   *netlab.NS // the switches of the networks of etcd and of the heartbeats
	far   *netlab.NS // the partner's
	ovs   *netlab.OVS
	etcd  *cluster
	boxes []*box
}

// The interfaces of a box apart from its members, and the bridges that they are connected to.
const (
	etcdPort   = "eth0"
	peerPort   = "peer0"
	etcdBridge = "etcd"
	peerBridge = "peers"
)

// newBed makes a bed whose first box is active and whose others can take over.
func newBed(t testing.TB, o options) *bed {
	t.Helper()
	if o.boxes == 0 {
		o.boxes = 2
	}
	if o.hold == 0 {
		o.hold = 500 * time.Millisecond
	}
	b := &bed{t: t, lan: netlab.New(t), far: netlab.New(t)}
	for _, ns := range []*netlab.NS{b.lan, b.far} {
		quiet(t, ns)
	}
	for _, bridge := range []string{etcdBridge, peerBridge} {
		b.lan.Run(t, "ip", "link", "add", bridge, "type", "bridge")
		b.lan.Up(t, bridge)
	}
	for i := range o.boxes {
		b.addBox(i, o)
	}
	witness := netlab.New(t)
	quiet(t, witness)
	b.plug(witness, etcdPort, "ew", etcdBridge, 9)
	b.connectPorts("ew", etcdBridge)
	b.startSwitch(o)
	b.startEtcd(o, witness)
	for _, box := range b.boxes {
		b.configure(box, o)
		box.launch()
	}
	for _, box := range b.boxes {
		box.awaitJoined()
	}
	active := b.activeOf(b.boxes)
	b.awaitReady(active)
	if first := b.boxes[0]; active != first {
		active.handOver(first)
		b.awaitReady(first)
	}
	return b
}

// quiet keeps a namespace from sending what no test asks for, and from answering for addresses of
// other interfaces.
func quiet(t testing.TB, ns *netlab.NS) {
	t.Helper()
	ns.SetIPv6(t, "all", false)
	ns.SetIPv6(t, "default", false)
	for file, value := range map[string]string{"arp_ignore": "1", "arp_announce": "2", "rp_filter": "0"} {
		ns.Must(t, func() error { return os.WriteFile("/proc/sys/net/ipv4/conf/all/"+file, []byte(value), 0) })
	}
}

// plug connects an interface of a namespace, with an address, to a port of a bridge.
func (b *bed) plug(ns *netlab.NS, name, port, bridge string, host int) {
	b.t.Helper()
	network := map[string]int{etcdBridge: 8, peerBridge: 7}[bridge]
	netlab.Pair(b.t, ns, name, b.lan, port)
	ns.AddAddr(b.t, name, fmt.Sprintf("10.%d.0.%d/24", network, host))
	ns.Up(b.t, name)
	b.lan.Up(b.t, port)
}

// connectPorts makes an interface a port of a bridge.
func (b *bed) connectPorts(port, bridge string) {
	b.t.Helper()
	b.lan.Run(b.t, "ip", "link", "set", "dev", port, "master", bridge)
}

// addBox makes the namespace and the cables of a box.
func (b *bed) addBox(i int, o options) {
	b.t.Helper()
	letter := byte('A' + i)
	box := &box{t: b.t, bed: b, id: chassis.ID(rune(letter)), letter: letter, number: i + 1, ns: netlab.New(b.t)}
	quiet(b.t, box.ns)
	low := strings.ToLower(string(box.id))
	b.plug(box.ns, etcdPort, "e"+low, etcdBridge, box.number)
	b.plug(box.ns, peerPort, "p"+low, peerBridge, box.number)
	b.connect(box)
	for n := range 2 {
		near, far := fmt.Sprintf("%s%d", low, n), fmt.Sprintf("o%s%d", low, n)
		netlab.Pair(b.t, box.ns, near, b.far, far)
		b.far.Run(b.t, "ip", "link", "set", "dev", far, "arp", "off") // the datapath leaves frames to the host too
		box.ns.Up(b.t, near)
		b.far.Up(b.t, far)
		box.ports, box.far = append(box.ports, near), append(box.far, far)
	}
	b.boxes = append(b.boxes, box)
}

// The partner's bridge, which is also its interface, and its bonds.
const (
	switchBridge = "br0"
	switchPrefix = "10.9.0.2/24"
	switchMAC    = "0a:00:00:00:09:02"
)

// startSwitch starts the partner.
func (b *bed) startSwitch(o options) {
	b.t.Helper()
	b.ovs = netlab.StartOVS(b.t, b.far)
	rate := "fast"
	if o.slow {
		rate = "slow"
	}
	var far []string
	for _, box := range b.boxes {
		far = append(far, box.far...)
	}
	b.ovs.Set(b.t, append([]string{"add-br", switchBridge, "--", "set", "bridge", switchBridge, "datapath_type=netdev", "other_config:hwaddr=" + switchMAC, "--"},
		switchBond("lag0", far, "other_config:lacp-time="+rate)...)...)
	b.far.AddAddr(b.t, switchBridge, switchPrefix)
	b.far.Up(b.t, switchBridge)
	neighbor(b.t, b.far, lagPrefix, lagAddr.String(), switchBridge)
}

// neighbor makes a host know the other end of the LAG for good. The kernel waits a second before it
// repeats a question for an address that was lost, and forgets addresses when a carrier is lost.
func neighbor(t testing.TB, ns *netlab.NS, prefix, mac, device string) {
	t.Helper()
	ns.Run(t, "ip", "neigh", "replace", netip.MustParsePrefix(prefix).Addr().String(), "lladdr", mac, "dev", device, "nud", "permanent")
}

// switchBond returns the arguments that make Open vSwitch add a bond.
func switchBond(name string, members []string, more ...string) []string {
	args := append([]string{"add-bond", switchBridge, name}, members...)
	return append(append(args, "lacp=active", "bond_mode=balance-tcp"), more...)
}

// lagIP returns the address behind the LAG.
func lagIP() net.IP { return netip.MustParsePrefix(lagPrefix).Addr().AsSlice() }

// startEtcd starts the three members of etcd: on the first two boxes and the witness.
func (b *bed) startEtcd(o options, witness *netlab.NS) {
	b.t.Helper()
	members := []*member{
		{name: string(b.boxes[0].id), address: "10.8.0.1", ns: b.boxes[0].ns},
		{name: string(b.boxes[1].id), address: "10.8.0.2", ns: b.boxes[1].ns},
		{name: witnessName, address: "10.8.0.9", ns: witness},
	}
	var certs *certificates
	if o.secure != open {
		certs = newCertificates(b.t, members[0].address, members[1].address, members[2].address, loopback)
	}
	b.etcd = newCluster(b.t, certs, o.secure, members...)
	b.etcd.lead(witnessName)
}

// witnessName is the name of the witness's member of etcd.
const witnessName = "W"

// configure fills in the configuration of a box.
func (b *bed) configure(one *box, o options) {
	address := func(x *box) string { return fmt.Sprintf("10.7.0.%d:7000", x.number) }
	one.knows = !o.asks
	c := boxConfig{
		Name: one.id, Letter: one.letter, Number: one.number, Listen: address(one), Peers: make(map[chassis.ID]string), Interfaces: one.ports,
		StateDir: b.t.TempDir(), Slow: o.slow, Watchdog: !o.noWatchdog, Patience: o.patience, Proof: !o.noProof, Hold: o.hold, Lease: o.lease, OnIsolation: o.onIsolation,
		Store: storeConfig{Endpoints: b.etcd.endpoints(string(one.id))},
	}
	for _, other := range b.boxes {
		if other != one {
			c.Peers[other.id] = address(other)
		}
	}
	switch o.secure {
	case byCertificate:
		c.Store.CA, c.Store.Cert, c.Store.Key = b.etcd.certs.ca.File(), b.etcd.certs.box.Cert, b.etcd.certs.box.Key
	case byPassword:
		c.Store.CA, c.Store.User, c.Store.Password = b.etcd.certs.ca.File(), boxUser, boxPassword
	}
	one.cfg = c
}

// cut disconnects a box from the network of a bridge. Nothing of that can be seen at the ends.
func (b *bed) cut(one *box, bridge string) {
	b.t.Helper()
	b.lan.Run(b.t, "ip", "link", "set", "dev", bridge[:1]+strings.ToLower(string(one.id)), "nomaster")
}

// connect connects a box to the networks.
func (b *bed) connect(one *box) {
	b.t.Helper()
	for _, bridge := range []string{etcdBridge, peerBridge} {
		b.connectPorts(bridge[:1]+strings.ToLower(string(one.id)), bridge)
	}
}

// awaitActive waits until a box carries the LAG.
func (b *bed) awaitActive(one *box) {
	b.t.Helper()
	b.await(string(one.id)+" carries the LAG", func() bool { return one.status().Left > 0 && b.carries(one) })
}

// activeOf waits until one of some boxes carries the LAG, and returns it.
func (b *bed) activeOf(some []*box) (active *box) {
	b.t.Helper()
	b.await("one box that carries the LAG", func() bool {
		for _, one := range some {
			if one.status().Left > 0 && b.carries(one) {
				active = one
			}
		}
		return active != nil
	})
	return active
}

// awaitReady waits until a box carries the LAG and the partner hears all links of all others, which
// can take over.
func (b *bed) awaitReady(active *box) {
	b.t.Helper()
	b.awaitActive(active)
	b.await("standby boxes that can take over", func() bool {
		members := b.ovs.Members(b.t)
		for _, one := range b.boxes {
			st := one.status()
			if !st.Known || st.Active != active.id || one.cfg.Lease == 0 && !one.hearsAll(st) {
				return false
			}
			for i, link := range st.Links {
				far := members[one.far[i]]
				if !link.Current || far.Status != "current attached" || far.Enabled != (one == active) {
					return false
				}
			}
		}
		return true
	})
}

// hearsAll reports whether the box hears all others and takes them for able to take over.
func (b *box) hearsAll(st boxStatus) bool {
	return !slices.ContainsFunc(st.Peers, func(p chassis.PeerStatus) bool { return !p.Able || p.Heard > b.cfg.Hold })
}

// carries reports whether the partner sends to both links of a box, and to no other one.
func (b *bed) carries(one *box) bool {
	enabled := 0
	for name, m := range b.ovs.Members(b.t) {
		if m.Enabled != slices.Contains(one.far, name) {
			return false
		}
		if m.Enabled {
			enabled++
		}
	}
	return enabled == len(one.far)
}

// await waits until something holds.
func (b *bed) await(what string, holds func() bool) {
	b.t.Helper()
	for end := time.Now().Add(netlab.Patience); !holds(); <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("after %v: want %s\n%s%s", netlab.Patience, what, b.ovs.Show(), b.describe())
		}
	}
}

// describe returns the status of all boxes.
func (b *bed) describe() string {
	var s strings.Builder
	for _, one := range b.boxes {
		if one.life().Ended() {
			fmt.Fprintf(&s, "%s has ended\n", one.id)
			continue
		}
		r, err := one.order(order{Do: "status"})
		fmt.Fprintf(&s, "%s: %+v %v\n", one.id, r.Status, err)
	}
	return s.String()
}

// before is how long the flows run before something happens. Open vSwitch takes a quarter of a second
// to move flows that are younger.
const before = time.Second

// run lets the flows run while something happens and for some time after it, and judges them.
func (b *bed) run(after time.Duration, happens func()) *verdict {
	b.t.Helper()
	f := startFlows(b.t, b.far, lagIP())
	<-time.After(before)
	happens()
	<-time.After(after)
	list := f.end()
	least, most := make(map[byte][]span), make(map[byte][]span)
	for _, one := range b.boxes {
		least[one.letter], most[one.letter] = one.open()
	}
	return judge(list, least, most)
}
