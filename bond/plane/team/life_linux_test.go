package team

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
	"github.com/lagkit/lagkit/lacp"
)

// TestAdoptionChangesNothing: after Keep the next process finds the driver as its plan wants it.
func TestAdoptionChangesNothing(t *testing.T) {
	b := newBed(t, 2)
	if err := b.device.Keep(); err != nil {
		t.Fatal(err)
	}
	b.plane.Keep()
	b.close(t)
	lost := b.stream(t, 1500, func() {
		if b.plan.Generation > 1 {
			return
		}
		b.open(t)
		have, err := b.plane.read()
		if err != nil {
			t.Fatal(err)
		}
		want, err := compile(&b.plan, have.twoWay)
		if err != nil {
			t.Fatal(err)
		}
		if list := changes(have, want); len(list) > 0 || len(have.ports) != 2 {
			t.Errorf("the next process would change %d options of %d ports, want none of 2", len(list), len(have.ports))
		}
		b.apply(t)
	})
	if lost > 0 || b.plan.Generation < 2 {
		t.Errorf("%d frames lost by generation %d, want none by 2", lost, b.plan.Generation)
	}
}

// TestTakeoverDropsMembersThatLeft: the next process has fewer members, in other places.
func TestTakeoverDropsMembersThatLeft(t *testing.T) {
	b := newBed(t, 3)
	if err := b.device.Keep(); err != nil {
		t.Fatal(err)
	}
	b.plane.Keep()
	b.close(t)
	b.open(t)
	b.plan.Members = []plane.Member{b.plan.Members[2], b.plan.Members[1]}
	b.apply(t)
	if lost := b.stream(t, 100, func() {}); lost > 0 {
		t.Errorf("%d frames lost, want none", lost)
	}
	if out := b.host.Run(t, "ip", "-o", "link", "show", "master", "bond0"); strings.Contains(out, "m0") || strings.Count(out, "\n") != 2 {
		t.Errorf("ports of the team, want m1 and m2:\n%s", out)
	}
}

// TestCloseReleasesMembers, with and without the device.
func TestCloseReleasesMembers(t *testing.T) {
	for _, keepDevice := range []bool{false, true} {
		b := newBed(t, 2)
		if keepDevice {
			if err := b.device.Keep(); err != nil {
				t.Fatal(err)
			}
		}
		b.close(t)
		if b.host.Exists(t, "bond0") != keepDevice {
			t.Errorf("bond0 exists: %v, want %v", !keepDevice, keepDevice)
		}
		out := b.host.Run(t, "ip", "-o", "link", "show", "dev", "m1")
		if strings.Contains(out, "master") || !strings.Contains(out, ",UP") {
			t.Errorf("member 1, want it up and in no team:\n%s", out)
		}
		if len(b.released) != 2 {
			t.Errorf("released %v, want both members", b.released)
		}
	}
}

// TestNextPlanRepairs what other programs have done to the driver.
func TestNextPlanRepairs(t *testing.T) {
	b := newBed(t, 3)
	b.host.Run(t, "ip", "link", "set", "m1", "nomaster")
	row := numberOption(optionTable, uint32(b.host.Index(t, "m0")))
	row.array, row.index = true, 2
	if err := b.plane.driver.set(b.plane.team(), []option{row, boolOption(optionEnabled, uint32(b.host.Index(t, "m2")), false)}); err != nil {
		t.Fatal(err)
	}
	b.apply(t)
	b.host.AwaitUp(t, "m1")
	b.wantFlows(t)
}

