package ebpf

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
)

// TestDeletedMemberIsReplaced deletes a member's interface and makes it again. The port of the
// new one takes the place of the old one's.
func TestDeletedMemberIsReplaced(t *testing.T) { overHooks(t, testDeletedMemberIsReplaced) }

func testDeletedMemberIsReplaced(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, bpfFS(t))
	b.host.Delete(t, "m1")
	b.use(t, 0) // control takes the member out of use first
	b.stream(t, 100, func() {})
	old := b.plan.Members[1].Port
	b.plan.Members = slices.Clone(b.plan.Members)
	b.plan.Members[1].Port = b.cable(t, "m1", "f1")
	b.use(t, 0, 1)
	if !slices.Equal(b.released, []link.Port{old}) {
		t.Errorf("released %v, want %v", b.released, old)
	}
	w := b.far.Wire(t, "f1")
	catch.Listen(t, b.far, b.far.Index(t, "f1"), 1, b.atFar)
	w.Send(t, numbered(0, 7))
	once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(0, 7)})
	b.use(t, 1)
	b.stream(t, 100, func() {})
}

// TestDetachedProgramIsPutBack: another program detaches ours, and the next plan repairs that.
func TestDetachedProgramIsPutBack(t *testing.T) { overHooks(t, testDetachedProgramIsPutBack) }

func testDetachedProgramIsPutBack(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, bpfFS(t))
	m := b.plane.members[b.plan.Members[0].Port]
	detach(t, m.rx)
	detach(t, b.plane.tx)
	b.apply(t)
	b.stream(t, 10, func() {})
	b.wires[0].Send(t, numbered(0, 7))
	once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(0, 7)})
}

// TestCountersBeginAtZero: a member that takes the slot of another, or the interface of another
// port, counts only its own frames. The last counters of the one that left are reported.
func TestCountersBeginAtZero(t *testing.T) { overHooks(t, testCountersBeginAtZero) }

func testCountersBeginAtZero(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, "")
	one := func(want plane.MemberCounters) {
		t.Helper()
		b.wires[1].Send(t, numbered(0, 0))
		catch.Next(t, "device", b.atHost)
		if got := b.plane.MemberCounters(b.plan.Members[1].Port); got != want {
			t.Errorf("counters %+v, want %+v", got, want)
		}
	}
	first := plane.MemberCounters{RxFrames: 1, RxOctets: 60}
	one(first)
	b.plan.Members = slices.Clone(b.plan.Members)
	p := b.plan.Members[1].Port.(port)
	b.plan.Members[1].Port = &p // the same interface
	b.apply(t)
	one(first)
	b.plan.Members = slices.Clone(b.plan.Members)
	b.plan.Members[1].Port = nil
	b.apply(t)
	b.plan.Members = slices.Clone(b.plan.Members)
	b.plan.Members[1].Port = p
	b.apply(t)
	one(first)
	if want := []plane.MemberCounters{first, first}; !slices.Equal(b.last, want) {
		t.Errorf("last counters %+v, want %+v", b.last, want)
	}
}

// TestMovedPortKeepsItsInterface: a plan has another port with the same interface in another
// place.
func TestMovedPortKeepsItsInterface(t *testing.T) { overHooks(t, testMovedPortKeepsItsInterface) }

func testMovedPortKeepsItsInterface(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, bpfFS(t))
	old := b.plan.Members[0].Port.(port)
	b.plan.Members = []plane.Member{{}, {Port: &old}}
	b.use(t, 1)
	b.stream(t, 10, func() {})
	b.wires[0].Send(t, numbered(0, 7))
	once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(0, 7)})
	if !isAt(b.plane.members[&old].rx, uint32(old.index)) {
		t.Error("the member has no hook")
	}
	b.wantPins(t)
}

// TestRemadeDeviceCarriesFrames: the next plan attaches the program to the new peer.
func TestRemadeDeviceCarriesFrames(t *testing.T) { overHooks(t, testRemadeDeviceCarriesFrames) }

func testRemadeDeviceCarriesFrames(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, bpfFS(t))
	b.host.Delete(t, "bond0")
	if err := b.device.Remake(); err != nil {
		t.Fatal(err)
	}
	b.apply(t)
	b.carrier(t, true)
	b.own = b.host.Wire(t, "bond0")
	catch.Listen(t, b.host, b.host.Index(t, "bond0"), 0, b.atHost)
	b.stream(t, 100, func() {})
	b.wires[1].Send(t, numbered(0, 7))
	once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(0, 7)})
}

func TestCloseRemovesEverything(t *testing.T) { overHooks(t, testCloseRemovesEverything) }

