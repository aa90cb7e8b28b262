package team

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
	"github.com/lagkit/lagkit/lacp"
)

// port is a member of a test: an interface by its index.
type port struct {
	link.Port
	index int
}

func (p port) Name() string { return fmt.Sprintf("port%d", p.index) }
func (p port) Index() int   { return p.index }

// noInterface is an interface index that no interface has.
const noInterface = 1 << 30

// bed is a bond in one network namespace whose members' cables end in another.
type bed struct {
	host, far *netlab.NS
	device    *Device
	plane     *Plane
	plan      plane.Plan
	released  []link.Port
	last      []plane.MemberCounters // of those released
	failed    []string               // members, and why
	taken     int                    // how many have to fail
	restored  []string               // what the plane has set again

	wires  []*netlab.Wire // far ends
	own    *netlab.Wire   // of the device
	atFar  chan catch.Arrival
	atHost chan catch.Arrival
}

var bondAddr = net.HardwareAddr{2, 0, 0, 0, 0, 1}

// newBed makes a bond whose n members collect and distribute, and listens at all ends.
func newBed(t *testing.T, n int) *bed {
	t.Helper()
	b := &bed{host: netlab.New(t), far: netlab.New(t), atFar: make(chan catch.Arrival, 4096), atHost: make(chan catch.Arrival, 4096)}
	needDriver(t, b.host)
	b.plan = testPlan(t, hash.Layer34, n)
	for _, ns := range []*netlab.NS{b.host, b.far} {
		ns.SetIPv6(t, "default", false) // no frames but those of the test
	}
	for i := range n {
		b.plan.Members[i].Port = b.cable(t, i)
	}
	b.open(t)
	t.Cleanup(func() { b.close(t) })
	t.Cleanup(func() {
		if want := b.taken; len(b.failed) != want {
			t.Errorf("members that failed: %q, want %d", b.failed, want)
		}
	})
	b.apply(t)
	b.carrier(t, true)
	for i := range n {
		b.host.AwaitUp(t, fmt.Sprintf("m%d", i))
		catch.Listen(t, b.far, b.far.Index(t, fmt.Sprintf("f%d", i)), i, b.atFar)
	}
	b.listenToDevice(t)
	return b
}

