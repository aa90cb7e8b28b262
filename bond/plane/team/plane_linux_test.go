package team

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/bench/traffic"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
	"github.com/lagkit/lagkit/lacp"
)

var _ plane.Plane = (*Plane)(nil)

// TestFlowsAreOnTheirMembers checks the member of each flow, without a tag and with tags inside
// of the frame.
func TestFlowsAreOnTheirMembers(t *testing.T) {
	b := newBed(t, 3)
	for _, policy := range offered {
		b.plan.Hash = testPlan(t, policy, 3).Hash
		for _, ids := range [][]int{{0, 1, 2}, {0, 2}} {
			b.use(t, ids...)
			table, counts := b.plan.Table(), make([]int, 3)
			for flow := range 120 {
				f := numbered(flow, flow)
				if flow%3 > 0 { // one tag or two
					tags := []traffic.Tag{{TPID: 0x8100, TCI: uint16(flow)}, {TPID: 0x8100, TCI: uint16(2 * flow)}}[:flow%3]
					f = traffic.Ether([6]byte(f[:6]), [6]byte(f[6:12]), tags, 0x0800, f[14:])
				}
				want, _ := table.Pick(b.plan.Hash.Sum32(f))
				counts[want]++
				b.own.Send(t, f)
				if got := catch.Next(t, "far end", b.atFar); got.End != want || string(got.Frame) != string(f) {
					t.Fatalf("%v, flow %d: %x on member %d, want %x on %d", policy, flow, got.Frame, got.End, f, want)
				}
			}
			t.Logf("%v: flows by member %v", policy, counts)
		}
	}
}

// TestRandomFramesAreOnTheirMembers checks the kernel's run of the programs.
func TestRandomFramesAreOnTheirMembers(t *testing.T) {
	b := newBed(t, 3)
	for _, policy := range offered {
		r := newFrames(100 + uint64(policy))
		b.plan.Hash = testPlan(t, policy, 3).Hash
		b.apply(t)
		table, sent := b.plan.Table(), 0
		for sent < 150 {
			f := r.next()
			if len(f) < etherLen || slowAfterTags(f) {
				continue // no data frame
			}
			copy(f[6:], catch.Station[:5])
			f = append(f, make([]byte, max(0, 60-len(f)))...) // as a Wire does
			want, _ := table.Pick(b.plan.Hash.Sum32(f))
			b.own.Send(t, f)
			if got := catch.Next(t, "far end", b.atFar); got.End != want || string(got.Frame) != string(f) {
				t.Fatalf("%v, frame %d: %x on member %d, want %x on %d", policy, sent, got.Frame, got.End, f, want)
			}
			sent++
		}
	}
}

// slowAfterTags reports whether a frame is of slow protocols, with tags or without.
func slowAfterTags(f []byte) bool {
	for at := typeAt; at+2 <= len(f); at += tagLen {
		switch binary.BigEndian.Uint16(f[at:]) {
		case link.EtherTypeSlow:
			return true
		case typeTag, typeOuter, 0x9100:
		default:
			return false
		}
	}
	return false
}

// TestFlowsOfAVLANAreOnTheirMembers sends through a VLAN interface on the device: the kernel
// keeps the tag outside the frame.
func TestFlowsOfAVLANAreOnTheirMembers(t *testing.T) {
	b := newBed(t, 3)
	b.host.Run(t, "ip", "link", "add", "link", "bond0", "name", "vlan7", "type", "vlan", "id", "7", "egress-qos-map", "0:5")
	b.host.Up(t, "vlan7")
	b.host.AwaitUp(t, "vlan7")
	vlan := b.host.Wire(t, "vlan7")
	const tci = 5<<13 | 7
	for _, policy := range offered {
		b.plan.Hash = testPlan(t, policy, 3).Hash
		b.apply(t)
		table := b.plan.Table()
		for flow := range 60 {
			f := numbered(flow, flow)
			want, _ := table.Pick(b.plan.Hash.SumMeta(f, tci, true))
			vlan.Send(t, f)
			got := catch.Next(t, "far end", b.atFar)
			if tag := got.Frame[12:16]; string(tag) != "\x81\x00\xa0\x07" {
				t.Fatalf("the frame has the tag %x, want VLAN 7 with priority 5", tag)
			}
			if got.End != want {
				t.Fatalf("%v, flow %d: on member %d, want %d", policy, flow, got.End, want)
			}
		}
	}
}

