package bond_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// If a partner claims to collect before it has received our LACPDUs, the bond sends it no data
// on a link whose carrier was gone for a moment. The bond sends it the LACPDU that it waits
// for at once.
func TestShortFlapSendsNothingToAPartnerThatDropsItBOX23(t *testing.T) {
	const ms = time.Millisecond
	for _, rate := range []lacp.State{lacp.StateTimeout, 0} {
		for _, late := range []lateness{{0, 0, false}, {1 * ms, 0, false}, {1 * ms, 0, true}, {1 * ms, 5 * ms, false}, {50 * ms, 50 * ms, false}} {
			for _, own := range []bond.Rate{bond.RateFast, bond.RateSlow} {
				name := fmt.Sprintf("peer asks for %v, %+v; %v", rate, late, own)
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						b, cables, peers := newOVSPair(t, bond.Config{Rate: own}, rate, 2)
						peers[1].setLateness(late)
						pass(10 * time.Second)
						uses(t, "at first", b, "m0", "m1")
						for flap := range 3 {
							cables[1].SetUp(false)
							pass(700 * ms)
							cables[1].SetUp(true)
							var back time.Duration
							for at := time.Duration(0); at < 1200*ms; at += ms {
								carries := b.Status().Members[1].Carries
								if carries && !peers[1].passesData() {
									t.Fatalf("flap %d, %v after the carrier is back: m1 carries data that the peer drops, want none", flap, at)
								}
								if carries && back == 0 {
									back = at
								}
								pass(ms)
							}
							if back == 0 || back > 300*ms {
								t.Errorf("flap %d: m1 carries data after %v, want at most 300 ms (0: never)", flap, back)
							}
							pass(3 * time.Second)
						}
					})
				})
			}
		}
	}
}
