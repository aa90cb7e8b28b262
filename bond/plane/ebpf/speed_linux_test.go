package ebpf

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
)

// needSpeed skips a measurement unless EBPF_SPEED asks for it.
func needSpeed(t *testing.T) {
	t.Helper()
	if os.Getenv("EBPF_SPEED") == "" {
		t.Skip("measures for some seconds: set EBPF_SPEED")
	}
}

// blast returns a function that sends UDP frames of 60 octets on an interface, and returns the
// CPU time of each. The sender's thread does all of the work, up to where the frames arrive.
func blast(t *testing.T, ns *netlab.NS, name string) func() time.Duration {
	t.Helper()
	var s *afpacket.Sender
	index := int32(ns.Index(t, name))
	ns.Must(t, func() (err error) {
		s, err = afpacket.OpenSender(index)
		return err
	})
	batch := make([]link.Frame, 32)
	for i := range batch {
		batch[i].Data = udp(i) // not from the tests' station: nothing collects them
	}
	return func() time.Duration {
		const batches = 300
		start := threadTime(t)
		for range batches {
			if _, err := s.Write(batch); err != nil {
				t.Fatal(err)
			}
		}
		return (threadTime(t) - start) / (batches * 32)
	}
}

// compareSpeed logs the CPU time of two ways to carry a frame, which it measures in turn.
func compareSpeed(t *testing.T, what, than string, a, b func() time.Duration) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const rounds = 101
	var as, bs []time.Duration
	var ratios []float64
	for i := range rounds {
		var x, y time.Duration
		if i%2 == 0 {
			x, y = a(), b()
		} else {
			y, x = b(), a()
		}
		as, bs, ratios = append(as, x), append(bs, y), append(ratios, float64(x)/float64(y))
	}
	slices.Sort(as)
	slices.Sort(bs)
	slices.Sort(ratios)
	t.Logf("%s %v a frame, %s %v; median of the ratios %.3f, quartiles %.3f and %.3f",
		what, as[rounds/2], than, bs[rounds/2], ratios[rounds/2], ratios[rounds/4], ratios[rounds*3/4])
}

// TestProgramSpeed logs how long each program runs for a frame, without the kernel's own work. Each
// is loaded with all capabilities, and again with CAP_NET_ADMIN and CAP_BPF only, when the kernel
// checks more. The shortest of many runs counts, since other programs slow the rest down.
func TestProgramSpeed(t *testing.T) {
	needSpeed(t)
	if os.Geteuid() != 0 {
		t.Skip("needs root to choose capabilities")
	}
	run := func(c code, few bool) time.Duration {
		program := loaded(t, "test_speed", c)
		if few {
			err := withRights(t, func() (err error) {
				program, err = load("test_speed", c)
				return err
			}, unix.CAP_NET_ADMIN, unix.CAP_BPF)
			if err != nil {
				t.Fatal(err)
			}
			defer program.Close()
		}
		shortest := time.Hour
		for range 500 {
			_, took, err := program.Benchmark(udp(0), 2000, nil)
			if err != nil {
				t.Fatal(err)
			}
			shortest = min(shortest, took)
		}
		return shortest
	}
	empty := run(ret(verdictDrop), false)
	t.Logf("a program that does nothing: %v", empty)
	untils := map[string]uint64{"forever": 0, "for an hour": clock(unix.CLOCK_BOOTTIME) + uint64(time.Hour)}
	measure := func(what string, m *maps, c code) {
		for name, until := range untils {
			m.set(entryUntil, until)
			t.Logf("%s, frames pass %s: %v more, with the two capabilities %v", what, name, run(c, false)-empty, run(c, true)-empty)
		}
	}
	var plans []*plane.Plan
	for _, policy := range offered {
		plans = append(plans, testPlan(t, policy, 2))
	}
	for _, spread := range []plane.Spread{plane.SpreadInTurn, plane.SpreadAtRandom} {
		p := testPlan(t, hash.Layer2, 2)
		p.Spread = spread
		plans = append(plans, p)
	}
	for _, p := range plans {
		m := testMaps(t, p)
		c, err := m.transmitCode(p, DefaultPause)
		if err != nil {
			t.Fatal(err)
		}
		measure(fmt.Sprintf("transmit, %v, %v", p.Spread, p.Hash.Policy()), m, c)
	}
	p := testPlan(t, hash.Layer34, 1)
	p.Members[0].Port = port{index: 1} // the loopback interface, where the kernel puts the frames
	m := testMaps(t, p)
	measure("receive", m, m.receiveCode(0))
}

