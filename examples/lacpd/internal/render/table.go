package render

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// column is a column of the table of members.
type column struct {
	title string
	text  func(p *page, b *view.Bond, m *view.Member) string
	when  func(p *page, b *view.Bond) bool // nil: always
}

var columns = []column{
	{"MEMBER", func(_ *page, _ *view.Bond, m *view.Member) string { return nameText(m) }, nil},
	{"LINK", func(_ *page, _ *view.Bond, m *view.Member) string { return linkText(&m.Link) }, nil},
	{"DATA", func(_ *page, _ *view.Bond, m *view.Member) string { return yesNo(m.CarriesData) }, nil},
	{"RECEIVE", func(_ *page, _ *view.Bond, m *view.Member) string { return m.Receive }, withLACP},
	{"MUX", func(_ *page, _ *view.Bond, m *view.Member) string { return m.Mux }, withLACP},
	{"PARTNER", func(_ *page, b *view.Bond, m *view.Member) string { return partnerText(b, m) }, withLACP},
	{"LACPDU", func(p *page, _ *view.Bond, m *view.Member) string { return p.heard(m) }, withLACP},
	{"FAILURES", func(_ *page, b *view.Bond, m *view.Member) string { return failuresText(b, m) }, nil},
	{"SENT", func(p *page, b *view.Bond, m *view.Member) string { return p.rate(b, m, sent) }, withRates},
	{"RECEIVED", func(p *page, b *view.Bond, m *view.Member) string { return p.rate(b, m, received) }, withRates},
	{"SHARE", func(p *page, b *view.Bond, m *view.Member) string { return p.share(b, m) }, nil},
	{"STATE", func(_ *page, _ *view.Bond, m *view.Member) string { return view.InWords(m) }, nil},
}

func withLACP(_ *page, b *view.Bond) bool  { return isLACP(b) }
func withRates(p *page, _ *view.Bond) bool { return p.before != nil }

// members prints the table of members.
func (p *page) members(b *view.Bond) {
	t := tabwriter.NewWriter(&p.out, 0, 0, 2, ' ', 0)
	line := func(text func(c *column) string) {
		var cells []string
		for i := range columns {
			if c := &columns[i]; c.when == nil || c.when(p, b) {
				cells = append(cells, text(c))
			}
		}
		fmt.Fprintf(t, "  %s\n", strings.Join(cells, "\t"))
	}
	line(func(c *column) string { return c.title })
	for i := range b.Members {
		line(func(c *column) string { return c.text(p, b, &b.Members[i]) })
	}
	_ = t.Flush() // a Buffer takes everything
}

// nameText returns a member's name, and the current name of its interface if that differs.
func nameText(m *view.Member) string {
	if m.Interface == "" || m.Interface == m.Name {
		return m.Name
	}
	return m.Name + " (" + m.Interface + ")"
}

func linkText(l *view.Link) string {
	if !l.Up {
		return "down"
	}
	if l.SpeedMbps == 0 {
		return "up"
	}
	return fmt.Sprintf("%d Mb/s %s", l.SpeedMbps, l.Duplex)
}

// partnerText returns the partner's port, and its system if it is not that of the bond.
func partnerText(b *view.Bond, m *view.Member) string {
	switch {
	case m.Partner.System == (lacp.MAC{}):
		return "-"
	case b.Partner != nil && m.Partner.System == b.Partner.System:
		return fmt.Sprintf("port %d", m.Partner.Port)
	}
	return fmt.Sprintf("%s port %d", m.Partner.System, m.Partner.Port)
}

// heard returns the age of the last LACPDU.
func (p *page) heard(m *view.Member) string {
	if m.LastRx == nil {
		return "never"
	}
	return age(*m.LastRx, p.now).String() + " ago"
}

// failuresText returns how often the link was lost, and the partner.
func failuresText(b *view.Bond, m *view.Member) string {
	switch links, partners := m.Counters.LinkFailures, m.Counters.Timeouts; {
	case links == 0 && partners == 0:
		return "none"
	case !isLACP(b):
		return fmt.Sprint(links)
	default:
		return fmt.Sprintf("link %d, partner %d", links, partners)
	}
}

func sent(c *view.Counters) uint64     { return c.TxOctets }
func received(c *view.Counters) uint64 { return c.RxOctets }

// octetsSince returns how many octets a member has sent or received since another status, or without
// one since lacpd started. A member that is new counts from 0.
func octetsSince(before *view.Status, b *view.Bond, m *view.Member, octets func(*view.Counters) uint64) uint64 {
	now := octets(&m.Counters)
	if before == nil {
		return now
	}
	if old := before.Bond(b.Name).Member(m.Name); old != nil {
		return now - min(now, octets(&old.Counters))
	}
	return now
}

// rate returns the rate of a member since the status before.
func (p *page) rate(b *view.Bond, m *view.Member, octets func(*view.Counters) uint64) string {
	if p.elapsed <= 0 {
		return "-"
	}
	return bitRate(float64(octetsSince(p.before, b, m, octets)) * 8 / p.elapsed.Seconds())
}

// bitRate returns a rate in bits per second with a prefix that suits it.
func bitRate(bits float64) string {
	unit := 0
	units := []string{"b/s", "kb/s", "Mb/s", "Gb/s"}
	for bits >= 999.5 && unit < len(units)-1 {
		bits /= 1000
		unit++
	}
	if unit > 0 && bits < 9.95 {
		return fmt.Sprintf("%.1f %s", bits, units[unit])
	}
	return fmt.Sprintf("%.0f %s", bits, units[unit])
}

// share returns a member's share of what the bond has sent.
func (p *page) share(b *view.Bond, m *view.Member) string {
	var all uint64
	for i := range b.Members {
		all += octetsSince(p.shared, b, &b.Members[i], sent)
	}
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*float64(octetsSince(p.shared, b, m, sent))/float64(all))
}
