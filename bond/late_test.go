package bond_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/lacp"
)

// tardy is a link that is up but reports it late.
type tardy struct {
	*linktest.Link
	changes *link.Reports
}

var upState = bond.LinkState{Link: lacp.Link{Up: true, Duplex: lacp.DuplexFull, SpeedMbps: 1000}}

func (l tardy) Watch(f func(link.State))      { l.changes.Watch(f) }
func (l tardy) State() (bond.LinkState, bool) { return upState, true }

// The first LACPDU of a partner is not lost on a link whose carrier has not been reported yet.
func TestPartnerSpeaksBeforeTheCarrierIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cable := linktest.NewCable("m0", "far0")
		l := tardy{cable.A, new(link.Reports)}
		l.changes.Put(bond.LinkState{})
		near, err := bond.New(bond.Config{Passive: true}, l)
		if err != nil {
			t.Fatal(err)
		}
		defer near.Close()
		synctest.Wait()
		if near.Status().Members[0].Link.Up {
			t.Fatal("the link is up before its report, want down")
		}
		start := time.Now()
		far, err := bond.New(bond.Config{}, cable.B)
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := near.WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 2100*time.Millisecond {
			t.Errorf("ready after %v, want the wait-while of 2 s: the first LACPDU was lost", took)
		}
		l.changes.Put(upState) // the late report
		synctest.Wait()
		if !near.Status().Members[0].Carries {
			t.Error("the late report of the carrier changed something, want no change")
		}
	})
}