// needDriver skips a test without the kernel's team driver.
func needDriver(t *testing.T, ns *netlab.NS) {
	t.Helper()
	var d *Device
	err := ns.Do(func() (err error) {
		d, err = OpenDevice(DeviceConfig{Name: "probe0"})
		return err
	})
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("needs the kernel's team driver: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// testPlan returns a plan with n members that collect and distribute.
func testPlan(t *testing.T, policy hash.Policy, n int) plane.Plan {
	t.Helper()
	h, err := hash.New(policy, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := plane.Plan{Hash: h, Packets: 1, MTU: 1500, MAC: lacp.MAC(bondAddr)}
	for i := range n {
		p.Members = append(p.Members, plane.Member{Port: port{index: i + 1}, Collecting: true, Distributing: true})
	}
	return p
}

// cable makes cable i, from m0 to f0 and so on, and returns the port of its near end.
func (b *bed) cable(t *testing.T, i int) port {
	t.Helper()
	near, far := fmt.Sprintf("m%d", i), fmt.Sprintf("f%d", i)
	netlab.Pair(t, b.host, near, b.far, far)
	b.host.Up(t, near)
	b.far.Up(t, far)
	b.wires = append(b.wires, b.far.Wire(t, far))
	return port{index: b.host.Index(t, near)}
}

// open opens the device and the plane.
func (b *bed) open(t *testing.T) {
	t.Helper()
	b.host.Must(t, func() (err error) {
		b.device, err = OpenDevice(DeviceConfig{Name: "bond0", HardwareAddr: bondAddr})
		return err
	})
	b.plane = New()
	err := b.plane.Open(plane.Host{Name: "bond0", Device: b.device,
		MemberFailed: func(p link.Port, err error) { b.failed = append(b.failed, p.Name()+": "+err.Error()) },
		Restored:     func(what string) { b.restored = append(b.restored, what) },
		MemberReleased: func(p link.Port, c plane.MemberCounters) {
			b.released, b.last = append(b.released, p), append(b.last, c)
		},
		DeviceFailed: func(err error) { t.Errorf("device failed: %v", err) },
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bed) close(t *testing.T) {
	t.Helper()
	if err := b.device.Close(); err != nil {
		t.Error(err)
	}
	if err := b.plane.Close(); err != nil {
		t.Error(err)
	}
}

// carrier sets the carrier and waits until the device has it.
func (b *bed) carrier(t *testing.T, up bool) {
	t.Helper()
	if err := b.device.SetCarrier(up); err != nil {
		t.Fatal(err)
	}
	netlab.Await(t, fmt.Sprintf("carrier %v", up), func() bool {
		return b.host.Interface(t, "bond0").Flags&net.FlagRunning != 0 == up
	})
	if up {
		b.host.AwaitUp(t, "bond0")
	}
}

// apply applies the plan with the next generation.
func (b *bed) apply(t *testing.T) {
	t.Helper()
	b.plan.Generation++
	p := b.plan
	if err := b.plane.Apply(&p); err != nil {
		t.Fatal(err)
	}
}

// use makes the members with these ids the only ones that collect and distribute.
func (b *bed) use(t *testing.T, ids ...int) {
	t.Helper()
	b.useEach(t, ids, ids)
}

// useEach sets which members collect and which distribute.
func (b *bed) useEach(t *testing.T, collect, distribute []int) {
	t.Helper()
	b.plan.Members = slices.Clone(b.plan.Members)
	for id := range b.plan.Members {
		m := &b.plan.Members[id]
		m.Collecting, m.Distributing = slices.Contains(collect, id), slices.Contains(distribute, id)
	}
	b.apply(t)
}

func (b *bed) listenToDevice(t *testing.T) {
	t.Helper()
	b.own = b.host.Wire(t, "bond0")
	catch.Listen(t, b.host, b.host.Index(t, "bond0"), 0, b.atHost)
}

// numbered returns a UDP frame of a flow to the bond, or from it, that carries a number.
func numbered(flow, number int) []byte {
	port := uint16(flow * 40503)                                      // no relation to the address
	f := []byte{2, 0, 0, 0, 0, 1, 2, 0x77, 0, 0, 0, byte(flow), 8, 0, // Ethernet
		0x45, 0, 0, 46, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, byte(flow >> 8), byte(flow), 10, 0, 0, 2, // IPv4
		byte(port >> 8), byte(port), 0, 80, 0, 26, 0, 0}
	f = append(f, make([]byte, 60-len(f))...)
	binary.BigEndian.PutUint32(f[42:], uint32(number))
	return f
}

func numberOf(f []byte) int { return int(binary.BigEndian.Uint32(f[42:])) }

// window is how many frames of a stream are on the way at a time.
const window = 64

// stream sends n numbered frames of many flows and returns how many are lost. It fails the test
// if one arrives twice. It calls change once every 500 frames.
func (b *bed) stream(t *testing.T, n int, change func()) (lost int) {
	t.Helper()
	seen := make([]bool, n)
	arrived, skipped, before := 0, 0, 0 // of the frames before that number, the missing are skipped
	for sent := 0; ; {
		if sent < n && sent-arrived-skipped < window {
			if sent%500 == 250 {
				change()
			}
			b.own.Send(t, numbered(sent%64, sent))
			sent++
			continue
		}
		if arrived+skipped == n {
			return skipped
		}
		select {
		case a := <-b.atFar:
			number := numberOf(a.Frame)
			if seen[number] {
				t.Fatalf("frame %d arrived twice", number)
			}
			seen[number] = true
			arrived++
			if number < before {
				skipped-- // it was only late
			}
		case <-time.After(lossAfter):
			skipped, before = sent-arrived, sent
		}
	}
}

// lossAfter is how long a stream waits for frames on the way.
const lossAfter = 5 * time.Second

// counters returns the plane with its counters of now.
func (b *bed) counters() *Plane {
	b.plane.ReadCounters()
	return b.plane
}
