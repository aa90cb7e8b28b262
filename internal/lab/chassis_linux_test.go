package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/internal/lab/echo"
)

// twoBoxes are two boxes that are one System, each with half of the cables. Their store and their
// heartbeats are in memory: see bond/chassis/etcd/lab for real ones.
var twoBoxes = &peerKind{name: "two boxes", need: needRoot, version: ours.version, make: newChassisPeer}

type chassisPeer struct {
	cfg   peerConfig
	boxes []*chassisBox
}

// chassisBox is one of the boxes, with a bond of its own.
type chassisBox struct {
	namespacePeer
	id chassis.ID
	*chassis.Chassis
	bond *bond.Bond
}

func newChassisPeer(t testing.TB, cfg peerConfig) peer {
	t.Helper()
	p := &chassisPeer{cfg: cfg}
	cfg.members /= 2
	for _, id := range []chassis.ID{"A", "B"} {
		p.boxes = append(p.boxes, &chassisBox{namespacePeer: newNamespacePeer(t, cfg), id: id})
	}
	return p
}

func (p *chassisPeer) ends() (ends []wireEnd) {
	for _, b := range p.boxes {
		ends = append(ends, b.ends()...)
	}
	return ends
}

func (p *chassisPeer) start(t testing.TB) {
	t.Helper()
	store, network := chassistest.NewMemory(), chassistest.NewNetwork(1)
	for i, b := range p.boxes {
		b.near.Must(t, func() (err error) {
			b.bond, err = bond.Open(p.config(t, i))
			return err
		})
		c, err := chassis.Join(chassis.Group{
			Name: "lab", Me: b.id, Others: []chassis.ID{p.boxes[1-i].id}, Secret: []byte("0123456789abcdef"),
			Hold: 500 * time.Millisecond, Transport: network.Open(b.id),
		}, store.Open())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Add(guestLAG, b.bond, chassis.LAG{}); err != nil {
			t.Fatal(err)
		}
		b.Chassis = c
	}
	t.Cleanup(func() { p.leave(t) })
}

// config returns the configuration of the bond of a box.
func (p *chassisPeer) config(t testing.TB, i int) bond.OpenConfig {
	system := net.HardwareAddr{2, 0, 0, 0, 0, 0x77}
	rate := bond.RateFast
	if p.cfg.slow {
		rate = bond.RateSlow
	}
	return bond.OpenConfig{
		Config: bond.Config{
			Name: guestLAG, Rate: rate, NeedsPermission: true, HardwareAddr: system, SystemAddr: system, SystemPriority: 0x7000,
			PortBase: uint16(i+1) << 12, Addresses: []netip.Prefix{netip.MustParsePrefix(p.cfg.ip() + "/24")},
		},
		Interfaces: p.boxes[i].interfaces, StateDir: t.TempDir(),
	}
}

func (p *chassisPeer) leave(t testing.TB) {
	t.Helper()
	for _, b := range p.boxes {
		if b.Chassis == nil {
			continue
		}
		if err := b.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := b.bond.Close(); err != nil {
			t.Error(err)
		}
		b.Chassis = nil
	}
}

func (p *chassisPeer) restart(t testing.TB) {
	t.Helper()
	p.leave(t)
	p.start(t)
}

// ping sends from the box that is active at the start.
func (p *chassisPeer) ping(to string, count int, every time.Duration) (echo.Result, error) {
	return p.boxes[max(p.active(), 0)].ping(to, count, every)
}

// active returns the index of the box that carries the LAG; -1 without one.
func (p *chassisPeer) active() int {
	for i, b := range p.boxes {
		if st, err := b.Status(guestLAG); err == nil && st.Left > 0 {
			return i
		}
	}
	return -1
}

func (p *chassisPeer) show(testing.TB) string {
	s := ""
	for _, b := range p.boxes {
		st, err := b.Status(guestLAG)
		s += fmt.Sprintf("%s: %+v %v\n", b.id, st, err)
		for _, m := range b.bond.Status().Members {
			s += fmt.Sprintf("  %s: %v, carries data %v\n", m.Name, m.Reason, m.Carries)
		}
	}
	return s
}