// TestReceiveSpeed compares two ways into the device: the egress of its peer, which is the
// plane's, and the ingress of the device itself, whose counters then miss the frames.
func TestReceiveSpeed(t *testing.T) { overHooks(t, testReceiveSpeed) }

func testReceiveSpeed(t *testing.T, kind hookKind) {
	needSpeed(t)
	b := newDeafBed(t, kind, 1, "")
	m := b.plane.members[b.plan.Members[0].Port]
	send := blast(t, b.far, "f0")
	by := func(p *ebpf.Program, to int) func() time.Duration {
		return func() time.Duration {
			b.plane.maps.set(entryPeer, uint64(to))
			if err := m.rx.replace(p); err != nil {
				t.Fatal(err)
			}
			return send()
		}
	}
	egress := loaded(t, "egress", b.plane.maps.receiveCode(m.slot))
	ingress := loaded(t, "ingress", intoIngress(b.plane.maps.receiveCode(m.slot)))
	compareSpeed(t, "egress of the peer", "ingress of the device", by(egress, b.device.Peer()), by(ingress, b.device.Index()))
}

// TestSpeedOverBareCables compares the plane with the bare cable of a member, in both
// directions.
func TestSpeedOverBareCables(t *testing.T) { overHooks(t, testSpeedOverBareCables) }

func testSpeedOverBareCables(t *testing.T, kind hookKind) {
	needSpeed(t)
	for _, policy := range offered {
		b := newDeafBed(t, kind, 2, "")
		b.plan.Hash = testPlan(t, policy, 2).Hash
		b.apply(t)
		netlab.Pair(t, b.host, "bare", b.far, "far")
		b.host.Up(t, "bare")
		b.far.Up(t, "far")
		compareSpeed(t, policy.String()+": transmit", "bare cable", blast(t, b.host, "bond0"), blast(t, b.host, "bare"))
		if policy == offered[0] {
			compareSpeed(t, "receive", "bare cable", blast(t, b.far, "f0"), blast(t, b.far, "far"))
		}
	}
}

