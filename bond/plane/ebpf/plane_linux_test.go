package ebpf

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf/asm"
	"github.com/mdlayher/packet"

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

func TestFramesArriveOnce(t *testing.T) { overHooks(t, testFramesArriveOnce) }

func testFramesArriveOnce(t *testing.T, kind hookKind) {
	for _, mtu := range []int{1500, 9000} {
		t.Run(fmt.Sprintf("MTU %d", mtu), func(t *testing.T) {
			b := newBed(t, kind, 2, "")
			b.setMTU(t, mtu)
			want := kinds(mtu)
			for _, f := range want {
				b.own.Send(t, f)
			}
			once(t, "far end", b.atFar, want)
			for i, w := range b.wires {
				for _, f := range want {
					w.Send(t, f)
				}
				once(t, fmt.Sprintf("device, from member %d", i), b.atHost, want)
			}
		})
	}
}

// setMTU sets the MTU of device, members, cables and plan.
func (b *bed) setMTU(t *testing.T, mtu int) {
	t.Helper()
	for i := range b.wires {
		b.host.Run(t, "ip", "link", "set", fmt.Sprintf("m%d", i), "mtu", fmt.Sprint(mtu))
		b.far.Run(t, "ip", "link", "set", fmt.Sprintf("f%d", i), "mtu", fmt.Sprint(mtu))
	}
	if err := b.device.SetMTU(mtu); err != nil {
		t.Fatal(err)
	}
	b.plan.MTU = mtu
	b.apply(t)
}

// TestFlowsAreOnTheirMembers checks the member of each flow, with the frame's tag in metadata
// by the time the program sees it.
func TestFlowsAreOnTheirMembers(t *testing.T) {
	netlab.Slow(t)
	overHooks(t, testFlowsAreOnTheirMembers)
}

func testFlowsAreOnTheirMembers(t *testing.T, kind hookKind) {
	for _, policy := range offered {
		t.Run(policy.String(), func(t *testing.T) {
			b := newBed(t, kind, 3, "")
			b.plan.Hash = testPlan(t, policy, 3).Hash
			b.apply(t)
			table := b.plan.Table()
			for flow := range 60 {
				f := numbered(flow, flow)
				f[11] = byte(flow) // source
				if flow%3 > 0 {    // one tag or two
					tags := []traffic.Tag{{TPID: 0x8100, TCI: uint16(flow)}, {TPID: 0x8100, TCI: uint16(2 * flow)}}[:flow%3]
					f = traffic.Ether([6]byte(f[:6]), [6]byte(f[6:12]), tags, 0x0800, f[14:])
				}
				want, _ := table.Pick(b.plan.Hash.Sum32(f))
				b.own.Send(t, f)
				if got := catch.Next(t, "far end", b.atFar); got.End != want || string(got.Frame) != string(f) {
					t.Fatalf("flow %d: %x on member %d, want %x on %d", flow, got.Frame, got.End, f, want)
				}
			}
		})
	}
}

// TestScatteredFramesAreHashed sends frames whose IP header is not in the first piece of the
// kernel's buffer.
func TestScatteredFramesAreHashed(t *testing.T) { overHooks(t, testScatteredFramesAreHashed) }

func testScatteredFramesAreHashed(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 3, "")
	b.setMTU(t, 9000)
	// Frames whose headers are in the first piece do not pass.
	whole := loaded(t, "test_whole", join(
		code{asm.Mov.Reg(frame, asm.R1)},
		quickHead(quickIPv4, "scattered"), ret(verdictDrop),
		at("scattered", ret(verdictNext)),
	))
	b.attachForeign(t, b.device.Peer(), whole)
	table := b.plan.Table()
	b.own.Send(t, numbered(0, 0))
	catch.None(t, "far end, of a whole frame", b.atFar)
	for flow := range 20 {
		f := append(numbered(flow, flow), make([]byte, 8000)...)
		want, _ := table.Pick(b.plan.Hash.Sum32(f))
		sendScattered(t, b.host, "bond0", f, etherLen)
		if got := catch.Next(t, "far end", b.atFar); got.End != want {
			t.Fatalf("flow %d: on member %d, want %d", flow, got.End, want)
		}
	}
}

func TestNotCollectingLeaksNothing(t *testing.T) { overHooks(t, testNotCollectingLeaksNothing) }