func TestFlowsAreInTheirBuckets(t *testing.T) {
	b := newBed(t, 3)
	for _, buckets := range [][]uint16{{0, 2, 2, 2}, slices.Repeat([]uint16{0, 1, 2, 2}, 64)} {
		b.plan.Buckets = buckets
		b.apply(t)
		counts := make([]int, 3)
		for flow := range 200 {
			f := numbered(flow, flow)
			want := int(buckets[b.plan.Bucket(b.plan.Hash.Sum32(f))])
			counts[want]++
			b.own.Send(t, f)
			if got := catch.Next(t, "far end", b.atFar); got.End != want {
				t.Fatalf("flow %d is on member %d, want %d", flow, got.End, want)
			}
		}
		t.Logf("%d buckets: flows by member %v", len(buckets), counts)
	}
}

func TestNotCollectingLeaksNothing(t *testing.T) {
	b := newBed(t, 2)
	b.use(t, 0)
	before := b.counters().MemberCounters(b.plan.Members[1].Port).RxNotCollecting
	for n := range 5 {
		b.wires[1].Send(t, numbered(n, n))
	}
	catch.None(t, "device", b.atHost)
	netlab.Await(t, "5 more in RxNotCollecting", func() bool {
		return b.counters().MemberCounters(b.plan.Members[1].Port).RxNotCollecting == before+5
	})
	b.use(t, 0, 1)
	b.wires[1].Send(t, numbered(1, 7))
	if got := catch.Next(t, "device", b.atHost); numberOf(got.Frame) != 7 {
		t.Errorf("device got frame %d, want 7", numberOf(got.Frame))
	}
}

// TestOnlyCollectingSendsNothing: frames from a member that only collects arrive, and no flow
// goes to it.
func TestOnlyCollectingSendsNothing(t *testing.T) {
	b := newBed(t, 2)
	b.useEach(t, []int{0, 1}, []int{0})
	for flow := range 100 {
		b.own.Send(t, numbered(flow, flow))
		if got := catch.Next(t, "far end", b.atFar); got.End != 0 {
			t.Fatalf("flow %d is on member %d, want 0", flow, got.End)
		}
	}
	b.wires[1].Send(t, numbered(1, 7))
	if got := catch.Next(t, "device", b.atHost); numberOf(got.Frame) != 7 {
		t.Errorf("device got frame %d, want 7", numberOf(got.Frame))
	}
	b.useEach(t, []int{0, 1}, nil)
	before := b.counters().Counters().TxNoMember
	for flow := range 20 {
		b.own.Send(t, numbered(flow, flow))
	}
	catch.None(t, "far end, while no member distributes", b.atFar)
	if got := b.counters().Counters().TxNoMember; got != before+20 {
		t.Errorf("TxNoMember = %d, want %d", got, before+20)
	}
}

// TestLACPDUsReachTheirSocket, whether the member collects or not, and not the device.
func TestLACPDUsReachTheirSocket(t *testing.T) {
	b := newBed(t, 2)
	b.use(t, 0)
	f := traffic.Ether([6]byte{1, 0x80, 0xc2, 0, 0, 2}, catch.Station, nil, link.EtherTypeSlow, append([]byte{1, 1}, make([]byte, 108)...))
	for i, w := range b.wires {
		var c *afpacket.Control
		index := int32(b.host.Index(t, fmt.Sprintf("m%d", i)))
		b.host.Must(t, func() (err error) {
			c, err = afpacket.OpenControl(index)
			return err
		})
		t.Cleanup(func() { c.Close() })
		w.Send(t, f)
		buf := make([]byte, 200)
		n, err := c.Read(buf)
		if err != nil || string(buf[:n]) != string(f) {
			t.Errorf("member %d: socket got %x, %v; want %x", i, buf[:n], err, f)
		}
	}
	catch.None(t, "device", b.atHost)
}

// TestSwapsLoseNothing changes the plan all the time while frames pass.
func TestSwapsLoseNothing(t *testing.T) {
	b := newBed(t, 3)
	count := 0
	lost := b.stream(t, 6000, func() {
		count++
		b.use(t, [][]int{{0, 1, 2}, {0, 1}, {2}, {1, 2}}[count%4]...)
	})
	if count < 12 || lost > 0 {
		t.Errorf("%d frames lost in %d swaps, want none in 12", lost, count)
	}
}

