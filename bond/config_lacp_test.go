package bond_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/lacp"
)

func TestMaxLinksAndStandby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := bond.Config{Rate: bond.RateFast, LACP: bond.LACPConfig{MaxLinks: 1}}
		p := newPair(t, 2, limit, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		p.waitReady(t, 5*time.Second)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := carrying(p.a); !slices.Equal(got, []string{"a0"}) {
			t.Fatalf("%v carry data, want the first", got)
		}
		if got := p.a.Status().Members[1].Reason.Code; got != lacp.ReasonStandby {
			t.Errorf("the second: %v", got)
		}
		p.cables[0].SetUp(false)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := carrying(p.a); !slices.Equal(got, []string{"a1"}) {
			t.Errorf("100 ms after the first failed %v carry data", got)
		}
		if err := p.a.Set(func(c *bond.Config) { c.LACP.MaxLinks = 0 }); err != nil {
			t.Fatal(err)
		}
		p.cables[0].SetUp(true)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := carrying(p.a); len(got) != 2 {
			t.Errorf("without the limit %v carry data", got)
		}
	})
}

func TestFallbackWithoutAPartner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := linktest.NewCable("a", "b")
		a, err := bond.New(bond.Config{LACP: bond.LACPConfig{Fallback: lacp.FallbackOne, FallbackTimeout: 10 * time.Second}}, c.A)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		time.Sleep(12 * time.Second)
		synctest.Wait()
		if a.Status().Up {
			t.Error("up before the time is over")
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if st := a.Status(); !st.Up || !st.Members[0].LACP.Fallback {
			t.Errorf("%+v", st.Members[0].Reason)
		}
	})
}

func TestLACPConfigErrors(t *testing.T) {
	for field, c := range map[string]bond.LACPConfig{
		"LACP.MaxLinks":          {MaxLinks: -1},
		"LACP.Policy":            {Policy: 9},
		"LACP.Fallback":          {Fallback: 9},
		"LACP.TimeoutMultiplier": {TimeoutMultiplier: 21},
		"LACP.Dampening.Reuse":   {Dampening: lacp.Dampening{HalfLife: time.Second, Reuse: 3000}},
	} {
		cable := linktest.NewCable("a", "b")
		_, err := bond.New(bond.Config{LACP: c}, cable.A)
		var ce *bond.ConfigError
		if !errors.As(err, &ce) || ce.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestHistoryAndCandidates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, bond.Config{}, bond.Config{})
		defer p.close(t)
		p.waitReady(t, 5*time.Second)
		synctest.Wait()
		h, err := p.a.History("a0")
		if err != nil {
			t.Fatal(err)
		}
		if last := h[len(h)-1]; last.Machine != lacp.MachineMux && last.Machine != lacp.MachinePartnerChurn {
			t.Errorf("the last transition is %v", last)
		}
		if _, err := p.a.History("none"); err == nil {
			t.Error("a member that is not has a history")
		}
		st := p.a.Status()
		if c := st.Candidates; len(c) != 1 || c[0].Aggregator != st.Aggregator.ID || c[0].Distributing != 2 || c[0].Mbps != 20000 {
			t.Errorf("candidates %+v, the bond is %+v", c, st.Aggregator)
		}
	})
}

func TestSuspendAndRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, bond.Config{Rate: bond.RateFast}, bond.Config{Rate: bond.RateFast})
		p.waitReady(t, 5*time.Second)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		since := p.b.Status().Members[0].Reason.Since
		saved, err := p.a.Suspend(t.Context())
		if err != nil || len(saved.Ports) != 2 {
			t.Fatalf("%+v, %v", saved, err)
		}
		time.Sleep(time.Second)
		var links []bond.Port
		for _, c := range p.cables {
			links = append(links, c.A.Reopen())
		}
		if p.a, err = bond.New(bond.Config{Rate: bond.RateFast, Restore: &saved}, links...); err != nil {
			t.Fatal(err)
		}
		defer p.close(t)
		synctest.Wait()
		if got := carrying(p.a); len(got) != 2 {
			t.Errorf("right after the start %v carry data", got)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := p.b.Status().Members[0].Reason; got.Code != lacp.ReasonDistributing || !got.Since.Equal(since) {
			t.Errorf("the partner has seen a change: %v since %v, before since %v", got, got.Since, since)
		}
	})
}