func testNotCollectingLeaksNothing(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, "")
	b.use(t, 0)
	for _, f := range kinds(1500) {
		b.wires[1].Send(t, f)
	}
	catch.None(t, "device", b.atHost)
	n := uint64(len(kinds(1500)))
	netlab.Await(t, fmt.Sprintf("RxNotCollecting = %d", n), func() bool {
		return b.plane.MemberCounters(b.plan.Members[1].Port).RxNotCollecting == n
	})
	b.use(t, 0, 1)
	b.wires[1].Send(t, numbered(1, 7))
	once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(1, 7)})
}

// TestAttachedMemberWaitsForItsPlan checks that a member that was attached by a plan that does
// not use it leaks nothing into the device.
func TestAttachedMemberWaitsForItsPlan(t *testing.T) { overHooks(t, testAttachedMemberWaitsForItsPlan) }

func testAttachedMemberWaitsForItsPlan(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, "")
	b.plan.Members = append(slices.Clone(b.plan.Members), plane.Member{Port: b.cable(t, "m1", "f1")})
	b.apply(t)
	w := b.far.Wire(t, "f1")
	w.Send(t, numbered(0, 0))
	catch.None(t, "device", b.atHost)
	b.use(t, 0, 1)
	w.Send(t, numbered(0, 1))
	once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(0, 1)})
}

// TestLACPDUsReachTheirSocket, whether the member collects or not, and not the device.
func TestLACPDUsReachTheirSocket(t *testing.T) { overHooks(t, testLACPDUsReachTheirSocket) }

func testLACPDUsReachTheirSocket(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, "")
	b.use(t, 0)
	src := catch.Station
	f := traffic.Ether([6]byte{1, 0x80, 0xc2, 0, 0, 2}, src, nil, link.EtherTypeSlow, append([]byte{1, 1}, make([]byte, 108)...))
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

// TestProgramsOnMembersHear: a socket for LLDP on a member hears it, collecting or not, and the
// device gets it once from a member that collects. The host's own protocols do not hear their
// frames on a member.
func TestProgramsOnMembersHear(t *testing.T) { overHooks(t, testProgramsOnMembersHear) }

func testProgramsOnMembersHear(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, "")
	b.use(t, 0)
	listen := func(member string, protocol uint16) *packet.Conn {
		var c *packet.Conn
		ifi := b.host.Interface(t, member)
		b.host.Must(t, func() (err error) {
			c, err = packet.Listen(ifi, packet.Raw, int(protocol), nil)
			return err
		})
		t.Cleanup(func() { c.Close() })
		return c
	}
	lldp := traffic.Ether([6]byte{1, 0x80, 0xc2, 0, 0, 0x0e}, catch.Station, nil, 0x88cc, make([]byte, 60))
	tagged := traffic.Ether([6]byte{1, 0x80, 0xc2, 0, 0, 0x0e}, catch.Station, []traffic.Tag{{TPID: 0x8100, TCI: 7}}, 0x88cc, make([]byte, 70))
	for i, w := range b.wires {
		hears, deaf := listen(fmt.Sprintf("m%d", i), 0x88cc), listen(fmt.Sprintf("m%d", i), 0x0800)
		w.Send(t, numbered(i, i)) // IPv4
		w.Send(t, tagged)         // of a VLAN on the bond
		w.Send(t, lldp)
		buf := make([]byte, 200)
		if err := hears.SetReadDeadline(time.Now().Add(netlab.Patience)); err != nil {
			t.Fatal(err)
		}
		if n, _, err := hears.ReadFrom(buf); err != nil || string(buf[:n]) != string(lldp) {
			t.Errorf("member %d: the socket for LLDP got %x, %v; want %x", i, buf[:n], err, lldp)
		}
		if err := deaf.SetReadDeadline(time.Now().Add(catch.Quiet)); err != nil {
			t.Fatal(err)
		}
		if n, _, err := deaf.ReadFrom(buf); err == nil {
			t.Errorf("member %d: a socket for IPv4 got %x, want nothing", i, buf[:n])
		}
		if i == 0 {
			once(t, "device", b.atHost, map[string][]byte{"IPv4": numbered(i, i), "LLDP": lldp, "LLDP in a VLAN": tagged})
		}
	}
	catch.None(t, "device", b.atHost)
}

// TestSwapsLoseNothing changes the plan all the time while frames pass.
func TestSwapsLoseNothing(t *testing.T) { overHooks(t, testSwapsLoseNothing) }

func testSwapsLoseNothing(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 3, "")
	count := 0
	b.stream(t, 12_000, func() {
		count++
		b.use(t, [][]int{{0, 1, 2}, {0, 1}, {2}, {1, 2}}[count%4]...)
	})
	if count < 12 {
		t.Errorf("%d swaps, want at least 12", count)
	}
}