func testCloseRemovesEverything(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, bpfFS(t))
	hook := b.plane.tx
	b.wantPins(t)
	if err := b.plane.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(string(b.plane.pins)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory of pins: error %v, want %v", err, os.ErrNotExist)
	}
	if len(b.released) != 2 {
		t.Errorf("released %v, want both members", b.released)
	}
	if hook.at() != 0 {
		t.Error("the transmit program is still attached")
	}
	b.own.Send(t, numbered(1, 1))
	b.wires[0].Send(t, numbered(1, 1))
	catch.None(t, "far end", b.atFar)
	catch.None(t, "device", b.atHost)
	if err := b.device.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"bond0", "bond0p"} {
		if b.host.Exists(t, name) {
			t.Errorf("%s still exists", name)
		}
	}
}

// TestForeignPinsStay: Close removes only what the plane has pinned.
func TestForeignPinsStay(t *testing.T) { overHooks(t, testForeignPinsStay) }

func testForeignPinsStay(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, bpfFS(t))
	foreign := filepath.Join(string(b.plane.pins), "foreign")
	if err := loaded(t, "test_foreign", ret(0)).Pin(foreign); err != nil {
		t.Fatal(err)
	}
	if err := b.plane.Close(); err == nil {
		t.Error("Close reports nothing about the other program's pin")
	}
	left, err := os.ReadDir(string(b.plane.pins))
	if err != nil || len(left) != 1 || left[0].Name() != "foreign" {
		t.Errorf("left are %v, %v; want the other program's pin", left, err)
	}
}

// TestPlaneStopsByItself checks that no frame passes after the time that Extend set, in either
// direction.
func TestPlaneStopsByItself(t *testing.T) { overHooks(t, testPlaneStopsByItself) }

func testPlaneStopsByItself(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, "")
	b.plane.Extend(time.Hour)
	b.stream(t, 10, func() {})
	b.plane.Extend(20 * time.Millisecond)
	end := time.Duration(clock(unix.CLOCK_BOOTTIME)) + 20*time.Millisecond
	netlab.Await(t, "the end", func() bool { return time.Duration(clock(unix.CLOCK_BOOTTIME)) > end })
	before := b.plane.Counters().TxNoMember
	b.own.Send(t, numbered(1, 1))
	b.wires[0].Send(t, numbered(1, 1))
	catch.None(t, "far end", b.atFar)
	catch.None(t, "device", b.atHost)
	if got := b.plane.Counters().TxNoMember; got <= before {
		t.Errorf("TxNoMember = %d, want more than %d", got, before)
	}
	b.plane.Extend(0)
	b.stream(t, 10, func() {})
}

// TestPlaneObeysPermission checks that no frame passes after the time that Permit set, whatever
// Extend allows.
func TestPlaneObeysPermission(t *testing.T) { overHooks(t, testPlaneObeysPermission) }

func testPlaneObeysPermission(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, "")
	b.plane.Permit(plane.Clock() + time.Hour)
	b.plane.Extend(2 * time.Hour)
	b.stream(t, 10, func() {})
	for _, change := range []func(){
		func() { b.plane.Permit(plane.Clock()) },
		func() { b.plane.Permit(0) },
		func() { b.plane.Extend(time.Hour) },
		func() { b.plane.Extend(0) },
	} {
		change()
		b.own.Send(t, numbered(1, 1))
		b.wires[0].Send(t, numbered(1, 1))
		catch.None(t, "far end", b.atFar)
		catch.None(t, "device", b.atHost)
	}
	b.plane.Permit(plane.Forever)
	b.stream(t, 10, func() {})
}

// childEnv makes the test program be a process with a bond: its value is the kind of hooks,
// the directory of pins or "-", then the members' interface indexes.
const childEnv = "EBPF_CHILD"

// TestDeadProcess kills the process of a bond. Frames go on, and the next process takes the
// bond over without the loss of a frame.
func TestDeadProcess(t *testing.T) {
	if args := os.Getenv(childEnv); args != "" {
		beChild(t, strings.Fields(args))
		return
	}
	overHooks(t, testDeadProcess)
}

func testDeadProcess(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, bpfFS(t))
	b.replaceByDead(t)
	b.stream(t, 3000, func() {})
	for i, w := range b.wires {
		w.Send(t, numbered(i, i))
		once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(i, i)})
	}
	b.stream(t, 5000, func() {
		if b.plan.Generation < 2 {
			b.open(t)
			b.apply(t)
		}
	})
	var sent uint64
	for _, m := range b.plan.Members {
		sent += b.plane.MemberCounters(m.Port).TxFrames
	}
	if sent < 8000 {
		t.Errorf("members have sent %d frames, want those before the takeover too: at least 8000", sent)
	}
}

