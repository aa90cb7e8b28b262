package bond_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

func (f *far) carries(i int) bool { return f.Status().Members[i].Carries }

func (f *far) hold(i int) bond.Hold { return f.Status().Members[i].Hold }

func TestUpDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeLoadBalance, UpDelay: 10 * time.Second})
		// One member is used at once, because nothing else is up. Which one is a matter of
		// chance.
		first, second := 0, 1
		if f.carries(1) {
			first, second = 1, 0
		}
		if !f.carries(first) || f.carries(second) || f.hold(second) != bond.HoldUpDelay {
			t.Fatalf("members %+v, want one in use and one with hold UpDelay", f.Status().Members)
		}
		up := time.Now()
		time.Sleep(2500 * time.Millisecond)
		want := lacp.Reason{Code: lacp.ReasonBringUpDelay, Since: up, Have: "2.5s", Want: "10s"}
		if got := f.Status().Members[second].Reason; got != want {
			t.Errorf("reason %+v, want %+v", got, want)
		}
		time.Sleep(7499 * time.Millisecond)
		synctest.Wait()
		if f.carries(second) {
			t.Error("in use before its up delay is over, want not in use")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !f.carries(second) || f.hold(second) != bond.HoldNone {
			t.Error("not in use after its up delay, want in use")
		}
		// A bounce starts the delay again.
		f.cables[0].SetUp(false)
		synctest.Wait()
		f.cables[0].SetUp(true)
		time.Sleep(5 * time.Second)
		f.cables[0].SetUp(false)
		synctest.Wait()
		f.cables[0].SetUp(true)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if f.carries(0) {
			t.Error("in use though its link was down 6 s ago, want not in use")
		}
		// The last other member is lost, so waiting would help no one.
		f.cables[1].SetUp(false)
		synctest.Wait()
		if !f.carries(0) || !f.Status().Up {
			t.Error("not in use though nothing else is up, want in use")
		}
	})
}

func TestDownDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeFailover, Primary: "m0", DownDelay: 300 * time.Millisecond})
		f.cables[0].SetUp(false)
		time.Sleep(299 * time.Millisecond)
		synctest.Wait()
		if f.Status().Active != "m0" || f.hold(0) != bond.HoldDownDelay {
			t.Errorf("active is %q, hold %v: want m0, DownDelay", f.Status().Active, f.hold(0))
		}
		f.cables[0].SetUp(true)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if f.Status().Active != "m0" || f.hold(0) != bond.HoldNone {
			t.Error("a loss shorter than the down delay changed the active member, want it ignored")
		}
		f.cables[0].SetUp(false)
		time.Sleep(300 * time.Millisecond)
		synctest.Wait()
		if f.Status().Active != "m1" || f.reason(0) != lacp.ReasonLinkDown {
			t.Errorf("active is %q, want m1", f.Status().Active)
		}
	})
}
