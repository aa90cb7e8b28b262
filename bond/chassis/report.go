package chassis

import (
	"cmp"
	"slices"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// Report is what a chassis publishes about a LAG.
type Report struct {
	Boot     uint64            // of its life
	Ready    bool              // the services behind the LAG are ready: see LAG.NeedsReady
	Settings map[string]string // what has to be the same on all chassis: see LAG.Settings
	Ports    []lacp.Foreign    // its links, at most 256
}

// Usable returns how many links could carry data, or do.
func (r *Report) Usable() (n int) {
	for i := range r.Ports {
		if r.Ports[i].Partner.System != (lacp.SystemID{}) || r.Ports[i].Usable {
			n++
		}
	}
	return n
}

// Partner returns the System and key of the partner that most of the links lead to, and how many; zero
// if no link hears a partner.
func (r *Report) Partner() (partner Partner, links int) {
	counts := make(map[Partner]int)
	for i := range r.Ports {
		p := Partner{r.Ports[i].Partner.System, r.Ports[i].Partner.Key}
		if p.System == (lacp.SystemID{}) {
			continue
		}
		counts[p]++
		if n := counts[p]; n > links || n == links && p.compare(partner) < 0 {
			partner, links = p, n
		}
	}
	return partner, links
}

// equal reports whether two reports are the same.
func (r *Report) equal(o *Report) bool {
	return r.Boot == o.Boot && r.Ready == o.Ready && sameSettings(r.Settings, o.Settings) && slices.Equal(r.Ports, o.Ports)
}

// Partner is a group of links of a partner.
type Partner struct {
	System lacp.SystemID
	Key    lacp.Key
}

func (p Partner) compare(o Partner) int {
	return cmp.Or(p.System.Compare(o.System), cmp.Compare(p.Key, o.Key))
}

// reportPorts returns the links of a bond as the other chassis see them. Modes without LACP have no
// partners and no port numbers, so they report nothing.
func reportPorts(st *bond.Status) (ports []lacp.Foreign) {
	if st.Mode != bond.ModeLACP {
		return nil
	}
	for i := range st.Members {
		if len(ports) == maxPorts {
			break
		}
		p := &st.Members[i].LACP
		if p.Config.Number == 0 {
			continue // it is about to leave
		}
		ports = append(ports, foreign(p))
	}
	return ports
}

// foreign returns a port as another chassis sees it.
func foreign(p *lacp.PortStatus) lacp.Foreign {
	f := lacp.Foreign{
		Port: p.Actor.Port, Key: p.Actor.Key,
		Attached:     p.AttachedAggregator != 0,
		Distributing: p.Actor.State.Has(lacp.StateDistributing),
		FallbackDue:  p.Fallback,
	}
	hears := p.Receive == lacp.ReceiveCurrent
	if hears {
		f.Partner = p.Partner
		f.Partner.State = 0
	}
	waits := p.Selected == lacp.Standby && p.Reason.Code == lacp.ReasonStandby // only for its place in the ranking
	f.Usable = (hears || p.Fallback) && (p.Selected == lacp.Selected || waits)
	return f
}