// replaceByDead replaces the bed's plane by that of a process that is dead.
func (b *bed) replaceByDead(t *testing.T) {
	t.Helper()
	if err := b.device.Keep(); err != nil {
		t.Fatal(err)
	}
	b.close(t)
	b.runChild(t)
}

// runChild runs a process with the bond in the bed's namespace until its plane has a plan, and
// kills it.
func (b *bed) runChild(t *testing.T) {
	t.Helper()
	args := []string{string(b.kind), cmp.Or(b.pins, "-")}
	for _, m := range b.plan.Members {
		args = append(args, strconv.Itoa(m.Port.(port).index))
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDeadProcess$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join(args, " "))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe() // the child ends with it
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := b.host.Start(cmd); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var all []string
	for ready := false; !ready && lines.Scan(); {
		all = append(all, lines.Text())
		ready = strings.HasSuffix(lines.Text(), childReady)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if len(all) == 0 || !strings.HasSuffix(all[len(all)-1], childReady) {
		t.Fatalf("the child failed:\n%s", strings.Join(all, "\n"))
	}
}

const childReady = "the plane has a plan"

// beChild opens a bond, reports that, and waits to be killed.
func beChild(t *testing.T, args []string) {
	p := testPlan(t, hash.Layer34, len(args)-2)
	for i, s := range args[2:] {
		index, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		p.Members[i].Port = port{index: index}
	}
	d, err := OpenDevice(DeviceConfig{Name: "bond0"})
	if err != nil {
		t.Fatal(err)
	}
	plane0 := New(Config{Pins: strings.TrimPrefix(args[1], "-"), onlyFilters: args[0] == string(inFilters)})
	if err := plane0.Open(plane.Host{Device: d, MemberReleased: func(link.Port, plane.MemberCounters) {}}); err != nil {
		t.Fatal(err)
	}
	if err := plane0.Apply(p); err != nil {
		t.Fatal(err)
	}
	if err := d.SetCarrier(true); err != nil {
		t.Fatal(err)
	}
	fmt.Println(childReady)
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent ends
}

// TestUpgrade starts with maps of another layout: the plane makes new ones, and no frame is
// lost meanwhile.
func TestUpgrade(t *testing.T) { overHooks(t, testUpgrade) }

func testUpgrade(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, bpfFS(t))
	*b.plane.maps.layout() = layoutVersion + 1
	if err := b.device.Keep(); err != nil {
		t.Fatal(err)
	}
	b.plane.Keep()
	b.close(t)
	b.stream(t, 3000, func() {
		if b.plan.Generation < 2 {
			b.open(t)
			b.apply(t)
		}
	})
	if got := *b.plane.maps.layout(); got != layoutVersion {
		t.Errorf("layout %d, want %d", got, layoutVersion)
	}
	m, err := b.plane.pins.loadMaps()
	if err != nil {
		t.Fatalf("pinned maps: %v", err)
	}
	if err := m.close(); err != nil {
		t.Error(err)
	}
}

// TestTakeoverDropsMembersThatLeft: the next process has fewer members, in other places.
func TestTakeoverDropsMembersThatLeft(t *testing.T) { overHooks(t, testTakeoverDropsMembersThatLeft) }

func testTakeoverDropsMembersThatLeft(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 3, bpfFS(t))
	if err := b.device.Keep(); err != nil {
		t.Fatal(err)
	}
	b.plane.Keep()
	b.close(t)
	b.open(t)
	b.plan.Members = []plane.Member{b.plan.Members[2], b.plan.Members[1]}
	b.apply(t)
	b.stream(t, 100, func() {})
	for i := range 3 {
		b.wires[i].Send(t, numbered(i, i))
		if i > 0 {
			once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(i, i)})
		}
	}
	catch.None(t, "device, from the member that left", b.atHost)
	b.wantPins(t)
}

// wantPins checks what is pinned: the maps and, of links, that of the device and of each member.
func (b *bed) wantPins(t *testing.T) {
	t.Helper()
	want := []string{"buckets", "members", "state"}
	if b.kind == atTCX {
		for _, m := range b.plan.Members {
			if m.Port != nil {
				want = append(want, fmt.Sprintf("rx-%d", m.Port.(link.Indexed).Index()))
			}
		}
		want = append(want, "tx")
	}
	entries, err := os.ReadDir(string(b.plane.pins))
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("pins are %v, %v; want %v", got, err, want)
	}
}
