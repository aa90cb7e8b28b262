package bond_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/bondtest"
	"github.com/lagkit/lagkit/lacp"
)

// fan is a bond with one cable for each speed, in that order, to one other bond.
type fan struct {
	near, far *bond.Bond
	cables    []*bondtest.Cable
}

// newFan makes the cables and plugs them in one after another in the given order, gap apart.
func newFan(t *testing.T, near, far bond.Config, speeds []uint32, order []int, gap time.Duration) *fan {
	t.Helper()
	f := new(fan)
	var a, b []bond.Port
	for i, mbps := range speeds {
		c := bondtest.NewCable(fmt.Sprintf("m%d", i), fmt.Sprintf("f%d", i))
		c.SetUp(false)
		c.SetSpeed(mbps)
		f.cables, a, b = append(f.cables, c), append(a, c.A), append(b, c.B)
	}
	var err error
	if f.near, err = bond.New(near, a...); err != nil {
		t.Fatal(err)
	}
	if f.far, err = bond.New(far, b...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.near.Close(); err != nil {
			t.Error(err)
		}
		if err := f.far.Close(); err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	for _, i := range order {
		f.cables[i].SetUp(true)
		pass(gap)
	}
	return f
}

// In whatever order links of several speeds come up, the LAG with the highest bandwidth
// carries the data; among equal ones, the LAG with the most links. The others are out because
// of their speed, even though the partner's keys differ too.
func TestFastestLAGIsTakenAtStartBOX25(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name   string
		speeds []uint32
		want   []string
	}{
		{"10 G and 100 M", []uint32{10000, 100}, []string{"m0"}},
		{"100 M and 10 G", []uint32{100, 10000}, []string{"m1"}},
		{"10 G and two of 1 G", []uint32{1000, 1000, 10000}, []string{"m2"}},
		{"1 G and ten times 100 M", []uint32{1000, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
			[]string{"m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10"}},
		{"three speeds", []uint32{1000, 100, 10000}, []string{"m2"}},
	} {
		forward := make([]int, len(test.speeds))
		for i := range forward {
			forward[i] = i
		}
		backward := slices.Clone(forward)
		slices.Reverse(backward)
		for _, order := range [][]int{forward, backward} {
			for _, gap := range []time.Duration{0, 1 * ms, 150 * ms} {
				for _, near := range []bond.Config{{SystemPriority: 1}, {SystemPriority: 1, Rate: bond.RateFast, CoupledControl: true}, {SystemPriority: 0xffff}} {
					t.Run(fmt.Sprintf("%s, order %v, %v apart, priority %d, %v", test.name, order, gap, near.SystemPriority, near.Rate), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							f := newFan(t, near, bond.Config{}, test.speeds, order, gap)
							pass(10 * time.Second)
							uses(t, "10 s after the start", f.near, test.want...)
							for _, m := range f.near.Status().Members {
								if !m.Carries && m.Reason.Code != lacp.ReasonSpeedMismatch {
									t.Errorf("%s is out for %v, want %v", m.Name, m.Reason, lacp.ReasonSpeedMismatch)
								}
							}
						})
					})
				}
			}
		}
	}
}

// A better LAG that comes up after the choice waits until the LAG in use is gone. Then the
// best of the others takes over.
func TestChoiceIsStableBOX25(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFan(t, decides, bond.Config{}, []uint32{1000, 100, 10000, 100}, []int{1}, 10*time.Second)
		uses(t, "100 M alone", f.near, "m1")
		since := f.near.Status().Members[1].Reason.Since
		f.cables[2].SetUp(true)
		pass(10 * time.Second)
		f.cables[0].SetUp(true)
		f.cables[3].SetUp(true)
		pass(10 * time.Second)
		uses(t, "all are up", f.near, "m1", "m3")
		if got := f.near.Status().Members[1].Reason; !got.Since.Equal(since) {
			t.Errorf("the first member: %v since %v, want since %v", got, got.Since, since)
		}
		f.cables[1].SetUp(false)
		f.cables[3].SetUp(false)
		pass(250 * time.Millisecond)
		uses(t, "250 ms after 100 M has failed", f.near, "m2")
		pass(2 * time.Second) // until the transmit limit allows LACPDUs again
		f.cables[2].SetUp(false)
		pass(250 * time.Millisecond)
		uses(t, "250 ms after 10 G has failed", f.near, "m0")
	})
}

// A better LAG that never becomes ready delays the ready one no longer than ports wait for
// each other.
func TestChoiceWaitsNoLongerThanPortsBOX25(t *testing.T) {
	for _, wait := range []time.Duration{0, time.Second, -1} {
		synctest.Test(t, func(t *testing.T) {
			b, cables, peers := newOVSPair(t, bond.Config{AggregateWait: wait}, lacp.StateTimeout, 2)
			start := time.Now()
			cables[1].SetSpeed(100)
			peers[0].refuse()
			limit := map[time.Duration]time.Duration{0: 4 * time.Second, time.Second: 2 * time.Second, -1: 0}[wait] + 100*time.Millisecond
			for !b.Status().Up && time.Since(start) < time.Minute {
				pass(time.Millisecond)
			}
			if took := time.Since(start); took > limit {
				t.Errorf("wait-while %v: up after %v, want at most %v", wait, took, limit)
			}
			uses(t, "when it is up", b, "m1")
			pass(10 * time.Second)
			uses(t, "10 s later", b, "m1")
		})
	}
}
