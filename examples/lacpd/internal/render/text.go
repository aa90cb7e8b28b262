// Package render prints the status of lacpd, for people and for programs.
package render

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// Text prints a status for people: for each bond why it is up or down, and a table of its
// members. It has the rates since another status, unless that is nil, which was taken earlier by
// elapsed, a moment that is too short for shares of the load.
func Text(w io.Writer, s, before *view.Status, now time.Time, elapsed time.Duration) error {
	p := page{now: now, elapsed: elapsed, before: before}
	return p.print(w, s)
}

// TextSince prints a status as Text does, with the shares of the load since the other status too.
func TextSince(w io.Writer, s, before *view.Status, now time.Time, elapsed time.Duration) error {
	p := page{now: now, elapsed: elapsed, before: before, shared: before}
	return p.print(w, s)
}

// print prints the whole page.
func (p *page) print(w io.Writer, s *view.Status) error {
	if c := s.Pending; c != nil {
		fmt.Fprintf(&p.out, "Configuration changed %s ago. It is undone in %s, unless you confirm it: lacpd confirm\n\n", age(c.Since, p.now), age(p.now, c.Deadline))
	}
	for i := range s.Bonds {
		if i > 0 {
			p.out.WriteByte('\n')
		}
		p.bond(&s.Bonds[i])
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

// page is the text that is being printed.
type page struct {
	out     bytes.Buffer
	now     time.Time
	before  *view.Status // rates are since this one; nil: they are not known
	shared  *view.Status // shares are since this one; nil: since lacpd started
	elapsed time.Duration
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(&p.out, format, args...) }

func (p *page) bond(b *view.Bond) {
	if b.Running {
		p.running(b)
	} else {
		p.printf("%s: not open, %s\n", b.Name, b.Mode)
	}
	if d := b.DataPlane; d.Why != "" {
		p.printf("  data plane %s: %s\n", d.Name, d.Why)
	} else if d.InKernel() {
		p.printf("  data plane %s\n", d.Name)
	}
	if l := b.Balance; l != nil && l.Last != nil {
		p.printf("  load balanced every %d s: %d buckets of flows moved, the last %s ago\n", l.Interval, l.Moved, age(*l.Last, p.now))
	} else if l != nil {
		p.printf("  load balanced every %d s: no flows moved\n", l.Interval)
	}
	if d := b.Device; d.Reason != "" {
		p.printf("  device %s is %s for %s: %s\n", d.Name, d.State, age(d.Since, p.now), d.Reason)
	}
	for _, m := range b.Missing {
		p.printf("  missing %s for %s: %s\n", m.Name, age(m.Since, p.now), m.Why)
	}
	for _, r := range b.Removed {
		p.printf("  removed %s %s ago\n", r.Name, age(r.Since, p.now))
	}
	if f := b.Fault; f != nil {
		p.printf("  failed for %s, next try in %s: %s\n", age(f.Since, p.now), age(p.now, f.NextTry), f.Error)
	}
}

func (p *page) running(b *view.Bond) {
	p.printf("%s: %s\n", b.Name, b.Cause)
	if b.Settings.Description != "" {
		p.printf("  %s\n", b.Settings.Description)
	}
	p.printf("  %s for %s, %s, hash %s, mtu %d, mac %s", upDown(b.Up), age(b.Since, p.now), modeText(b), b.Hash, b.MTU, b.MAC)
	if b.SpeedMbps > 0 {
		p.printf(", %d Mb/s", b.SpeedMbps)
	}
	p.out.WriteByte('\n')
	if isLACP(b) {
		p.printf("  system %s priority %d, ", b.System, b.SystemPriority)
		if b.Partner == nil {
			p.printf("no partner\n")
		} else {
			p.printf("partner %s priority %d key %d\n", b.Partner.System, b.Partner.SystemPriority, b.Partner.Key)
		}
	}
	if b.LAG != nil {
		p.role(b.LAG)
	}
	if len(b.Members) > 0 {
		p.members(b)
	}
	for i := range b.Members {
		if m := &b.Members[i]; m.Reason.Severity != "ok" {
			p.printf("    %s: %s\n", m.Name, reasonText(&m.Reason, p.now))
		}
	}
}

func isLACP(b *view.Bond) bool { return b.Mode == bond.ModeLACP.String() }

func modeText(b *view.Bond) string {
	switch {
	case b.ActiveMember != "":
		return b.Mode + " on " + b.ActiveMember
	case !isLACP(b):
		return b.Mode
	case b.Active:
		return b.Mode + " active, rate " + b.Rate
	}
	return b.Mode + " passive, rate " + b.Rate
}

func reasonText(r *view.Reason, now time.Time) string {
	s := fmt.Sprintf("%s: %s for %s", r.Severity, r.Code, age(r.Since, now))
	switch {
	case r.Want != "":
		s += fmt.Sprintf(" (have %s, want %s)", r.Have, r.Want)
	case r.Have != "":
		s += " (" + r.Have + ")"
	}
	if r.Advice != "" {
		s += ". " + r.Advice
	}
	return s
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
