package bond_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/lacp"
)

// star is a bond in the middle with cables to several other bonds.
type star struct {
	middle *bond.Bond
	others []*bond.Bond
	cables [][]*linktest.Cable // by other bond
}

// newStar makes a star. cables is the number of cables to each other bond; the other bonds
// share one configuration. The cables to the first one are plugged in five seconds before the
// others.
func newStar(t *testing.T, middle, other bond.Config, cables ...int) *star {
	t.Helper()
	s := new(star)
	var all []bond.Port
	for i, n := range cables {
		var row []*linktest.Cable
		var far []bond.Port
		for k := range n {
			end := string(rune('a'+i)) + string(rune('0'+k))
			c := linktest.NewCable("m"+end, "o"+end)
			c.SetUp(i == 0)
			row, all, far = append(row, c), append(all, c.A), append(far, c.B)
		}
		b, err := bond.New(other, far...)
		if err != nil {
			t.Fatal(err)
		}
		s.others, s.cables = append(s.others, b), append(s.cables, row)
	}
	var err error
	if s.middle, err = bond.New(middle, all...); err != nil {
		t.Fatal(err)
	}
	pass(5 * time.Second)
	for _, row := range s.cables {
		for _, c := range row {
			c.SetUp(true)
		}
	}
	return s
}

func (s *star) close(t *testing.T) {
	t.Helper()
	for _, b := range append(s.others, s.middle) {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// uses fails the test unless exactly these members of the bond carry data.
func uses(t *testing.T, when string, b *bond.Bond, want ...string) {
	t.Helper()
	if got := carrying(b); !slices.Equal(got, want) {
		t.Errorf("%s: %v carry data, want %v", when, got, want)
	}
}

var decides = bond.Config{Rate: bond.RateFast, SystemPriority: 1}

// With cables to two partners, the bond makes the partner that is not in use wait. That
// partner takes over at once when the other one is gone, and stays until it is gone itself.
func TestOnePartnerOfTwoIsToldToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStar(t, decides, bond.Config{Rate: bond.RateFast}, 2, 2)
		defer s.close(t)
		pass(5 * time.Second)
		uses(t, "at first", s.middle, "ma0", "ma1")
		uses(t, "at first", s.others[0], "oa0", "oa1")
		uses(t, "at first", s.others[1])
		if got := s.middle.Status().Members[2].Reason.Code; got != lacp.ReasonDifferentPartner {
			t.Errorf("the other partner's link has reason %v, want DifferentPartner", got)
		}
		failover := func(from, to int, names ...string) {
			t.Helper()
			for _, c := range s.cables[from] {
				c.SetUp(false)
			}
			pass(100 * time.Millisecond)
			uses(t, "100 ms after the failure", s.middle, "m"+names[0], "m"+names[1])
			uses(t, "100 ms after the failure", s.others[to], "o"+names[0], "o"+names[1])
			for _, c := range s.cables[from] {
				c.SetUp(true)
			}
			pass(10 * time.Second)
			uses(t, "when the cables are back", s.middle, "m"+names[0], "m"+names[1])
			uses(t, "when the cables are back", s.others[to], "o"+names[0], "o"+names[1])
			uses(t, "when the cables are back", s.others[from])
		}
		failover(0, 1, "b0", "b1")
		failover(1, 0, "a0", "a1")
	})
}

// The bond changes to the other partner once it has given up a silent one.
func TestBenchedPartnerReplacesASilentOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStar(t, decides, bond.Config{Rate: bond.RateFast}, 1, 1)
		defer s.close(t)
		pass(5 * time.Second)
		uses(t, "at first", s.middle, "ma0")
		s.cables[0][0].B.Lose(linktest.All)
		pass(3500 * time.Millisecond)
		uses(t, "3.5 s after the partner fell silent", s.middle, "mb0")
		uses(t, "3.5 s after the partner fell silent", s.others[1], "ob0")
	})
}

