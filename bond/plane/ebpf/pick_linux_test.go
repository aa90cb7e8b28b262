package ebpf

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// port is a member's port whose interface does not exist.
type port struct {
	link.Port
	index int
}

func (p port) Name() string { return fmt.Sprintf("port%d", p.index) }
func (p port) Index() int   { return p.index }

// noInterface is the first of the interface indexes that no interface has.
const noInterface = 1 << 30

// testPlan returns a plan with n members that collect and distribute.
func testPlan(t testing.TB, policy hash.Policy, n int) *plane.Plan {
	t.Helper()
	h, err := hash.New(policy, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &plane.Plan{Generation: 1, Hash: h, Packets: 1, MTU: 1500, Members: make([]plane.Member, n)}
	for id := range p.Members {
		p.Members[id] = plane.Member{Port: port{index: noInterface + id}, Collecting: true, Distributing: true}
	}
	return p
}

// without returns the plan with one member that does not distribute.
func without(p *plane.Plan, id int) *plane.Plan {
	q := *p
	q.Members = slices.Clone(p.Members)
	q.Members[id].Distributing = false
	return &q
}

// testMaps makes maps with a plan, and skips the test without the right to.
func testMaps(t testing.TB, p *plane.Plan) *maps {
	t.Helper()
	m, err := newMaps()
	if errors.Is(err, os.ErrPermission) {
		t.Skipf("needs the right to make a map: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.close(); err != nil {
			t.Error(err)
		}
	})
	if p != nil {
		m.follow(t, p)
	}
	return m
}

// identity are slots equal to the ids.
var identity = func() (slots []int) {
	for id := range maxMembers {
		slots = append(slots, id)
	}
	return slots
}()

// follow makes a plan the one in use.
func (m *maps) follow(t testing.TB, p *plane.Plan) {
	t.Helper()
	img, err := compile(p, identity)
	if err != nil {
		t.Fatal(err)
	}
	m.swap(img)
}

// picker is a program that returns the id that pick picks for the frame's hash.
func (m *maps) picker(t testing.TB, h hash.Hasher) *ebpf.Program {
	t.Helper()
	number, rest, err := hashCode(h, true)
	if err != nil {
		t.Fatal(err)
	}
	member, more := pick(false, "no member")
	return loaded(t, "test_pick", join(
		m.start(), number, keep, findPlan, member,
		code{asm.Mov.Reg(asm.R0, asm.R4), asm.Return()},
		more,
		at("no member", ret(-1)),
		rest,
	))
}

func runProgram(t testing.TB, p *ebpf.Program, frame []byte) uint32 {
	t.Helper()
	got, err := p.Run(&ebpf.RunOptions{Data: frame})
	if err != nil {
		t.Fatalf("%x: %v", frame, err)
	}
	return got
}

// udp returns a frame of a flow.
func udp(flow int) []byte {
	port := uint16(flow * 40503)                          // no relation to the address
	f := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, // Ethernet
		0x45, 0, 0, 46, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, byte(flow >> 8), byte(flow), 10, 0, 0, 2, // IPv4
		byte(port >> 8), byte(port), 0, 80, 0, 26, 0, 0}
	return append(f, make([]byte, 60-len(f))...)
}

// TestMembersAreThoseOfTheTable checks that every flow is on the member that plan.Table picks,
// for any number of members.
func TestMembersAreThoseOfTheTable(t *testing.T) {
	m := testMaps(t, nil)
	plans := []*plane.Plan{testPlan(t, hash.Layer34, 3)}
	for n := 1; n <= 9; n++ {
		plans = append(plans, testPlan(t, hash.Layer34, n), without(testPlan(t, hash.Layer34, n+1), n/2))
	}
	plans = append(plans, testPlan(t, hash.Layer34, maxMembers))
	plans[0].Buckets = []uint16{0, 2, 2, 1, 2}
	program := m.picker(t, plans[0].Hash)
	for _, p := range plans {
		m.follow(t, p)
		table := p.Table()
		for flow := range 300 {
			want, _ := table.Pick(p.Hash.Sum32(udp(flow)))
			if got := runProgram(t, program, udp(flow)); got != uint32(want) {
				t.Fatalf("%d members, flow %d: member %d, want %d", len(p.Order()), flow, got, want)
			}
		}
	}
}

