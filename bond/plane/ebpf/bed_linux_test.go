package ebpf

import (
	"encoding/binary"
	"fmt"
	stdmaps "maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
)

// bed is a bond in one network namespace whose members' cables end in another.
type bed struct {
	kind      hookKind
	host, far *netlab.NS
	device    *Device
	plane     *Plane
	plan      plane.Plan
	pins      string // Config.Pins
	released  []link.Port
	last      []plane.MemberCounters // of those released

	wires  []*netlab.Wire // far ends
	own    *netlab.Wire   // of the device
	atFar  chan catch.Arrival
	atHost chan catch.Arrival
}

// newBed makes a bond whose n members collect and distribute, and listens at all ends. The plane
// pins if pins is not empty.
func newBed(t *testing.T, kind hookKind, n int, pins string) *bed {
	t.Helper()
	b := newDeafBed(t, kind, n, pins)
	for i := range n {
		b.wires = append(b.wires, b.far.Wire(t, fmt.Sprintf("f%d", i)))
		catch.Listen(t, b.far, b.far.Index(t, fmt.Sprintf("f%d", i)), i, b.atFar)
	}
	b.own = b.host.Wire(t, "bond0")
	catch.Listen(t, b.host, b.host.Index(t, "bond0"), 0, b.atHost)
	return b
}

// newDeafBed is newBed without listeners.
func newDeafBed(t *testing.T, kind hookKind, n int, pins string) *bed {
	t.Helper()
	b := &bed{kind: kind, host: netlab.New(t), far: netlab.New(t), pins: pins, atFar: make(chan catch.Arrival, 4096), atHost: make(chan catch.Arrival, 4096)}
	b.plan = *testPlan(t, hash.Layer34, n)
	b.plan.Generation = 0
	for _, ns := range []*netlab.NS{b.host, b.far} {
		ns.SetIPv6(t, "default", false) // no frames but those of the test
	}
	for i := range n {
		b.plan.Members[i].Port = b.cable(t, fmt.Sprintf("m%d", i), fmt.Sprintf("f%d", i))
	}
	b.open(t)
	t.Cleanup(func() { b.close(t) })
	b.apply(t)
	b.carrier(t, true)
	return b
}

// cable makes a cable and returns the port of its near end.
func (b *bed) cable(t *testing.T, near, far string) port {
	t.Helper()
	netlab.Pair(t, b.host, near, b.far, far)
	b.host.Up(t, near)
	b.far.Up(t, far)
	b.host.AwaitUp(t, near)
	b.far.AwaitUp(t, far)
	return port{index: b.host.Index(t, near)}
}

// open opens the device and the plane.
func (b *bed) open(t *testing.T) {
	t.Helper()
	b.host.Must(t, func() (err error) {
		b.device, err = OpenDevice(DeviceConfig{Name: "bond0", HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 1}})
		return err
	})
	b.plane = New(Config{Pins: b.pins, onlyFilters: b.kind == inFilters})
	err := b.plane.Open(plane.Host{Name: "bond0", Device: b.device,
		MemberFailed: func(p link.Port, err error) { t.Errorf("member %s failed: %v", p.Name(), err) },
		MemberReleased: func(p link.Port, c plane.MemberCounters) {
			b.released, b.last = append(b.released, p), append(b.last, c)
		},
		DeviceFailed: func(err error) { t.Errorf("device failed: %v", err) },
	})
	if err != nil {
		skipWithoutRight(t, err)
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
		b.host.AwaitUp(t, "bond0p")
	}
}

// apply applies the plan with the next generation.
func (b *bed) apply(t *testing.T) {
	t.Helper()
	b.plan.Generation++
	p := b.plan
	if err := b.plane.Apply(&p); err != nil {
		skipWithoutRight(t, err)
		t.Fatal(err)
	}
}

