package webtest

import (
	"fmt"
	"math"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// scene makes statuses as lacpd gives them.
type scene struct {
	now time.Time
}

var (
	ourSystem   = lacp.MAC{0x02, 0x42, 0xac, 0x11, 0x00, 0x02}
	theirSystem = lacp.MAC{0x00, 0x1c, 0x73, 0x0f, 0xa2, 0x10}
)

const (
	running  = lacp.State(0x3d) // what a healthy slow port sends
	detached = lacp.State(0x05)
)

// member returns a member that carries data for all reasons of severity ok.
func (s scene) member(port int, name string, code lacp.ReasonCode) bond.MemberStatus {
	m := bond.MemberStatus{Name: name, HardwareAddr: []byte{2, 0x42, 0xac, 0x11, 0, byte(port)}, Added: s.now.Add(-time.Hour)}
	m.Reason = lacp.Reason{Code: code, Since: s.now.Add(-2 * time.Minute)}
	m.Carries = code.Severity() == lacp.SeverityOK
	m.Link.Up, m.Link.SpeedMbps, m.Link.Duplex = true, 10000, lacp.DuplexFull
	m.LACP.Config.Number = lacp.PortNumber(port)
	end := func(system lacp.MAC, key lacp.Key) lacp.Info {
		return lacp.Info{System: lacp.SystemID{Priority: 32768, MAC: system}, Key: key, Port: lacp.PortID{Priority: 32768, Number: lacp.PortNumber(port)}, State: running}
	}
	m.LACP.Actor, m.LACP.Partner = end(ourSystem, 9), end(theirSystem, 15)
	m.LACP.LastRx = s.now.Add(-12 * time.Second)
	m.LACP.Counters.LACPDUsRx, m.LACP.Counters.LACPDUsTx = 1204, 1210
	if !m.Carries {
		m.LACP.Actor.State = detached
	}
	return m
}

// unheard returns a member whose partner was never heard.
func (s scene) unheard(port int, name string, code lacp.ReasonCode) bond.MemberStatus {
	m := s.member(port, name, code)
	m.LACP.Partner, m.LACP.LastRx = lacp.Info{}, time.Time{}
	return m
}

// without returns a member without a link.
func (s scene) without(port int, name string) bond.MemberStatus {
	m := s.member(port, name, lacp.ReasonLinkDown)
	m.Link.Up = false
	return m
}

// standby is a bond whose LAG another box carries, and that no third one could take over.
func (s scene) standby() view.Bond {
	b := s.bond("bond0", s.member(1, "enp65s0f0", lacp.ReasonStandbyChassis))
	began := s.now.Add(-4 * time.Minute)
	b.LAG = &view.LAG{
		Name: "uplink", Mode: view.ModeStandby, Role: view.RoleStandby, Active: "head-a", Since: &began, Epoch: 4711,
		Boxes:       []view.Box{{Name: "head-b", Self: true, Able: true, Ports: []int{8193}}, {Name: "head-a", Ports: []int{4097}}},
		Differences: []view.Discrepancy{{What: "mtu", Box: "head-a", Ours: "9000", Theirs: "1500"}},
	}
	b.Settings.Watchdog = "failed"
	b.Cause = view.Cause(&b)
	return b
}

// bond returns an LACP bond that is up if a member carries data.
func (s scene) bond(name string, members ...bond.MemberStatus) view.Bond {
	st := bond.Status{Name: name, Mode: bond.ModeLACP, Rate: bond.RateFast, MTU: 9000, HardwareAddr: ourSystem[:], Since: s.now.Add(-3 * time.Hour), Members: members}
	st.Device.Name, st.Device.State = name, bond.DeviceUp
	st.System = lacp.SystemID{Priority: 32768, MAC: ourSystem}
	for i := range members {
		m := &members[i]
		if !m.Carries {
			continue
		}
		st.Up = true
		st.Speed += m.Link.SpeedMbps
		st.Aggregator.ID, st.Aggregator.Key = 1, 9
		half := func(i lacp.Info) lacp.LAGIDHalf { return lacp.LAGIDHalf{System: i.System, Key: i.Key} }
		st.Aggregator.LAGID = lacp.LAGID{Local: half(m.LACP.Actor), Remote: half(m.LACP.Partner)}
		st.Aggregator.Partner, st.Aggregator.PartnerKey = m.LACP.Partner.System, m.LACP.Partner.Key
	}
	v := view.Of(st)
	v.DataPlane.Name = "user"
	v.Settings = view.Settings{Select: "stable", Fallback: "none", Reselect: "always", MACPolicy: "ALL"}
	v.Cause = view.Cause(&v)
	return v
}

// changed returns the bond after a change, with the cause that follows from it.
func changed(b view.Bond, change func(*view.Bond)) view.Bond {
	change(&b)
	b.Cause = view.Cause(&b)
	return b
}

// status returns bonds with the counters of some traffic since a time.
func (s scene) status(traffic time.Duration, bonds ...view.Bond) view.Status {
	for i := range bonds {
		for j := range bonds[i].Members {
			m := &bonds[i].Members[j]
			if !m.CarriesData {
				continue
			}
			// The rate goes up and down by a third in half a minute.
			seconds, phase := traffic.Seconds(), float64(j)
			octets := func(perSecond float64) uint64 {
				return uint64(1e9 + perSecond/(1+phase/2)*(seconds+1.6*math.Sin(seconds/5+phase)))
			}
			m.Counters.TxOctets, m.Counters.RxOctets = octets(4.6e8), octets(2.1e8)
			m.Counters.TxFrames, m.Counters.RxFrames = m.Counters.TxOctets/900, m.Counters.RxOctets/700
		}
	}
	return view.Status{Bonds: bonds}
}

// healthy returns a bond without a fault.
func (s scene) healthy() view.Bond {
	return changed(s.bond("bond0", s.member(1, "enp65s0f0", lacp.ReasonDistributing), s.member(2, "enp65s0f1", lacp.ReasonDistributing)),
		func(b *view.Bond) { b.Settings.Description = "uplink to the core switches" })
}

// faulty returns a bond with a pulled cable, a cable to another switch and a missing interface.
func (s scene) faulty() view.Bond {
	astray := s.member(3, "enp67s0f0", lacp.ReasonDifferentPartner)
	astray.LACP.Partner.System.MAC[5] = 0x44
	astray.Reason.Have, astray.Reason.Want = "00:1c:73:0f:a2:44", "00:1c:73:0f:a2:10"
	return changed(s.bond("bond0", s.member(1, "enp65s0f0", lacp.ReasonDistributing), s.without(2, "enp65s0f1"), astray), func(b *view.Bond) {
		b.Settings.Description = "uplink to the core switches"
		b.Missing = []view.Missing{{Name: "enp67s0f1", Why: "there is no such interface", Since: s.now.Add(-time.Hour)}}
	})
}

// all returns one bond for each state that the page has to show.
func (s scene) all() []view.Bond {
	drained := s.member(2, "eth3", lacp.ReasonDraining)
	drained.Hold = bond.HoldDrained
	var sixteen []bond.MemberStatus
	for i := range 16 {
		sixteen = append(sixteen, s.member(i+1, fmt.Sprintf("enp129s0f%dnp%d", i, i), lacp.ReasonDistributing))
	}
	long := changed(s.bond("a-bond-with-15c", s.member(1, "an-interface-15", lacp.ReasonDistributing), s.member(2, "wlx00c0ca987654", lacp.ReasonPartnerNotInSync)), func(b *view.Bond) {
		b.Settings.Description = "averylongdescriptionwithoutanyspace" + "thatsomebodytypedintoafileandthatgoesonandonandon" + "0123456789012345678901234567890123456789"
		b.Members[0].Interface = "another-name-15"
	})
	passive := s.bond("passive", s.unheard(1, "eth6", lacp.ReasonPassiveBothEnds), s.unheard(2, "eth7", lacp.ReasonPassiveBothEnds))
	passive.Active = false
	return []view.Bond{
		changed(s.healthy(), func(b *view.Bond) { b.Name, b.Device.Name = "healthy", "healthy" }),
		changed(s.faulty(), func(b *view.Bond) { b.Name = "faulty" }),
		s.bond("sixteen", sixteen...),
		long,
		s.bond("no-partner", s.unheard(1, "eth4", lacp.ReasonNeverHeard), s.unheard(2, "eth5", lacp.ReasonNeverHeard)),
		passive,
		s.bond("loop", s.member(1, "eth8", lacp.ReasonLoopbackSystem), s.member(2, "eth9", lacp.ReasonLoopbackSystem), s.unheard(3, "eth10", lacp.ReasonLoopbackSelf)),
		s.bond("standby", s.member(1, "eth11", lacp.ReasonDistributing), s.member(2, "eth12", lacp.ReasonStandby), drained),
		{Name: "not-open", Mode: "LACP", Active: true, Rate: "SLOW", Hash: "layer2+3", MTU: 1500, Cause: "not open: eth14: the interface has IP addresses", Members: []view.Member{},
			Absent: view.Absent{Removed: []view.Removed{}, Missing: []view.Missing{{Name: "eth14", Why: "the interface has IP addresses", Since: s.now.Add(-time.Minute)}}},
			Fault:  &view.Fault{Error: "eth14: the interface has IP addresses", Since: s.now.Add(-time.Minute), NextTry: s.now.Add(20 * time.Second)}},
		changed(s.bond("empty"), func(b *view.Bond) {
			b.Missing = []view.Missing{{Name: "eth15", Why: "there is no such interface", Since: s.now}, {Name: "eth16", Why: "there is no such interface", Since: s.now}}
		}),
		changed(s.bond("failover", s.unheard(1, "eth17", lacp.ReasonDistributing), s.unheard(2, "eth18", lacp.ReasonStandby)), func(b *view.Bond) {
			b.Mode, b.ActiveMember, b.Partner, b.Aggregator = "FAILOVER", "eth17", nil, nil
		}),
	}
}

// many returns 64 bonds, one of them with a fault.
func (s scene) many() []view.Bond {
	var bonds []view.Bond
	for i := range 64 {
		name := fmt.Sprintf("bond%d", i)
		second := s.member(2, fmt.Sprintf("eth%db", i), lacp.ReasonDistributing)
		if i == 40 {
			second = s.without(2, second.Name)
		}
		bonds = append(bonds, s.bond(name, s.member(1, fmt.Sprintf("eth%da", i), lacp.ReasonDistributing), second))
	}
	return bonds
}