// stream sends n numbered frames and fails the test unless each arrives once. It calls change
// once every 1,000 frames.
func (b *bed) stream(t *testing.T, n int, change func()) {
	t.Helper()
	const window = 64 // on the way at a time
	seen := make([]bool, n)
	arrived := 0
	for sent := 0; arrived < n; {
		if sent < n && sent-arrived < window {
			if sent%1000 == 500 {
				change()
			}
			b.own.Send(t, numbered(sent%64, sent))
			sent++
			continue
		}
		a := catch.Next(t, fmt.Sprintf("far end, after %d of %d frames", arrived, sent), b.atFar)
		number := numberOf(a.Frame)
		if seen[number] {
			t.Fatalf("frame %d arrived twice", number)
		}
		seen[number] = true
		arrived++
	}
}

// TestDeviceLooksLikeAnInterface: captures on it see both directions, its counters count them,
// its queueing discipline holds frames, and without carrier it sends none.
func TestDeviceLooksLikeAnInterface(t *testing.T) { overHooks(t, testDeviceLooksLikeAnInterface) }

func testDeviceLooksLikeAnInterface(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, "")
	capture := b.host.Wire(t, "bond0")
	before := b.host.Traffic(t)["bond0"]
	f, g := numbered(1, 1), numbered(2, 2)
	b.own.Send(t, f)
	catch.Next(t, "far end", b.atFar)
	b.wires[0].Send(t, g)
	catch.Next(t, "device", b.atHost)
	capture.Next(t, func(got []byte) bool { return string(got) == string(f) })
	capture.Next(t, func(got []byte) bool { return string(got) == string(g) })
	if got := b.host.Traffic(t)["bond0"].Since(before); got != (netlab.Traffic{RxOctets: 60, RxPackets: 1, TxOctets: 60, TxPackets: 1}) {
		t.Errorf("bond0 counts %+v, want one frame of 60 octets each way", got)
	}
	b.host.Run(t, "tc", "qdisc", "add", "dev", "bond0", "root", "tbf", "rate", "8kbit", "burst", "1600", "limit", "1600")
	for n := range 200 {
		_ = b.own.TrySend(numbered(0, n)) // most are refused
	}
	out := b.host.Run(t, "tc", "-s", "qdisc", "show", "dev", "bond0")
	if strings.Contains(out, "dropped 0,") {
		t.Errorf("the queueing discipline dropped nothing of 200 frames at 8 kbit/s:\n%s", out)
	}
	b.host.Run(t, "tc", "qdisc", "del", "dev", "bond0", "root")
	b.carrier(t, false)
	for drained := false; !drained; {
		select {
		case <-b.atFar:
		case <-time.After(catch.Quiet):
			drained = true
		}
	}
	_ = b.own.TrySend(numbered(3, 3)) // an interface without carrier may refuse it
	catch.None(t, "far end, without carrier", b.atFar)
}

// TestHostsTalk lets two IP stacks talk: neighbours answer over members whose MAC addresses
// differ from the bond's, and senders leave checksums to the hardware.
func TestHostsTalk(t *testing.T) { overHooks(t, testHostsTalk) }

func testHostsTalk(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, "")
	b.host.SetIPv6(t, "bond0", true)
	b.far.SetIPv6(t, "f0", true)
	for _, a := range []struct{ bond, far string }{{"192.0.2.1/24", "192.0.2.2/24"}, {"2001:db8::1/64", "2001:db8::2/64"}} {
		b.host.AddAddr(t, "bond0", a.bond)
		b.far.AddAddr(t, "f0", a.far)
	}
	for _, c := range []struct{ network, addr string }{{"tcp", "192.0.2.1"}, {"tcp", "[2001:db8::1]"}} {
		var l net.Listener
		b.host.Must(t, func() (err error) {
			l, err = net.Listen(c.network, c.addr+":0")
			return err
		})
		t.Cleanup(func() { l.Close() })
		const size = 4 << 20
		go func() { // returns what it gets
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = io.Copy(conn, conn) // the other end checks
		}()
		var conn net.Conn
		b.far.Must(t, func() (err error) {
			conn, err = net.DialTimeout(c.network, l.Addr().String(), netlab.Patience)
			return err
		})
		t.Cleanup(func() { conn.Close() })
		go func() { _, _ = conn.Write(make([]byte, size)) }() // what is missing is noticed below
		if n, err := io.CopyN(io.Discard, conn, size); err != nil {
			t.Errorf("%s: %d of %d octets came back: %v", c.addr, n, size, err)
		}
	}
	got := b.plane.MemberCounters(b.plan.Members[0].Port)
	if got.RxOctets < 8<<20 || got.TxOctets < 8<<20 {
		t.Errorf("member counts %+v, want the octets of both connections in both directions", got)
	}
	if got.TxFrames > got.TxOctets/3000 {
		t.Errorf("member counts %d frames for %d octets sent, want large segments", got.TxFrames, got.TxOctets)
	}
}

