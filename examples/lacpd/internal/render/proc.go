package render

import (
	"io"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// procVersion stands for the version of the bonding driver whose layout Proc prints, as a local
// version of that kernel would be printed.
const procVersion = "6.1.0-lagkit"

// Proc prints the bonds that run as Linux's bonding driver prints them in /proc/net/bonding for a
// reader with CAP_NET_ADMIN, one after the other. Three things have no counterpart: links are
// not polled, so the polling interval is 0; there are no queue ids; policy flow has number -1.
func Proc(w io.Writer, s *view.Status) error {
	p := page{}
	for i := range s.Bonds {
		if b := &s.Bonds[i]; b.Running {
			if p.out.Len() > 0 {
				p.out.WriteByte('\n')
			}
			p.procBond(b)
		}
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

func (p *page) procBond(b *view.Bond) {
	mode := modeOf(b)
	p.printf("Ethernet Channel Bonding Driver: v%s\n\nBonding Mode: %s", procVersion, mode.title)
	if mode.number == 1 && b.Settings.MACPolicy == "ACTIVE" {
		p.printf(" (fail_over_mac active)")
	}
	p.printf("\n")
	if mode.usesHash() {
		name, number := policyOf(b)
		p.printf("Transmit Hash Policy: %s (%d)\n", name, number)
	}
	if mode.number == 1 {
		p.procPrimary(b)
	}
	p.printf("MII Status: %s\nMII Polling Interval (ms): 0\nUp Delay (ms): %d\nDown Delay (ms): %d\nPeer Notification Delay (ms): %d\n",
		upDown(b.Up), b.Settings.UpDelay, b.Settings.DownDelay, b.Settings.AnnounceInterval)
	if isLACP(b) {
		p.procLACP(b)
	}
	for i := range b.Members {
		p.procMember(b, &b.Members[i])
	}
}

func (p *page) procPrimary(b *view.Bond) {
	primary, active := "None", "None"
	if b.Settings.Primary != "" {
		primary = b.Settings.Primary + " (primary_reselect " + reselectOf(b) + ")"
	}
	if m := b.Member(b.ActiveMember); m != nil {
		active = adminName(m)
	}
	p.printf("Primary Slave: %s\nCurrently Active Slave: %s\n", primary, active)
}

func (p *page) procLACP(b *view.Bond) {
	active := "off"
	if b.Active {
		active = "on"
	}
	choice, _ := selectOf(b)
	p.printf("\n802.3ad info\nLACP active: %s\nLACP rate: %s\nMin links: %d\nAggregator selection policy (ad_select): %s\n",
		active, strings.ToLower(b.Rate), b.MinLinks, choice)
	p.printf("System priority: %d\nSystem MAC address: %s\n", b.SystemPriority, b.System)
	a := b.Aggregator
	if a == nil {
		p.printf("bond %s has no active aggregator\n", b.Name)
		return
	}
	var partner view.Partner
	if b.Partner != nil {
		partner = *b.Partner
	}
	p.printf("Active Aggregator Info:\n\tAggregator ID: %d\n\tNumber of ports: %d\n\tActor Key: %d\n\tPartner Key: %d\n\tPartner Mac Address: %s\n",
		a.ID, len(a.Ports), a.Key, partner.Key, partner.System)
}

func (p *page) procMember(b *view.Bond, m *view.Member) {
	p.printf("\nSlave Interface: %s\nMII Status: %s\n", adminName(m), miiStatus(m))
	if m.Link.SpeedMbps == 0 || !m.Link.Up {
		p.printf("Speed: Unknown\n")
	} else {
		p.printf("Speed: %d Mbps\n", m.Link.SpeedMbps)
	}
	duplex := "Unknown"
	if m.Link.Up && (m.Link.Duplex == "full" || m.Link.Duplex == "half") {
		duplex = m.Link.Duplex
	}
	p.printf("Duplex: %s\nLink Failure Count: %d\nPermanent HW addr: %s\nSlave queue ID: 0\n", duplex, m.Counters.LinkFailures, m.MAC)
	if !isLACP(b) {
		return
	}
	if m.Aggregator == 0 {
		p.printf("Aggregator ID: N/A\n")
		return
	}
	p.printf("Aggregator ID: %d\nActor Churn State: %s\nPartner Churn State: %s\nActor Churned Count: %d\nPartner Churned Count: %d\n",
		m.Aggregator, m.Churn.Actor, m.Churn.Partner, m.Counters.ActorChurns, m.Counters.PartnerChurns)
	p.procEnd("actor", "port key", &m.Actor)
	p.procEnd("partner", "oper key", &m.Partner)
}

func (p *page) procEnd(who, key string, e *view.End) {
	p.printf("details %s lacp pdu:\n    system priority: %d\n    system mac address: %s\n    %s: %d\n    port priority: %d\n    port number: %d\n    port state: %d\n",
		who, e.SystemPriority, e.System, key, e.Key, e.PortPriority, e.Port, stateOctet(e))
}
