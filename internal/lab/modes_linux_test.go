package lab

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// newPlainBed starts lacpd without LACP, connected to another implementation: a Linux bridge,
// or a static bond of Open vSwitch.
func newPlainBed(t testing.TB, protocol string, members int, switched bool) *bed {
	t.Helper()
	b := layCables(t, members)
	peer := ovsBridge
	if switched {
		b.ovs = startOVS(t, b.far, ovsConfig{members: b.theirs, static: true})
	} else {
		b.far.Run(t, "ip", "link", "add", "name", peer, "address", ovsMAC, "type", "bridge")
		for _, name := range b.theirs {
			b.far.Run(t, "ip", "link", "set", "dev", name, "master", peer)
		}
		b.far.AddAddr(t, peer, ovsIP+"/24")
		b.far.Up(t, peer)
	}
	b.lacpd = startLacpd(t, b.near, lacpdConfig{members: b.ours, fast: true, more: []string{"protocol: " + protocol}})
	// Avoid ARP requests, because some peers have special rules for broadcasts.
	mac := b.near.Interface(t, ourBond).HardwareAddr.String()
	b.near.Run(t, "ip", "neighbor", "replace", ovsIP, "lladdr", ovsMAC, "dev", ourBond, "nud", "permanent")
	b.far.Run(t, "ip", "neighbor", "replace", ourIP, "lladdr", mac, "dev", peer, "nud", "permanent")
	return b
}

// settle waits until the given number of members carry data.
func (b *bed) settle(t testing.TB, carrying int) {
	t.Helper()
	await(t, "members carry data", time.Now(), 5*time.Second, func() bool {
		n := 0
		for _, m := range b.lacpd.status(t).Members {
			if m.CarriesData {
				n++
			}
		}
		return n == carrying
	}, func() string { return b.lacpd.Log.String() })
}

// streamInterval is the interval of datagrams while a test changes a link.
const streamInterval = 500 * time.Microsecond

// lossLimit returns how many datagrams, one each streamInterval since start, may be lost with
// a link: a few, and those sent while the machine was too late to let us see that the link is
// gone.
func lossLimit(start time.Time) int { return 100 + int(machine.Slack(start)/streamInterval) }

func nothing(int) {}

func (b *bed) sentBy(t testing.TB, name string) uint64 { return b.near.Traffic(t)[name].TxPackets }

// streams sends in both directions, one after the other.
func (b *bed) streams(t testing.TB, count int, at func(i int)) (out, in stream) {
	t.Helper()
	out = sendStream(t, b.near, b.far, ovsIP, flows, count, streamInterval, at)
	in = sendStream(t, b.far, b.near, ourIP, flows, count, streamInterval, nothing)
	return out, in
}

func TestFailoverWithABridge(t *testing.T) {
	needLong(t)
	b := newPlainBed(t, "FAILOVER", 2, false)
	b.settle(t, 1)
	active := 0
	if b.lacpd.status(t).member(b.ours[1]).CarriesData {
		active = 1
	}
	before := b.near.Traffic(t)
	out, in := b.streams(t, 1000, nothing)
	if out.lost+out.duplicate+out.reordered+in.lost+in.duplicate+in.reordered != 0 {
		t.Errorf("with both links: out %+v, in %+v; want nothing lost, duplicated or reordered", out, in)
	}
	after := b.near.Traffic(t)
	if c := after[b.ours[1-active]].Since(before[b.ours[1-active]]); c.TxPackets != 0 {
		t.Errorf("%d packets sent on the standby member, want 0", c.TxPackets)
	}
	// In both directions meanwhile: the bridge learns about the move from our frames.
	for i, name := range []string{b.theirs[active], b.theirs[1-active]} {
		start := time.Now()
		out := sendStream(t, b.near, b.far, ovsIP, flows, 2000, streamInterval, func(k int) {
			if k == 500 {
				b.far.Down(t, name)
			}
		})
		t.Logf("failover %d: %d of %d lost, %d reordered, longest gap %v", i, out.lost, out.sent, out.reordered, out.gap)
		if most := lossLimit(start); out.lost > most || out.duplicate != 0 || out.reordered != 0 {
			t.Errorf("failover %d: %+v; want at most %d lost", i, out, most)
		}
		in := sendStream(t, b.far, b.near, ourIP, flows, 500, streamInterval, nothing)
		if in.lost+in.duplicate+in.reordered != 0 {
			t.Errorf("towards us after failover %d: %+v", i, in)
		}
		b.far.Up(t, name)
		b.settle(t, 1)
	}
}

func TestLoadBalanceWithOpenVSwitch(t *testing.T) {
	needLong(t)
	b := newPlainBed(t, "LOADBALANCE", 4, true)
	b.settle(t, 4)
	before := b.near.Traffic(t)
	out, in := b.streams(t, 2000, nothing)
	if out.lost+out.duplicate+out.reordered+in.lost+in.duplicate+in.reordered != 0 {
		t.Errorf("with all links: out %+v, in %+v; want nothing lost, duplicated or reordered", out, in)
	}
	after := b.near.Traffic(t)
	for _, name := range b.ours {
		if c := after[name].Since(before[name]); c.TxPackets < 50 {
			t.Errorf("%s carried %d packets of 2000", name, c.TxPackets)
		}
	}
	start := time.Now()
	out = sendStream(t, b.near, b.far, ovsIP, flows, 2000, streamInterval, func(k int) {
		if k == 500 {
			b.far.Down(t, b.theirs[2])
		}
		if k == 1500 {
			b.far.Up(t, b.theirs[2])
		}
	})
	t.Logf("one member down and up: %d of %d lost in %d flows, %d reordered", out.lost, out.sent, len(out.lostBy), out.reordered)
	// Only flows of the lost member, about a quarter, may lose frames.
	if out.lost > lossLimit(start)/2 || len(out.lostBy) > flows/2 || out.duplicate+out.reordered != 0 {
		t.Errorf("one member down and up: %+v", out)
	}
}

