// Package render prints the status of lacpd.
package render

import (
	"bytes"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// Text prints one block per bond, with one line per member.
func Text(w io.Writer, v *view.Status, now time.Time) error {
	var out bytes.Buffer
	if p := v.Pending; p != nil {
		fmt.Fprintf(&out, "Configuration changed %s ago. It is undone in %s, unless you confirm it: lacpd confirm\n\n", age(p.Since, now), age(now, p.Deadline))
	}
	for i, b := range v.Bonds {
		if i > 0 {
			out.WriteByte('\n')
		}
		printBond(&out, &b, now)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func printBond(out *bytes.Buffer, b *view.Bond, now time.Time) {
	if b.Running {
		printRunning(out, b, now)
	} else {
		fmt.Fprintf(out, "%s: not open, %s\n", b.Name, b.Mode)
	}
	if p := b.DataPlane; p.Why != "" {
		fmt.Fprintf(out, "  data plane %s: %s\n", p.Name, p.Why)
	} else if p.Name != "" && p.Name != view.PlaneUser {
		fmt.Fprintf(out, "  data plane %s\n", p.Name)
	}
	if text := minLinksText(b); text != "" {
		fmt.Fprintf(out, "  %s\n", text)
	}
	if l := b.Balance; l != nil && l.Last != nil {
		fmt.Fprintf(out, "  load balanced every %d s: %d buckets of flows moved, the last %s ago\n", l.Interval, l.Moved, age(*l.Last, now))
	} else if l != nil {
		fmt.Fprintf(out, "  load balanced every %d s: no flows moved\n", l.Interval)
	}
	if d := b.Device; d.Reason != "" {
		fmt.Fprintf(out, "  device %s is %s for %s: %s\n", d.Name, d.State, age(d.Since, now), d.Reason)
	}
	for _, m := range b.Missing {
		fmt.Fprintf(out, "  missing %s for %s: %s\n", m.Name, age(m.Since, now), m.Why)
	}
	if f := b.Fault; f != nil {
		fmt.Fprintf(out, "  failed for %s, next try in %s: %s\n", age(f.Since, now), age(now, f.NextTry), f.Error)
	}
}

func printRunning(out *bytes.Buffer, b *view.Bond, now time.Time) {
	fmt.Fprintf(out, "%s: %s for %s, %s, hash %s, mtu %d, mac %s", b.Name, upDown(b.Up), age(b.Since, now), modeText(b), b.Hash, b.MTU, b.MAC)
	if b.SpeedMbps > 0 {
		fmt.Fprintf(out, ", %d Mb/s", b.SpeedMbps)
	}
	out.WriteByte('\n')
	if b.Mode != bond.ModeLACP.String() {
		printStatic(out, b, now)
		return
	}
	fmt.Fprintf(out, "  system %s priority %d, ", b.System, b.SystemPriority)
	if b.Partner == nil {
		out.WriteString("no partner\n")
	} else {
		fmt.Fprintf(out, "partner %s priority %d key %d\n", b.Partner.System, b.Partner.SystemPriority, b.Partner.Key)
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  MEMBER\tLINK\tDATA\tRECEIVE\tMUX\tACTOR\tPARTNER\tREASON")
	for _, m := range b.Members {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", nameText(&m), linkText(m.Link), yesNo(m.CarriesData),
			m.Receive, m.Mux, m.Actor.State, m.Partner.State, whyText(&m, now))
	}
	_ = t.Flush() // a Buffer takes everything
}

// minLinksText explains that a bond carries no data because too few links can. It returns ""
// if that is not the case.
func minLinksText(b *view.Bond) string {
	if b.Up || b.MinLinks < 2 || !b.Running || b.Device.Reason != "" {
		return ""
	}
	able := 0
	for i := range b.Members {
		if m := &b.Members[i]; m.Hold == bond.HoldMinLinks.String() && m.Reason.Severity == lacp.SeverityOK.String() {
			able++
		}
	}
	if able >= b.MinLinks { // there is another reason
		return ""
	}
	return fmt.Sprintf("only %d of the %d links that min_links asks for: the bond carries no data", able, b.MinLinks)
}

// nameText returns a member's name, and the current name of its interface if that differs.
func nameText(m *view.Member) string {
	if m.Interface == "" || m.Interface == m.Name {
		return m.Name
	}
	return m.Name + " (" + m.Interface + ")"
}

// printStatic prints the members of a bond without a protocol.
func printStatic(out *bytes.Buffer, b *view.Bond, now time.Time) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  MEMBER\tLINK\tDATA\tREASON")
	for _, m := range b.Members {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", nameText(&m), linkText(m.Link), yesNo(m.CarriesData), whyText(&m, now))
	}
	_ = t.Flush() // a Buffer takes everything
}

func modeText(b *view.Bond) string {
	switch {
	case b.ActiveMember != "":
		return b.Mode + " on " + b.ActiveMember
	case b.Mode != bond.ModeLACP.String():
		return b.Mode
	case b.Active:
		return b.Mode + " active, rate " + b.Rate
	}
	return b.Mode + " passive, rate " + b.Rate
}

// holdTexts describes each hold, which a bond adds to a member's reason.
var holdTexts = map[string]string{
	bond.HoldUpDelay.String():      "waits for updelay",
	bond.HoldDownDelay.String():    "kept until downdelay ends",
	bond.HoldDrained.String():      "drained",
	bond.HoldMinLinks.String():     "waits for further links",
	bond.HoldMinBandwidth.String(): "waits for further bandwidth",
	bond.HoldDevice.String():       "waits for the device",
	bond.HoldPlane.String():        "refused by the data plane",
}

func whyText(m *view.Member, now time.Time) string {
	hold, ok := holdTexts[m.Hold]
	switch {
	case m.Hold == "":
		return reasonText(&m.Reason, now)
	case !ok: // lacpd has another version
		hold = m.Hold
	}
	if m.Reason.Severity == lacp.SeverityOK.String() {
		return hold
	}
	return hold + "; " + reasonText(&m.Reason, now)
}

func reasonText(r *view.Reason, now time.Time) string {
	if r.Severity == "ok" {
		return "ok"
	}
	s := fmt.Sprintf("%s: %s for %s", r.Severity, r.Code, age(r.Since, now))
	if r.Have != "" || r.Want != "" {
		s += fmt.Sprintf(" (have %s, want %s)", r.Have, r.Want)
	}
	if r.Advice != "" {
		s += ". " + r.Advice
	}
	return s
}

func linkText(l view.Link) string {
	if !l.Up {
		return "down"
	}
	if l.SpeedMbps == 0 {
		return "up"
	}
	return fmt.Sprintf("%d Mb/s %s", l.SpeedMbps, l.Duplex)
}

func upDown(up bool) string {
	if up {
		return "up"
	}
	return "down"
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func age(since, now time.Time) time.Duration {
	return max(0, now.Sub(since)).Truncate(time.Second)
}
