package bond_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
)

// faultyLink is a link whose interface gets addresses from another program while the bond
// removes them. Its state is the same before and after a repair, so it does not report it
// again.
type faultyLink struct {
	*linktest.Link
	states  *link.Reports
	repairs atomic.Int32
	goneBy  int32 // the number of the repair that ends the fault
}

func (l *faultyLink) Watch(f func(link.State)) { l.states.Watch(f) }

func (l *faultyLink) report(f link.Faults) {
	st, _ := l.State()
	st.Faults = f
	l.states.Put(st)
}

func (l *faultyLink) Repair(f link.Faults) error {
	if f&link.FaultHostAddress != 0 && l.repairs.Add(1) == l.goneBy {
		l.report(0)
	}
	return nil
}

// The link does not report a fault again if it comes back during a repair. The repair
// continues until the link reports that the fault is gone.
func TestRepairGoesOnUntilTheFaultIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cable := linktest.NewCable("a", "b")
		l := &faultyLink{Link: cable.A, states: new(link.Reports), goneBy: 4}
		l.report(0)
		b, err := bond.New(bond.Config{Name: "bond0", Mode: bond.ModeLoadBalance}, l)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		defer cable.B.Close()
		synctest.Wait()
		l.report(link.FaultHostAddress)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := l.repairs.Load(); got != l.goneBy {
			t.Errorf("%d repairs, want %d", got, l.goneBy)
		}
		time.Sleep(time.Minute)
		if got := l.repairs.Load(); got != l.goneBy {
			t.Errorf("a minute after the fault is gone: %d repairs, want %d", got, l.goneBy)
		}
	})
}