// A bridge that knows nothing of a group: every broadcast goes out on one member and comes
// back on the other, and what the bridge floods comes on both.
func TestSLBWithABridge(t *testing.T) {
	needLong(t)
	b := newPlainBed(t, "SLB", 2, false)
	b.settle(t, 2)
	// Stations of their own, so that both members are used.
	for i := range 8 {
		name := fmt.Sprintf("mv%d", i)
		b.near.Run(t, "ip", "link", "add", "link", ourBond, "name", name, "address", fmt.Sprintf("02:00:00:00:07:%02x", i), "type", "macvlan", "mode", "bridge")
		b.near.Run(t, "ip", "addr", "add", fmt.Sprintf("10.9.0.%d/24", 100+i), "dev", name)
		b.near.Up(t, name)
	}
	for i := range 8 {
		addr := fmt.Sprintf("10.9.0.%d", 100+i)
		out := b.far.Run(t, "sh", "-c", "ping -q -c 5 -i 0.05 -W 1 "+addr+" || true")
		if !strings.Contains(out, "5 packets transmitted, 5 received, 0%") || strings.Contains(out, "duplicates") {
			t.Errorf("ping of %s: %s, want 5 answers and no duplicates", addr, out)
		}
	}
	out, in := b.streams(t, 1000, nothing)
	if out.lost+out.duplicate+out.reordered+in.lost+in.duplicate+in.reordered != 0 {
		t.Errorf("with both links: out %+v, in %+v; want nothing lost, doubled or reordered", out, in)
	}
	// A broadcast arrives once, and none of ours comes back.
	if st := b.lacpd.status(t); st.Counters.RxReflected == 0 {
		t.Error("rx_reflected = 0, want the broadcasts that came back")
	}
	start := time.Now()
	out = sendStream(t, b.near, b.far, ovsIP, flows, 2000, streamInterval, func(k int) {
		if k == 500 {
			b.far.Down(t, b.theirs[0])
		}
	})
	if most := lossLimit(start); out.lost > most || out.duplicate != 0 {
		t.Errorf("a member is lost: %+v; want at most %d lost", out, most)
	}
	for i := range 8 {
		addr := fmt.Sprintf("10.9.0.%d", 100+i)
		out := b.far.Run(t, "sh", "-c", "ping -q -c 5 -i 0.05 -W 1 "+addr+" || true")
		if !strings.Contains(out, " 5 received, 0%") || strings.Contains(out, "duplicates") {
			t.Errorf("ping of %s with one member: %s, want 5 answers and no duplicates", addr, out)
		}
	}
}

func TestRoundRobinWithABridge(t *testing.T) {
	needLong(t)
	b := newPlainBed(t, "ROUNDROBIN", 2, false)
	b.settle(t, 2)
	before := b.near.Traffic(t)
	out := sendStream(t, b.near, b.far, ovsIP, 1, 2000, 200*time.Microsecond, nothing)
	after := b.near.Traffic(t)
	if out.lost+out.duplicate != 0 {
		t.Errorf("one flow: %+v; want nothing lost or duplicated", out)
	}
	for _, name := range b.ours {
		// The host's own packets, of other protocols, take turns too.
		if c := after[name].Since(before[name]); c.TxPackets < 990 || c.TxPackets > 1020 {
			t.Errorf("%s carried %d packets of 2000 of one flow, want half of them", name, c.TxPackets)
		}
	}
	t.Logf("one flow over two members: %d of %d reordered", out.reordered, out.sent)
	start := time.Now()
	out = sendStream(t, b.near, b.far, ovsIP, 1, 2000, streamInterval, func(k int) {
		if k == 1000 {
			b.far.Down(t, b.theirs[0])
		}
	})
	if most := lossLimit(start); out.lost > most || out.duplicate != 0 {
		t.Errorf("one member lost: %+v, want at most %d lost", out, most)
	}
}

func TestBroadcastWithABridge(t *testing.T) {
	needLong(t)
	b := newPlainBed(t, "BROADCAST", 2, false)
	b.settle(t, 2)
	out := sendStream(t, b.near, b.far, ovsIP, flows, 2000, streamInterval, nothing)
	if out.lost != 0 || out.duplicate != 2000 {
		t.Errorf("%+v; want each twice", out)
	}
	out = sendStream(t, b.near, b.far, ovsIP, flows, 2000, streamInterval, func(k int) {
		if k == 500 {
			b.far.Down(t, b.theirs[1])
		}
	})
	if out.lost != 0 {
		t.Errorf("one member lost: %+v; want nothing lost", out)
	}
}

func TestNoneKeepsTheDevice(t *testing.T) {
	besideOthers(t)
	b := newPlainBed(t, "NONE", 2, false)
	before := [2]uint64{b.sentBy(t, b.ours[0]), b.sentBy(t, b.ours[1])}
	out := sendStream(t, b.near, b.far, ovsIP, flows, 200, time.Millisecond, nothing)
	if out.lost != 200 {
		t.Errorf("%d datagrams of 200 arrived", 200-out.lost)
	}
	if after := [2]uint64{b.sentBy(t, b.ours[0]), b.sentBy(t, b.ours[1])}; after != before {
		t.Errorf("the members sent packets: %v, before %v", after, before)
	}
	if s := b.lacpd.status(t); s.Up || b.near.Interface(t, ourBond).Name != ourBond {
		t.Errorf("%+v", s)
	}
}