// TestDeletedDevice: without the device plans are accepted, but not those that can't be carried
// out. After Remake the next plan is carried out, and in the end the members are up again.
func TestDeletedDevice(t *testing.T) {
	b := newBed(t, 2)
	b.host.Delete(t, "bond0")
	b.use(t, 1)
	var refused *lacp.FieldError
	if err := b.plane.Apply(&plane.Plan{Generation: 99, SLB: true}); !errors.As(err, &refused) {
		t.Errorf("a plan with SLB: error %v, want a FieldError", err)
	}
	if err := b.device.Remake(); err != nil {
		t.Fatal(err)
	}
	b.use(t, 0, 1)
	b.carrier(t, true)
	b.host.AwaitUp(t, "m0")
	b.host.AwaitUp(t, "m1")
	b.listenToDevice(t)
	if lost := b.stream(t, 200, func() {}); lost > 0 {
		t.Errorf("%d frames lost over the new device, want none", lost)
	}
	b.close(t)
	for _, name := range []string{"m0", "m1"} {
		if ifi := b.host.Interface(t, name); ifi.Flags&net.FlagUp == 0 {
			t.Errorf("%s is %+v, want it up", name, ifi)
		}
	}
}

// childEnv makes the test program be a process with a bond: its value has the members.
const childEnv = "TEAM_CHILD"

// TestDeadProcess kills the process of a bond. Frames go on, and the next process takes the
// bond over without the loss of a frame.
func TestDeadProcess(t *testing.T) {
	if args := os.Getenv(childEnv); args != "" {
		beChild(t, strings.Fields(args))
		return
	}
	b := newBed(t, 2)
	if err := b.device.Keep(); err != nil {
		t.Fatal(err)
	}
	b.close(t) // the members left: the child makes its own plane
	b.runChild(t)
	b.host.AwaitUp(t, "m0")
	b.host.AwaitUp(t, "m1")
	if lost := b.stream(t, 1000, func() {}); lost > 0 {
		t.Errorf("%d frames lost without a process, want none", lost)
	}
	for i, w := range b.wires {
		w.Send(t, numbered(i, i))
		if got := catch.Next(t, "device", b.atHost); numberOf(got.Frame) != i {
			t.Errorf("device got frame %d, want %d", numberOf(got.Frame), i)
		}
	}
	lost := b.stream(t, 2000, func() {
		if b.plan.Generation < 2 {
			b.open(t)
			b.apply(t)
		}
	})
	if lost > 0 || b.plan.Generation < 2 {
		t.Errorf("%d frames lost in the takeover, want none", lost)
	}
}

// runChild runs a process with the bond in the bed's namespace until its plane has a plan, and
// kills it.
func (b *bed) runChild(t *testing.T) {
	t.Helper()
	var args []string
	for _, m := range b.plan.Members {
		args = append(args, strconv.Itoa(m.Port.(port).index))
	}
	startChild(t, b.host, "TestDeadProcess", args...)()
}

// startChild runs a test in a process of its own in a namespace, with the arguments in childEnv,
// until it is ready. It returns what kills the process.
func startChild(t *testing.T, ns *netlab.NS, test string, args ...string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join(args, " "))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe() // the child ends with it
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(cmd); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill() // it has not ended before
		_ = cmd.Wait()         // it was killed
		_ = in.Close()
	})
	t.Cleanup(kill)
	lines := bufio.NewScanner(out)
	var all []string
	for lines.Scan() {
		if all = append(all, lines.Text()); strings.HasSuffix(lines.Text(), childReady) {
			return kill
		}
	}
	t.Fatalf("the child failed:\n%s", strings.Join(all, "\n"))
	return nil
}

const childReady = "the plane has a plan"

// beChild opens a bond, reports that, and waits to be killed.
func beChild(t *testing.T, args []string) {
	p := testPlan(t, hash.Layer34, len(args))
	p.Generation = 1
	for i, s := range args {
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
	child := New()
	if err := child.Open(plane.Host{Device: d, MemberReleased: func(link.Port, plane.MemberCounters) {}}); err != nil {
		t.Fatal(err)
	}
	if err := child.Apply(&p); err != nil {
		t.Fatal(err)
	}
	if err := d.SetCarrier(true); err != nil {
		t.Fatal(err)
	}
	fmt.Println(childReady)
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent ends
}
