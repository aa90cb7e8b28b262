package chassis

import (
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// What other chassis see of a port.
func TestForeign(t *testing.T) {
	current := func() lacp.PortStatus {
		return lacp.PortStatus{
			Receive: lacp.ReceiveCurrent, Selected: lacp.Selected, AttachedAggregator: 1,
			Actor:   lacp.Info{Port: lacp.PortID{Priority: 2, Number: 4097}, Key: 1537, State: lacp.StateDistributing},
			Partner: lacp.Info{System: lacp.SystemID{Priority: 1}, Key: 3, State: lacp.StateCollecting},
		}
	}
	base := lacp.Foreign{
		Port: lacp.PortID{Priority: 2, Number: 4097}, Key: 1537, Partner: lacp.Info{System: lacp.SystemID{Priority: 1}, Key: 3},
		Usable: true, Attached: true, Distributing: true,
	}
	for what, c := range map[string]struct {
		change func(*lacp.PortStatus)
		want   func(*lacp.Foreign)
	}{
		"in use":           {func(*lacp.PortStatus) {}, func(*lacp.Foreign) {}},
		"not attached":     {func(p *lacp.PortStatus) { p.AttachedAggregator = 0 }, func(f *lacp.Foreign) { f.Attached = false }},
		"beyond the limit": {func(p *lacp.PortStatus) { p.Selected, p.Reason.Code = lacp.Standby, lacp.ReasonStandby }, func(*lacp.Foreign) {}},
		"held by a gate":   {func(p *lacp.PortStatus) { p.Selected, p.Reason.Code = lacp.Standby, lacp.ReasonStandbyChassis }, func(f *lacp.Foreign) { f.Usable = false }},
		"no partner": {func(p *lacp.PortStatus) { p.Receive, p.Actor.State = lacp.ReceiveDefaulted, 0 },
			func(f *lacp.Foreign) { f.Partner, f.Usable, f.Distributing = lacp.Info{}, false, false }},
		"in fallback": {func(p *lacp.PortStatus) { p.Receive, p.Fallback = lacp.ReceiveDefaulted, true },
			func(f *lacp.Foreign) { f.Partner, f.FallbackDue = lacp.Info{}, true }},
	} {
		p, want := current(), base
		c.change(&p)
		c.want(&want)
		if got := foreign(&p); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	st := manyLinks(2)
	st.Members[0].LACP = lacp.PortStatus{} // it is about to leave
	if got := reportPorts(st); len(got) != 1 || got[0].Port.Number != 2 {
		t.Errorf("ports of a bond: %+v, want the second one", got)
	}
	st.Mode = bond.ModeFailover
	if got := reportPorts(st); got != nil {
		t.Errorf("ports of a bond without LACP: %+v, want none", got)
	}
}

func TestReportPartner(t *testing.T) {
	r := Report{Ports: []lacp.Foreign{
		{Partner: far(2, 1, 1)}, {Partner: far(1, 12, 1)}, {}, {Partner: far(1, 12, 2)}, {Usable: true}, {Partner: far(0, 1, 1)}, {Partner: far(3, 1, 1)},
	}}
	if p, n := r.Partner(); n != 2 || p != (Partner{far(1, 12, 0).System, 12}) {
		t.Errorf("partner %+v of %d links, want the one of two", p, n)
	}
	if n := r.Usable(); n != 6 {
		t.Errorf("%d links are usable, want 6", n)
	}
	r.Ports = r.Ports[:2] // one each: the lower one
	if p, n := r.Partner(); n != 1 || p.Key != 12 {
		t.Errorf("partner %+v of %d links, want the one with the lower System", p, n)
	}
	r.Ports[0], r.Ports[1] = r.Ports[1], r.Ports[0]
	if p, n := r.Partner(); n != 1 || p.Key != 12 {
		t.Errorf("in another order: partner %+v of %d links, want the same", p, n)
	}
	if p, n := (&Report{}).Partner(); n != 0 || p != (Partner{}) {
		t.Errorf("without links: %+v, %d", p, n)
	}
}