// TestLostMemberLosesWhatIsUnderway pulls the cable of a member and takes it out of use.
func TestLostMemberLosesWhatIsUnderway(t *testing.T) {
	b := newBed(t, 3)
	count := 0
	lost := b.stream(t, 3000, func() {
		if count++; count == 3 {
			b.far.Down(t, "f1")
			b.use(t, 0, 2)
		}
	})
	t.Logf("%d frames lost", lost)
	if count < 3 || lost > window {
		t.Errorf("%d frames lost, want at most the %d that were underway", lost, window)
	}
}

// TestMembersComeAndGo: a member that leaves gets back what it had, and a stream over the others
// loses nothing.
func TestMembersComeAndGo(t *testing.T) {
	b := newBed(t, 3)
	all, count := b.plan.Members, 0
	before := b.last
	lost := b.stream(t, 3000, func() {
		b.plan.Members = slices.Clone(all)
		if count++; count%2 == 1 {
			b.plan.Members[1] = plane.Member{}
		}
		b.apply(t)
		if master := strings.Contains(b.host.Run(t, "ip", "-o", "link", "show", "dev", "m1"), "master bond0"); master != (count%2 == 0) {
			t.Errorf("change %d: member 1 is in the team: %v", count, master)
		}
	})
	if lost > 0 || count < 5 {
		t.Errorf("%d frames lost while a member left and came %d times, want none", lost, count)
	}
	if len(b.released) != (count+1)/2 || b.released[0] != all[1].Port || b.last[0].TxFrames == 0 || len(before) != 0 {
		t.Errorf("released %v with counters %+v, want member 1 with those that it had, %d times", b.released, b.last, (count+1)/2)
	}
}

// TestReleasedInterfaceIsAsBefore: MAC address, MTU and administrative state.
func TestReleasedInterfaceIsAsBefore(t *testing.T) {
	b := newBed(t, 1)
	b.cable(t, 1)
	b.cable(t, 2)
	b.host.Down(t, "m2")
	b.host.Run(t, "ip", "link", "set", "m1", "mtu", "1400")
	before := []*net.Interface{b.host.Interface(t, "m1"), b.host.Interface(t, "m2")}
	b.plan.Members = append(slices.Clone(b.plan.Members),
		plane.Member{Port: port{index: before[0].Index}, Collecting: true, Distributing: true}, plane.Member{Port: port{index: before[1].Index}})
	b.apply(t)
	if ifi := b.host.Interface(t, "m1"); ifi.MTU != 1500 || ifi.HardwareAddr.String() != bondAddr.String() {
		t.Errorf("the member is %+v, want the bond's MTU and MAC address", ifi)
	}
	b.plan.Members = b.plan.Members[:1]
	b.apply(t)
	for _, was := range before {
		now := b.host.Interface(t, was.Name)
		if now.MTU != was.MTU || now.HardwareAddr.String() != was.HardwareAddr.String() || now.Flags&net.FlagUp != was.Flags&net.FlagUp {
			t.Errorf("%s is %+v after its release, want %+v", was.Name, now, was)
		}
	}
}

func TestMemberCounters(t *testing.T) {
	b := newBed(t, 1)
	before := b.counters().MemberCounters(b.plan.Members[0].Port)
	for n := range 3 {
		b.own.Send(t, numbered(n, n))
		catch.Next(t, "far end", b.atFar)
	}
	b.wires[0].Send(t, numbered(1, 1))
	catch.Next(t, "device", b.atHost)
	got := b.counters().MemberCounters(b.plan.Members[0].Port)
	if got.TxFrames-before.TxFrames != 3 || got.TxOctets-before.TxOctets != 180 || got.RxFrames-before.RxFrames != 1 || got.RxOctets-before.RxOctets != 60 {
		t.Errorf("counters %+v after %+v, want 3 more frames sent and 1 received, of 60 octets", got, before)
	}
}