// use makes the members with these ids the only ones that collect and distribute.
func (b *bed) use(t *testing.T, ids ...int) {
	t.Helper()
	b.plan.Members = slices.Clone(b.plan.Members)
	for id := range b.plan.Members {
		m := &b.plan.Members[id]
		m.Collecting = slices.Contains(ids, id)
		m.Distributing = m.Collecting
	}
	b.apply(t)
}

const testType = 0x88b5 // for experiments (802)

// numbered returns a UDP frame of a flow that carries a number.
func numbered(flow, number int) []byte {
	f := udp(flow)
	copy(f[6:], catch.Station[:])
	binary.BigEndian.PutUint32(f[42:], uint32(number))
	return f
}

func numberOf(f []byte) int { return int(binary.BigEndian.Uint32(f[42:])) }

// kinds are frames that a bond has to carry.
func kinds(mtu int) map[string][]byte {
	broadcast, group := [6]byte{255, 255, 255, 255, 255, 255}, [6]byte{0x33, 0x33, 0xff, 0, 0, 1}
	own, other := [6]byte{2, 0, 0, 0, 0, 1}, [6]byte{2, 0, 0, 0, 9, 9}
	from := func(n byte) [6]byte { s := catch.Station; s[5] = n; return s }
	tag, outer := traffic.Tag{TPID: 0x8100, TCI: 0x6064}, traffic.Tag{TPID: 0x88a8, TCI: 200}
	tag4 := traffic.Ether(own, from(3), []traffic.Tag{tag}, 0x0800, udp(3)[14:])
	return map[string][]byte{
		"IPv4":                  numbered(1, 1),
		"ARP":                   traffic.Ether(broadcast, from(1), nil, 0x0806, make([]byte, 46)),
		"neighbour discovery":   traffic.Ether(group, from(2), nil, 0x86dd, traffic.IPv6{Next: 58, Payload: append([]byte{135}, make([]byte, 23)...)}.Bytes()),
		"a tag":                 tag4,
		"two tags":              traffic.Ether(own, from(4), []traffic.Tag{outer, tag}, 0x0800, udp(4)[14:]),
		"two tags of one type":  traffic.Ether(own, from(5), []traffic.Tag{tag, tag}, 0x86dd, make([]byte, 60)),
		"a priority tag":        traffic.Ether(own, from(6), []traffic.Tag{{TPID: 0x8100, TCI: 0xe000}}, testType, make([]byte, 60)),
		"multicast":             traffic.Ether([6]byte{1, 0, 0x5e, 1, 2, 3}, from(7), nil, testType, make([]byte, 60)),
		"broadcast":             traffic.Ether(broadcast, from(8), nil, testType, make([]byte, 60)),
		"to another station":    traffic.Ether(other, from(9), nil, testType, make([]byte, 60)),
		"the longest":           traffic.Ether(own, from(10), nil, testType, make([]byte, mtu)),
		"the longest and a tag": traffic.Ether(own, from(11), []traffic.Tag{tag}, testType, make([]byte, mtu)),
	}
}

// once fails the test unless each frame arrives, one time, and nothing else.
func once(t *testing.T, at string, frames <-chan catch.Arrival, want map[string][]byte) {
	t.Helper()
	left := make(map[string]string)
	for name, f := range want {
		left[string(f)] = name
	}
	deadline := time.After(netlab.Patience)
	for len(left) > 0 {
		select {
		case a := <-frames:
			if _, ok := left[string(a.Frame)]; !ok {
				t.Errorf("%s: %x arrived, want each frame once", at, a.Frame)
			}
			delete(left, string(a.Frame))
		case <-deadline:
			t.Fatalf("%s: not arrived: %q", at, slices.Sorted(stdmaps.Values(left)))
		}
	}
	catch.None(t, at, frames)
}

// skipWithoutRight skips the test if an error is about missing rights.
func skipWithoutRight(t *testing.T, err error) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("needs root: %v", err)
	}
}

// bpfFS mounts a BPF file system for the test, and returns a directory for pins.
func bpfFS(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("bpf", dir, "bpf", 0, ""); err != nil {
		t.Skipf("needs the right to mount a BPF file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(dir, "lagkit")
}