// threadTime returns the CPU time of this thread. Other programs do not count.
func threadTime(t *testing.T) time.Duration {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

// intoIngress makes a receive program redirect to an interface's ingress.
func intoIngress(c code) code {
	c = slices.Clone(c)
	for i := range c {
		if c[i].IsBuiltinCall() && asm.BuiltinFunc(c[i].Constant) == asm.FnRedirect {
			c[i-1].Constant = 1 // BPF_F_INGRESS
		}
	}
	return c
}

// TestUDPSpeed compares datagrams of 18 octets between two hosts, over a bond of this plane at
// each end, over bridges and over a bare cable.
func TestUDPSpeed(t *testing.T) { overHooks(t, testUDPSpeed) }

func testUDPSpeed(t *testing.T, kind hookKind) {
	needSpeed(t)
	b := newDeafBed(t, kind, 4, "")
	far := &bed{kind: kind, host: b.far, far: b.host, plan: *testPlan(t, hash.Layer34, 4)}
	for i := range 4 {
		far.plan.Members[i].Port = port{index: b.far.Index(t, fmt.Sprintf("f%d", i))}
	}
	far.open(t)
	t.Cleanup(func() { far.close(t) })
	far.apply(t)
	far.carrier(t, true)
	for _, kind := range []string{"bare", "port"} {
		netlab.Pair(t, b.host, kind, b.far, kind)
	}
	for _, ns := range []*netlab.NS{b.host, b.far} {
		ns.Run(t, "ip", "link", "add", "br0", "type", "bridge")
		ns.Run(t, "ip", "link", "set", "port", "master", "br0")
		ns.Run(t, "sh", "-c", "for f in /proc/sys/net/bridge/bridge-nf-call-*tables; do [ ! -e $f ] || echo 0 > $f; done")
		for _, name := range []string{"br0", "port", "bare"} {
			ns.Up(t, name)
		}
	}
	send := make(map[string]func() time.Duration)
	for i, name := range []string{"bond0", "br0", "bare"} {
		b.host.AddAddr(t, name, fmt.Sprintf("10.9.%d.1/24", i))
		b.far.AddAddr(t, name, fmt.Sprintf("10.9.%d.2/24", i))
		send[name] = datagrams(t, b, fmt.Sprintf("10.9.%d.2", i))
	}
	compareSpeed(t, "two bonds", "bare cable", send["bond0"], send["bare"])
	compareSpeed(t, "two bonds", "two bridges", send["bond0"], send["br0"])
}

// datagrams returns a function that sends datagrams of 64 flows, and returns the CPU time of
// each up to the receiver's socket.
func datagrams(t *testing.T, b *bed, to string) func() time.Duration {
	t.Helper()
	var far *net.UDPConn
	b.far.Must(t, func() (err error) {
		far, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(to)})
		return err
	})
	t.Cleanup(func() { far.Close() })
	_ = far.SetReadBuffer(8 << 20) // less only loses some
	go func() {
		for buf := make([]byte, 64); ; {
			if _, err := far.Read(buf); err != nil {
				return
			}
		}
	}()
	var fds []int
	for range 64 {
		b.host.Must(t, func() error {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				return err
			}
			fds = append(fds, fd)
			sa := &unix.SockaddrInet4{Port: far.LocalAddr().(*net.UDPAddr).Port, Addr: [4]byte(net.ParseIP(to).To4())}
			return unix.Connect(fd, sa)
		})
	}
	t.Cleanup(func() {
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
	})
	data := make([]byte, 18)
	return func() time.Duration {
		const rounds = 100
		start := threadTime(t)
		for range rounds {
			for _, fd := range fds {
				if _, err := unix.Write(fd, data); err != nil {
					t.Fatal(err)
				}
			}
		}
		return (threadTime(t) - start) / time.Duration(rounds*len(fds))
	}
}

// TestMembersComeAndGoFast measures a plan with another member, until a frame of it arrives, and one
// that no longer uses a lost member.
func TestMembersComeAndGoFast(t *testing.T) { overHooks(t, testMembersComeAndGoFast) }

func testMembersComeAndGoFast(t *testing.T, kind hookKind) {
	needSpeed(t)
	b := newBed(t, kind, 4, "")
	var failover, attach []time.Duration
	for n := range 101 {
		b.use(t, 0, 1, 2, 3)
		start := time.Now()
		b.use(t, 0, 1, 2)
		failover = append(failover, time.Since(start))
		members := b.plan.Members
		b.plan.Members = slices.Clone(members)
		b.plan.Members[3] = plane.Member{}
		b.apply(t)
		b.plan.Members = members
		start = time.Now()
		b.use(t, 0, 1, 2, 3)
		b.wires[3].Send(t, numbered(n, n))
		if a := catch.Next(t, "host", b.atHost); numberOf(a.Frame) != n {
			t.Fatalf("frame %d, want %d", numberOf(a.Frame), n)
		}
		attach = append(attach, time.Since(start))
	}
	slices.Sort(failover)
	slices.Sort(attach)
	t.Logf("a plan without a lost member: median %v, worst %v; a member more, until its frame arrives: %v, %v",
		failover[50], failover[100], attach[50], attach[100])
}
