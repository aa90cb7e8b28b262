package lab

import (
	"fmt"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
)

// TestModesWithLinuxBonding sends numbered frames both ways between each mode without a
// protocol and the same mode of the bonding driver, while a member loses its carrier and gets
// it back.
func TestModesWithLinuxBonding(t *testing.T) {
	needLong(t)
	b := newModeBed(t)
	for _, m := range []struct {
		ours   bond.Mode
		theirs string
		test   func(*testing.T, *modeBed)
	}{
		{bond.ModeLoadBalance, "balance-xor", loadBalanceCase},
		{bond.ModeRoundRobin, "balance-rr", roundRobinCase},
		{bond.ModeBroadcast, "broadcast", broadcastCase},
		{bond.ModeFailover, "active-backup", failoverCase},
	} {
		t.Run(m.ours.String(), func(t *testing.T) {
			b.start(t, m.ours, m.theirs)
			m.test(t, b)
		})
	}
}

// each runs a case in both directions. It sends the stream while nothing happens, and then
// while a cable is pulled and plugged in again.
func (b *modeBed) each(t *testing.T, cable func() int, steady, broken func(t *testing.T, r transfer)) {
	t.Helper()
	for _, from := range []bool{false, true} {
		name := "to the guest"
		if from {
			name = "from the guest"
		}
		t.Run(name, func(t *testing.T) {
			run := func(events map[int]func()) transfer {
				if from {
					return b.in(t, events)
				}
				return b.out(t, func(i int) {
					if f := events[i]; f != nil {
						f()
					}
				})
			}
			r := run(nil)
			t.Logf("steady: %v", &r)
			steady(t, r)
			i := cable()
			const pull, plug = modeFrames / 4, modeFrames * 3 / 4
			r = run(map[int]func(){pull: func() { b.pull(t, i) }, plug: func() { b.plug(t, i, from) }})
			t.Logf("cable %d pulled and plugged in again: %v", i, &r)
			const under = 20 // frames may have been under way
			for _, n := range r.lost {
				if n < pull-under || n > plug {
					t.Errorf("frame %d was lost; the cable was out from %d to %d", n, pull, plug)
				}
			}
			broken(t, r)
		})
	}
}

func always(cable int) func() int { return func() int { return cable } }

// whole checks that no frame was lost, duplicated or reordered.
func whole(t *testing.T, r transfer) {
	t.Helper()
	if len(r.lost)+r.duplicates(1)+r.reordered != 0 {
		t.Errorf("%v; want nothing lost, duplicated or reordered", &r)
	}
}

func loadBalanceCase(t *testing.T, b *modeBed) {
	var places [2][modeFlows]int // by direction, cable of each flow, from 1
	way := 0
	flowsOf := func(wires [][]uint32) (of [modeFlows]int) {
		for i, w := range wires {
			for _, n := range w {
				flow := n % modeFlows
				if of[flow] != 0 && of[flow] != i+1 {
					t.Errorf("flow %d has passed on cables %d and %d", flow, of[flow]-1, i)
				}
				of[flow] = i + 1
			}
		}
		return of
	}
	const cable = 1
	b.each(t, always(cable), func(t *testing.T, r transfer) {
		whole(t, r)
		places[way] = flowsOf(r.wires)
		for i, w := range r.wires {
			if len(w) < modeFrames/10 {
				t.Errorf("cable %d carried %d frames of %d", i, len(w), modeFrames)
			}
		}
	}, func(t *testing.T, r transfer) {
		if r.reordered+r.duplicates(1) != 0 || len(r.lost) > modeLossLimit {
			t.Errorf("%v; want at most %d lost, none duplicated or reordered", &r, modeLossLimit)
		}
		for _, n := range r.lost {
			if places[way][n%modeFlows] != cable+1 {
				t.Errorf("frame %d was lost although its flow does not use cable %d", n, cable)
			}
		}
		way++
	})
	if places[0] != places[1] {
		t.Errorf("we choose the cables %v for the flows, the driver %v", places[0], places[1])
	}
}

func roundRobinCase(t *testing.T, b *modeBed) {
	b.each(t, always(1), func(t *testing.T, r transfer) {
		if len(r.lost)+r.duplicates(1) != 0 {
			t.Errorf("%v; want nothing lost or duplicated", &r)
		}
		for i, w := range r.wires {
			// Frames that a system sends by itself, of other protocols, take turns too.
			if len(w) < modeFrames/modeMembers-10 || len(w) > modeFrames/modeMembers+10 {
				t.Errorf("cable %d carried %d frames of %d", i, len(w), modeFrames)
			}
			for k := 1; k < len(w); k++ {
				if w[k] <= w[k-1] {
					t.Errorf("cable %d: frame %d after %d", i, w[k], w[k-1])
				}
			}
		}
	}, func(t *testing.T, r transfer) {
		if len(r.lost) > modeLossLimit || r.duplicates(1) != 0 {
			t.Errorf("%v; want at most %d lost and none duplicated", &r, modeLossLimit)
		}
	})
}

func broadcastCase(t *testing.T, b *modeBed) {
	b.each(t, always(1), func(t *testing.T, r transfer) {
		for n := range modeFrames {
			if r.copies[n] != modeMembers {
				t.Fatalf("frame %d came %d times, want one by each of %d cables", n, r.copies[n], modeMembers)
			}
		}
		if r.reordered != 0 {
			t.Errorf("%v", &r)
		}
	}, func(t *testing.T, r transfer) {
		if len(r.lost)+r.reordered+r.duplicates(modeMembers) != 0 {
			t.Errorf("%v; want nothing lost or reordered while two cables are whole", &r)
		}
		if n := len(r.wires[1]); n >= modeFrames || n == 0 {
			t.Errorf("the pulled cable carried %d frames", n)
		}
	})
}

func failoverCase(t *testing.T, b *modeBed) {
	// The first cable was plugged in first. An end that has lost it stays on another.
	active := 0
	b.agree(t, active)
	steady := func(t *testing.T, r transfer) {
		whole(t, r)
		for i, w := range r.wires {
			if (len(w) > 0) != (i == active) {
				t.Errorf("cable %d carried %d frames; %d is in use", i, len(w), active)
			}
		}
	}
	broken := func(t *testing.T, r transfer) {
		if len(r.lost) > modeLossLimit || r.duplicates(1)+r.reordered != 0 {
			t.Errorf("%v; want at most %d lost, none duplicated or reordered", &r, modeLossLimit)
		}
	}
	b.each(t, func() int { return active }, steady, func(t *testing.T, r transfer) {
		broken(t, r)
		if now := b.now(t); now == active {
			t.Errorf("member %d is in use again", now)
		} else {
			active = now
		}
		b.agree(t, active)
	})
}

// now returns the member that we use.
func (b *modeBed) now(t *testing.T) int {
	t.Helper()
	for i, m := range b.bond.Status().Members {
		if m.Carries {
			return i
		}
	}
	t.Fatal("no member is in use")
	return 0
}

// agree waits until both ends use the same member.
func (b *modeBed) agree(t *testing.T, member int) {
	t.Helper()
	await(t, fmt.Sprintf("both ends use member %d", member), time.Now(), 5*time.Second, func() bool {
		return b.now(t) == member && b.g.read(t, "/sys/class/net/"+guestLAG+"/bonding/active_slave") == fmt.Sprintf("eth%d\n", member)
	}, func() string { return fmt.Sprintf("%+v", b.bond.Status().Members) })
}