// With a policy that compares, every LAG that could carry data must stay able to. The bond
// changes to the better LAG as soon as that is up.
func TestPolicyThatComparesBenchesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := decides
		count.LACP.Policy = lacp.PolicyCount
		s := newStar(t, count, bond.Config{Rate: bond.RateFast}, 1, 2)
		defer s.close(t)
		pass(5 * time.Second)
		uses(t, "at first", s.middle, "mb0", "mb1")
		s.cables[1][0].SetUp(false)
		s.cables[1][1].SetUp(false)
		pass(100 * time.Millisecond)
		uses(t, "after the failure", s.middle, "ma0")
		s.cables[1][0].SetUp(true)
		s.cables[1][1].SetUp(true)
		pass(5 * time.Second)
		uses(t, "when the cables are back", s.middle, "mb0", "mb1")
		if err := s.middle.Set(func(c *bond.Config) { c.LACP.Policy = lacp.PolicyStable }); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		uses(t, "stable from now on", s.middle, "mb0", "mb1")
		uses(t, "stable from now on", s.others[0])
		if err := s.middle.Set(func(c *bond.Config) { c.LACP.Policy = lacp.PolicyCount }); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		if got := s.others[0].Status(); !got.Up {
			t.Errorf("by count again, the other partner is down for %+v, want it up", got.Members[0].Reason)
		}
	})
}

// In a ring of bonds, each bond has a link to both neighbours. None waits for another for
// ever, and none changes its choice for ever.
func TestBondsInARingSettle(t *testing.T) {
	for n := 2; n <= 5; n++ {
		synctest.Test(t, func(t *testing.T) {
			links := make([][]bond.Port, n)
			for i := range n {
				c := linktest.NewCable("r"+string(rune('0'+i)), "l"+string(rune('0'+i)))
				c.SetSpeed(uint32(1000 * (1 + i%2))) // links of different speed form no common LAG
				links[i], links[(i+1)%n] = append(links[i], c.A), append(links[(i+1)%n], c.B)
			}
			var bonds []*bond.Bond
			for i := range n {
				b, err := bond.New(bond.Config{Rate: bond.RateFast, SystemPriority: uint16(1 + i*3%n)}, links[i]...)
				if err != nil {
					t.Fatal(err)
				}
				defer b.Close()
				bonds = append(bonds, b)
			}
			pass(20 * time.Second)
			var active []int
			for i, b := range bonds {
				st := b.Status()
				active = append(active, int(st.Aggregator.ID))
				if i > 0 && n == 2 && !st.Up {
					t.Errorf("ring of 2: bond %d is down, want up", i)
				}
			}
			var sent uint64
			for _, b := range bonds {
				for _, m := range b.Status().Members {
					sent += m.LACP.Counters.LACPDUsTx
				}
			}
			pass(60 * time.Second)
			for i, b := range bonds {
				st := b.Status()
				if int(st.Aggregator.ID) != active[i] {
					t.Errorf("ring of %d: bond %d changed from aggregator %d to %d, want no change", n, i, active[i], st.Aggregator.ID)
				}
				for _, m := range st.Members {
					sent -= m.LACP.Counters.LACPDUsTx
				}
			}
			if perPort := int(-sent) / (2 * n); perPort > 70 {
				t.Errorf("ring of %d: %d LACPDUs a port in 60 s, want at most 70", n, perPort)
			}
		})
	}
}

// The partner declares one of two links individual. The LAG continues with the other link, and
// the bond does not ask the partner to send on the individual one.
func TestIndividualLinkBesideALAG(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := linktest.NewCable("a0", "b0"), linktest.NewCable("a1", "b1")
		b, err := bond.New(bond.Config{Rate: bond.RateFast}, one.A, two.A)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		defer one.B.Close()
		defer two.B.Close()
		group, alone := newTester(t, one.B), newTester(t, two.B)
		const up = lacp.StateActivity | lacp.StateTimeout | lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing
		for range 5 {
			group.says(up|lacp.StateAggregation, 1)
			alone.says(up, 1)
		}
		uses(t, "the LAG", b, "a0")
		alone.mu.Lock()
		state := alone.heard.Actor.State
		alone.mu.Unlock()
		if state&(lacp.StateSynchronization|lacp.StateCollecting) != 0 {
			t.Errorf("state %v on the individual link, want neither Synchronization nor Collecting", state)
		}
		if got := b.Status().Members[1].Reason.Code; got != lacp.ReasonPartnerIndividual {
			t.Errorf("the individual link has reason %v, want PartnerIndividual", got)
		}
		// It is the last link left.
		one.SetUp(false)
		alone.says(up, 2)
		uses(t, "the individual link alone", b, "a1")
	})
}
