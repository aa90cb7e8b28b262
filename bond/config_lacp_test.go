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
			t.Errorf("reason of the second: %v, want Standby", got)
		}
		p.cables[0].SetUp(false)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := carrying(p.a); !slices.Equal(got, []string{"a1"}) {
			t.Errorf("100 ms after the first failed %v carry data, want a1", got)
		}
		if err := p.a.Set(func(c *bond.Config) { c.LACP.MaxLinks = 0 }); err != nil {
			t.Fatal(err)
		}
		p.cables[0].SetUp(true)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := carrying(p.a); len(got) != 2 {
			t.Errorf("without the limit %v carry data, want both", got)
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
			t.Error("up before the fallback timeout, want down")
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if st := a.Status(); !st.Up || !st.Members[0].LACP.Fallback {
			t.Errorf("reason %+v, want up by the fallback", st.Members[0].Reason)
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
			t.Errorf("%s: %v, want a ConfigError of that field", field, err)
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
			t.Errorf("the last transition is %v, want one of the Mux or Partner Churn machine", last)
		}
		if _, err := p.a.History("none"); err == nil {
			t.Error("History of a member that does not exist returned no error, want one")
		}
		st := p.a.Status()
		if c := st.Candidates; len(c) != 1 || c[0].Aggregator != st.Aggregator.ID || c[0].Distributing != 2 || c[0].Mbps != 20000 {
			t.Errorf("candidates %+v, aggregator %+v; want the aggregator alone, with 2 ports and 20000 Mb/s", c, st.Aggregator)
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
			t.Fatalf("Suspend() = %+v, %v, want 2 ports", saved, err)
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
			t.Errorf("right after the start %v carry data, want both", got)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := p.b.Status().Members[0].Reason; got.Code != lacp.ReasonDistributing || !got.Since.Equal(since) {
			t.Errorf("partner's reason %v since %v, want Distributing since %v", got, got.Since, since)
		}
	})
}