func TestPlansThatAreRefusedChangeNothing(t *testing.T) {
	overHooks(t, testPlansThatAreRefusedChangeNothing)
}

func testPlansThatAreRefusedChangeNothing(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, "")
	encap, err := hash.New(hash.Encap34, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	twice := slices.Clone(b.plan.Members)
	twice[1] = twice[0]
	for field, change := range map[string]func(*plane.Plan){
		"Hash":    func(p *plane.Plan) { p.Hash = encap },
		"SLB":     func(p *plane.Plan) { p.SLB = true },
		"Port":    func(p *plane.Plan) { p.Members = []plane.Member{{Port: linktest.NewCable("a", "b").A}} },
		"Buckets": func(p *plane.Plan) { p.Buckets = make([]uint16, maxBuckets+1) },
		"Spread":  func(p *plane.Plan) { p.Spread = 77 },
	} {
		p := b.plan
		p.Generation++
		change(&p)
		var refused *lacp.FieldError
		if err := b.plane.Apply(&p); !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("error %v, want a FieldError about %s", err, field)
		}
	}
	gone := b.plan
	gone.Generation++
	gone.Members = append(slices.Clone(b.plan.Members), plane.Member{Port: port{index: noInterface}, Distributing: true})
	var failed *link.Error
	if err := b.plane.Apply(&gone); !errors.As(err, &failed) {
		t.Errorf("error %v, want a link.Error about an interface that does not exist", err)
	}
	want := kinds(1500)
	for _, f := range want {
		b.own.Send(t, f)
	}
	once(t, "far end, by the earlier plan", b.atFar, want)
}

func TestForeignDeviceIsRefused(t *testing.T) {
	var refused *lacp.FieldError
	if err := New(Config{}).Open(plane.Host{}); !errors.As(err, &refused) || refused.Field != "Device" {
		t.Errorf("error %v, want a FieldError about Device", err)
	}
	if err := New(Config{}).Close(); err != nil {
		t.Errorf("Close of a plane that was never open: %v", err)
	}
}

func TestPinsOutsideOfABPFFileSystemAreRefused(t *testing.T) {
	ns := netlab.New(t)
	var d *Device
	ns.Must(t, func() (err error) {
		d, err = OpenDevice(DeviceConfig{Name: "bond0"})
		return err
	})
	t.Cleanup(func() { d.Close() })
	dir := t.TempDir()
	if err := New(Config{Pins: dir}).Open(plane.Host{Device: d}); err == nil {
		t.Error("Open accepted pins in an ordinary directory, want an error")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("Open left %v, %v; want nothing", left, err)
	}
}

// TestApplyIsFast measures a plan that changes who distributes, and one with a new member.
func TestApplyIsFast(t *testing.T) { overHooks(t, testApplyIsFast) }

func testApplyIsFast(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 4, bpfFS(t))
	late, stop := netlab.WatchLateness()
	defer stop()
	began := time.Now()
	var swaps, attaches []time.Duration
	for n := range 41 {
		start := time.Now()
		b.use(t, n%4, (n+1)%4)
		swaps = append(swaps, time.Since(start))
	}
	all := slices.Clone(b.plan.Members)
	for range 9 {
		b.plan.Members = slices.Clone(all)
		b.plan.Members[3] = plane.Member{}
		b.apply(t)
		b.plan.Members = all
		start := time.Now()
		b.apply(t)
		attaches = append(attaches, time.Since(start))
	}
	slices.Sort(swaps)
	slices.Sort(attaches)
	t.Logf("medians: a plan with the same members %v, with a new one %v", swaps[len(swaps)/2], attaches[len(attaches)/2])
	limit := time.Millisecond + late.Slack(began)
	if median := swaps[len(swaps)/2]; median > limit {
		t.Errorf("Apply takes %v, want less than 1 ms, or %v on this machine, which is late now and then", median, limit)
	}
}