// TestResilientPlanMovesOnlyTheFlowsOfALostMember checks that they go to every other member.
func TestResilientPlanMovesOnlyTheFlowsOfALostMember(t *testing.T) {
	all := testPlan(t, hash.Layer34, 4)
	all.Resilient = true
	m := testMaps(t, all)
	program := m.picker(t, all.Hash)
	table := all.Table()
	moved := make(map[uint32]int)
	for flow := range 1000 {
		home, _ := table.Pick(all.Hash.Sum32(udp(flow)))
		m.follow(t, without(all, 2))
		got := runProgram(t, program, udp(flow))
		if home != 2 && got != uint32(home) {
			t.Fatalf("flow %d moved from member %d to %d, but member 2 was lost", flow, home, got)
		}
		if home == 2 {
			moved[got]++
		}
		m.follow(t, all)
		if got := runProgram(t, program, udp(flow)); got != uint32(home) {
			t.Fatalf("flow %d is on member %d when all are back, want %d", flow, got, home)
		}
	}
	for _, id := range []uint32{0, 1, 3} {
		if n := moved[id]; n < 40 || n > 140 {
			t.Errorf("member %d took %d of the lost member's flows, want about a third: %v", id, n, moved)
		}
	}
}

// TestPickFollowsOnePlan swaps two plans all the time, which have no member in common and tables
// of different lengths. A frame that saw half of a change would be on a third member.
func TestPickFollowsOnePlan(t *testing.T) {
	a, b := testPlan(t, hash.Layer34, 8), testPlan(t, hash.Layer34, 8)
	for id := range 8 {
		a, b = without(a, id), without(b, id)
		(&[2]*plane.Plan{a, b}[min(id/3, 1)].Members[id]).Distributing = true // 0 to 2, or 3 to 7
	}
	m := testMaps(t, a)
	program := m.transmitter(t, a)
	var images [2]*image
	for i, p := range []*plane.Plan{a, b} {
		img, err := compile(p, identity)
		if err != nil {
			t.Fatal(err)
		}
		images[i] = img
	}
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				stopped <- i
				return
			default:
				m.swap(images[i%3&1]) // each half gets both
			}
		}
	}()
	const flows, frames = 20, 20_000
	var counts [8]uint64
	for flow := range flows {
		before := m.sent(t, 8)
		if _, err := program.Run(&ebpf.RunOptions{Data: udp(flow), Repeat: frames}); err != nil {
			t.Fatal(err)
		}
		sum := a.Hash.Sum32(udp(flow))
		byA, _ := a.Table().Pick(sum)
		byB, _ := b.Table().Pick(sum)
		for id, n := range m.sent(t, 8) {
			counts[id] += n - before[id]
			if id != byA && id != byB && n != before[id] {
				t.Errorf("flow %d: %d frames on member %d, want all on %d or %d", flow, n-before[id], id, byA, byB)
			}
		}
	}
	close(stop)
	t.Logf("%d swaps; frames by member %v", <-stopped, counts)
}