// meet makes both boxes know the peer's address for good, as the active one has learnt it. The kernel
// forgets it with the carrier, and waits a second before it repeats a question that was lost.
func (p *chassisPeer) meet(t testing.TB, active int) {
	t.Helper()
	const peer = "10.9.0.2"
	fields := strings.Fields(p.boxes[active].near.Run(t, "ip", "-o", "neigh", "show", peer, "dev", guestLAG))
	i := slices.Index(fields, "lladdr")
	if i < 0 || i+1 == len(fields) {
		t.Fatalf("the active box does not know %s: %q", peer, fields)
	}
	for _, b := range p.boxes {
		b.near.Run(t, "ip", "neigh", "replace", peer, "lladdr", fields[i+1], "dev", guestLAG, "nud", "permanent")
	}
}

// uses waits until the other end uses the cables of one box, and no others.
func (p *pair) uses(t testing.TB, box int) {
	t.Helper()
	await(t, "the other end uses the cables of one box", time.Now(), healLimit, func() bool {
		half := len(p.cables) / 2
		for i, c := range p.cables {
			near, far := c.a.seen.get(), c.b.seen.get()
			if (i/half == box) != (near.inUse(far) && far.inUse(near)) {
				return false
			}
		}
		return true
	}, func() string { return p.show(t) })
}

// TestTwoBoxesWithEachPeer hands the LAG from one box to the other and back. Every peer forms one LAG
// with both, and sends to the active box only.
func TestTwoBoxesWithEachPeer(t *testing.T) {
	needLong(t)
	for _, k := range []*peerKind{linuxBonding, teamDriver, openVSwitch, dpdk} {
		t.Run(k.name, func(t *testing.T) {
			p := newPair(t, twoBoxes, k, pairConfig{members: 4})
			group := p.a.(*chassisPeer)
			p.plugIn(t)
			await(t, "a box carries the LAG", time.Now(), healLimit, func() bool { return group.active() >= 0 }, func() string { return p.show(t) })
			from := group.active()
			p.uses(t, from)
			p.reachableFromPeer(t)
			group.meet(t, from)
			for range 2 {
				p.handOver(t, group, from, 1-from)
				from = 1 - from
			}
		})
	}
}

// mostSilence is how long the peer may lose frames while the LAG moves. Linux's bonding driver looks
// at its ports each 100 ms.
const mostSilence = 400 * time.Millisecond

// handOver moves the LAG while the peer sends echo requests.
func (p *pair) handOver(t testing.TB, group *chassisPeer, from, to int) {
	t.Helper()
	const count = 300
	type outcome struct {
		echo.Result
		err error
	}
	done := make(chan outcome, 1)
	start := time.Now()
	go func() {
		r, err := p.b.ping(group.cfg.ip(), count, echoInterval)
		done <- outcome{r, err}
	}()
	<-time.After(count / 3 * echoInterval)
	ctx, cancel := context.WithTimeout(context.Background(), healLimit)
	defer cancel()
	if err := group.boxes[from].HandOver(ctx, guestLAG, group.boxes[to].id); err != nil {
		t.Fatal(err)
	}
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	p.uses(t, to)
	silence := time.Duration(len(r.Lost)) * echoInterval
	t.Logf("%s to %s: %d of %d requests lost, %v", group.boxes[from].id, group.boxes[to].id, len(r.Lost), count, silence)
	if r.Duplicate > 0 {
		t.Errorf("%d requests were answered twice", r.Duplicate)
	}
	if limit := mostSilence + machine.Slack(start); silence > limit {
		t.Errorf("silence %v, want at most %v", silence, limit)
	}
}

// reachableFromPeer waits until the active box answers the peer's echo requests.
func (p *pair) reachableFromPeer(t testing.TB) {
	t.Helper()
	var r echo.Result
	await(t, "the peer reaches the active box", time.Now(), healLimit, func() bool {
		var err error
		r, err = p.b.ping("10.9.0.1", 2*echo.Flows, echoInterval)
		return err == nil && len(r.Lost) == 0
	}, func() string { return fmt.Sprintf("%+v\n%s", r, p.show(t)) })
}