func TestPlansThatAreRefusedChangeNothing(t *testing.T) {
	b := newBed(t, 2)
	flow, err := hash.New(hash.Flow, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	twice := slices.Clone(b.plan.Members)
	twice[1] = twice[0]
	for field, change := range map[string]func(*plane.Plan){
		"Hash":    func(p *plane.Plan) { p.Hash = flow },
		"SLB":     func(p *plane.Plan) { p.SLB = true },
		"Port":    func(p *plane.Plan) { p.Members = []plane.Member{{Port: linktest.NewCable("a", "b").A}} },
		"Buckets": func(p *plane.Plan) { p.Buckets = make([]uint16, tableLen+1) },
		"Spread":  func(p *plane.Plan) { p.Spread = 77 },
		"Packets": func(p *plane.Plan) { p.Spread, p.Packets = plane.SpreadInTurn, 2 },
	} {
		p := b.plan
		p.Generation++
		change(&p)
		var refused *lacp.FieldError
		if err := b.plane.Apply(&p); !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("error %v, want a FieldError about %s", err, field)
		}
	}
	// The plan with an interface that does not exist has a new member too, which joins before that
	// shows, and leaves again.
	gone := b.plan
	gone.Generation++
	gone.Members = append(slices.Clone(b.plan.Members[:1]), plane.Member{Port: b.cable(t, 2), Distributing: true},
		plane.Member{Port: port{index: noInterface}, Distributing: true})
	var failed *link.Error
	if err := b.plane.Apply(&gone); !errors.As(err, &failed) {
		t.Errorf("error %v, want a link.Error about an interface that does not exist", err)
	}
	if lost := b.stream(t, 200, func() {}); lost > 0 {
		t.Errorf("%d frames lost by the plan before, want none", lost)
	}
	if ends := b.host.Run(t, "ip", "-o", "link", "show", "master", "bond0"); strings.Count(ends, "\n") != 2 {
		t.Errorf("ports of the team, want both members:\n%s", ends)
	}
}

// TestPortOfAnotherIsRefused: the plane takes no interface from a bridge or another team.
func TestPortOfAnotherIsRefused(t *testing.T) {
	b := newBed(t, 1)
	b.cable(t, 1)
	b.host.Run(t, "ip", "link", "add", "other0", "type", "team")
	b.host.Down(t, "m1")
	b.host.Run(t, "ip", "link", "set", "m1", "master", "other0")
	p := b.plan
	p.Generation++
	p.Members = append(slices.Clone(p.Members), plane.Member{Port: port{index: b.host.Index(t, "m1")}})
	var failed *link.Error
	if err := b.plane.Apply(&p); !errors.As(err, &failed) || failed.Field != "Master" {
		t.Errorf("error %v, want a link.Error about Master", err)
	}
	if out := b.host.Run(t, "ip", "-o", "link", "show", "dev", "m1"); !strings.Contains(out, "master other0") {
		t.Errorf("m1 is no longer the other team's:\n%s", out)
	}
}

func TestForeignDeviceIsRefused(t *testing.T) {
	var refused *lacp.FieldError
	if err := New().Open(plane.Host{}); !errors.As(err, &refused) || refused.Field != "Device" {
		t.Errorf("error %v, want a FieldError about Device", err)
	}
	if err := New().Close(); err != nil {
		t.Errorf("Close of a plane that was never open: %v", err)
	}
}

// TestApplyTime measures a plan that changes who distributes, one that changes nothing, and one
// with a new member.
func TestApplyTime(t *testing.T) {
	b := newBed(t, 4)
	times := make(map[string][]time.Duration)
	measure := func(what string, f func()) {
		start := time.Now()
		f()
		times[what] = append(times[what], time.Since(start))
	}
	for n := range 15 {
		measure("other members in use", func() { b.use(t, n%4, (n+1)%4) })
		measure("no change", func() { b.apply(t) })
		all := b.plan.Members
		b.plan.Members = slices.Clone(all)
		b.plan.Members[3] = plane.Member{}
		measure("a member less", func() { b.apply(t) })
		b.plan.Members = all
		measure("a new member", func() { b.apply(t) })
	}
	for what, list := range times {
		slices.Sort(list)
		t.Logf("%s: median %v, worst %v", what, list[len(list)/2], list[len(list)-1])
		if list[len(list)/2] > time.Second {
			t.Errorf("%s: Apply takes %v, want less than a second", what, list[len(list)/2])
		}
	}
}