// TestPickStartsAgain changes the control word while pick runs, as a swap does: it looks at the
// table of the new plan. After three changes it gives up.
func TestPickStartsAgain(t *testing.T) {
	p := testPlan(t, hash.Layer34, 3)
	for _, c := range []struct {
		changes int
		verdict uint32
	}{{0, verdictRedirect}, {1, verdictRedirect}, {2, verdictRedirect}, {3, verdictDrop}} {
		m := testMaps(t, p)
		transmit, err := m.transmitCode(p, DefaultPause)
		if err != nil {
			t.Fatal(err)
		}
		word := *m.control()
		last := word + uint32(2*c.changes) // the lowest bit stays: the plan is the same
		var changing code
		for i, instruction := range transmit {
			changing = append(changing, instruction)
			if instruction.OpCode.ALUOp() != asm.Mod {
				continue
			}
			same := step("no change", i)
			changing = append(changing, join(
				code{ // the length of the table, R2, is not needed any more
					m.address(asm.R5, entryControl),
					asm.LoadMem(asm.R2, asm.R5, 0, asm.Word),
					asm.JGE.Imm(asm.R2, int32(last), same),
					asm.Add.Imm(asm.R2, 2),
					asm.StoreMem(asm.R5, 0, asm.R2, asm.Word),
				},
				at(same, code{asm.Mov.Imm(asm.R2, 0)}),
			)...)
		}
		program := loaded(t, "test_change", changing)
		if got := runProgram(t, program, udp(0)); got != c.verdict || *m.control() != last {
			t.Errorf("%d changes: verdict %d after %d, want %d", c.changes, got, (*m.control()-word)/2, c.verdict)
		}
		if sent := m.sent(t, 3); c.verdict == verdictRedirect && sent[0]+sent[1]+sent[2] != 1 {
			t.Errorf("%d changes: the members have sent %v, want one frame", c.changes, sent)
		}
	}
}

func TestPlansThatDoNotFitAreRefused(t *testing.T) {
	large := testPlan(t, hash.Layer34, 2)
	large.Buckets = make([]uint16, maxBuckets+1)
	foreign := testPlan(t, hash.Layer34, 2)
	foreign.Members[1].Port = struct{ link.Port }{port{index: 7}} // no index
	slb := testPlan(t, hash.Layer34, 2)
	slb.SLB = true
	for field, p := range map[string]*plane.Plan{
		"Buckets": large, "Port": foreign, "SLB": slb,
	} {
		_, err := compile(p, identity)
		var refused *lacp.FieldError
		if !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("error %v, want a FieldError about %s", err, field)
		}
	}
}

// TestMapsAreSmall checks how much memory the maps of a bond take with two CPUs.
func TestMapsAreSmall(t *testing.T) {
	m := testMaps(t, nil)
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, part := range m.parts() {
		text, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", (*part.place).FD()))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "memlock:")
		var octets int
		if _, err := fmt.Sscan(rest, &octets); err != nil {
			t.Fatalf("%s: %v in %q", part.spec.Name, err, text)
		}
		if part.spec.Type == ebpf.PerCPUArray { // as with two CPUs
			octets -= (cpus - 2) * int(part.spec.ValueSize*part.spec.MaxEntries)
		}
		t.Logf("%s: %d octets", part.spec.Name, octets)
		total += octets
	}
	if total > 64<<10 {
		t.Errorf("maps take %d octets with 2 CPUs, want at most 65536", total)
	}
}

// TestSwapIsFast compares a swap with what it would take to write the entries by system calls.
func TestSwapIsFast(t *testing.T) {
	p := testPlan(t, hash.Layer34, 8)
	m := testMaps(t, p)
	entries, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: entryOctets, MaxEntries: halfLen})
	if err != nil {
		t.Fatal(err)
	}
	defer entries.Close()
	const rounds = 51
	var swaps, compiles, calls []time.Duration
	for range rounds {
		start := time.Now()
		img, err := compile(p, identity)
		compiled := time.Now()
		m.swap(img)
		swapped := time.Now()
		if err != nil {
			t.Fatal(err)
		}
		for entry := range halfLen {
			if err := entries.Put(uint32(entry), uint64(0)); err != nil {
				t.Fatal(err)
			}
		}
		compiles, swaps, calls = append(compiles, compiled.Sub(start)), append(swaps, swapped.Sub(compiled)), append(calls, time.Since(swapped))
	}
	median := func(d []time.Duration) time.Duration { slices.Sort(d); return d[len(d)/2] }
	swap, call := median(swaps), median(calls)
	t.Logf("medians: compile %v, swap %v, entries by system calls %v", median(compiles), swap, call)
	if swap*10 > call {
		t.Errorf("a swap takes %v, want at most a tenth of the %v of %d system calls", swap, call, halfLen)
	}
}

func BenchmarkSwap(b *testing.B) {
	p := testPlan(b, hash.Layer34, 8)
	m := testMaps(b, p)
	img, err := compile(p, identity)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m.swap(img)
	}
}
