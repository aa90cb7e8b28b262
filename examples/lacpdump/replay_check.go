package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// checker compares the LACPDUs that the captured end sends with the standard.
type checker struct {
	seen []deviation

	partner *slowFrame // the last LACPDU that the end has received
	sentAt  []time.Time
	// askedFast reports whether the partner had asked for the fast rate when the end sent
	// its last LACPDU.
	askedFast bool

	agreed  bool      // whether the states of the end and the engine ever agreed
	began   time.Time // time of the first LACPDU that the end sent
	differs time.Time // when the states began to differ
}

// deviation is one rule that the end broke, and how often.
type deviation struct {
	rule  string
	count int
}

const (
	// slack is how late a timer may be served (6.4.4), and how long the captured end may
	// take to process the other end's LACPDU.
	slack = 250 * time.Millisecond
	// settling is how long the captured end may have state that the engine lacks, because
	// the capture does not show earlier LACPDUs.
	settling = 5 * time.Second
)

func (c *checker) received(f *slowFrame) { c.partner = f }

// sent returns descriptions of the faults of a LACPDU, with the values that differ.
func (c *checker) sent(f *slowFrame, engine *lacp.PortStatus) (wrong []string) {
	report := func(rule, format string, args ...any) {
		wrong = append(wrong, rule+": "+fmt.Sprintf(format, args...))
		c.note(rule)
	}
	c.flags(f, report)
	c.pace(f, report)
	c.echo(f, report)
	c.silence(f, report)
	c.state(f, engine, report)
	return wrong
}

func (c *checker) note(rule string) {
	for i := range c.seen {
		if c.seen[i].rule == rule {
			c.seen[i].count++
			return
		}
	}
	c.seen = append(c.seen, deviation{rule, 1})
}

type reporter func(rule, format string, args ...any)

// flags checks for combinations of flags that no state of the Mux machine has (6.4.15), and
// for a reserved key or port number.
func (c *checker) flags(f *slowFrame, report reporter) {
	s := f.pdu.Actor.State
	if s.Has(lacp.StateDistributing) && !s.Has(lacp.StateCollecting) {
		report("distributes without collecting", "state %s", s)
	}
	if s.Has(lacp.StateCollecting) && !s.Has(lacp.StateSynchronization) {
		report("collects without being in sync", "state %s", s)
	}
	if f.pdu.Actor.Key == 0 || f.pdu.Actor.Port.Number == 0 {
		report("key or port number 0", "key %d, port %d (6.3.4 and 6.3.5 number from 1)", f.pdu.Actor.Key, f.pdu.Actor.Port.Number)
	}
}

// pace checks how often the end sends (6.4.13, 6.4.16).
func (c *checker) pace(f *slowFrame, report reporter) {
	const most = 3 // in a Fast_Periodic_Time
	if n := len(c.sentAt); n >= most && f.Time.Sub(c.sentAt[n-most]) < lacp.FastPeriodicTime {
		report("more than three LACPDUs in a second", "the fourth after %v", f.Time.Sub(c.sentAt[n-most]))
	}
	// The fast period counts only if the partner has asked for it since the last LACPDU.
	period, name := lacp.SlowPeriodicTime, "Long"
	fast := c.partner != nil && c.partner.pdu.Actor.State.Has(lacp.StateTimeout)
	if fast && c.askedFast {
		period, name = lacp.FastPeriodicTime, "Short"
	}
	// With a partner given up as lost, the end's defaults decide the rate.
	if n := len(c.sentAt); n > 0 && c.partner != nil && !f.pdu.Actor.State.Has(lacp.StateDefaulted) {
		if gap := f.Time.Sub(c.sentAt[n-1]); gap > period+slack {
			report("sends less often than the partner asks", "%.2f s between two LACPDUs, the partner's %s Timeout asks for one every %v", gap.Seconds(), name, period)
		}
	}
	c.askedFast = fast
	c.sentAt = append(c.sentAt, f.Time)
	if len(c.sentAt) > most {
		c.sentAt = c.sentAt[1:]
	}
}

// echo checks that the end repeats the information that its partner sent (recordPDU,
// 6.4.9).
func (c *checker) echo(f *slowFrame, report reporter) {
	if c.partner == nil || f.pdu.Actor.State.Has(lacp.StateDefaulted) || f.Time.Sub(c.partner.Time) < slack {
		return
	}
	got, want := f.pdu.Partner, c.partner.pdu.Actor
	if got.System != want.System || got.Key != want.Key || got.Port != want.Port {
		report("does not repeat the partner's information", "got %s key %d port %04x,%d; the partner sent %s key %d port %04x,%d",
			got.System, got.Key, got.Port.Priority, got.Port.Number, want.System, want.Key, want.Port.Priority, want.Port.Number)
	}
}

// silence checks EXPIRED and DEFAULTED against the time of the partner's last LACPDU
// (6.4.12).
func (c *checker) silence(f *slowFrame, report reporter) {
	if c.partner == nil {
		return
	}
	s, quiet := f.pdu.Actor.State, f.Time.Sub(c.partner.Time)
	timeout := lacp.LongTimeoutTime
	if s.Has(lacp.StateTimeout) {
		timeout = lacp.ShortTimeoutTime
	}
	lost := s&(lacp.StateExpired|lacp.StateDefaulted) != 0
	switch {
	case lost && quiet < timeout-slack && quiet > slack:
		report("gives up the partner too early, or does not receive its LACPDUs", "state %s %.2f s after the last one, the timeout is %v", s, quiet.Seconds(), timeout)
	case !lost && quiet > timeout+slack+lacp.FastPeriodicTime:
		report("does not notice that the partner is silent", "state %s %.2f s after its last LACPDU, the timeout is %v", s, quiet.Seconds(), timeout)
	}
	if s.Has(lacp.StateExpired) && s&(lacp.StateCollecting|lacp.StateDistributing) != 0 && quiet > timeout+slack {
		report("goes on collecting or distributing in EXPIRED", "state %s; in EXPIRED the partner counts as out of sync", s)
	}
}

// compared holds the bits that the machines determine.
const compared = lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing

// state compares the Mux machine's bits with the engine's, once both have had time to
// settle.
func (c *checker) state(f *slowFrame, engine *lacp.PortStatus, report reporter) {
	if c.began.IsZero() {
		c.began = f.Time
	}
	got, want := f.pdu.Actor.State&compared, engine.Actor.State&compared
	// Without a partner the administrator's defaults decide, and a capture does not show
	// them.
	if got == want || (f.pdu.Actor.State | engine.Actor.State).Has(lacp.StateDefaulted) {
		c.agreed, c.differs = c.agreed || got == want, time.Time{}
		return
	}
	if !c.agreed && f.Time.Sub(c.began) < settling {
		return
	}
	if c.differs.IsZero() {
		c.differs = f.Time
	}
	// A short difference depends only on the order of the timers.
	if f.Time.Sub(c.differs) < slack {
		return
	}
	report("is not in the state that the machines reach", "%s, the engine %s: %v", difference(got, want), engine.Mux, engine.Reason)
}

// difference names the bits that are wrongly set or clear.
func difference(got, want lacp.State) string {
	var parts []string
	if extra := got &^ want; extra != 0 {
		parts = append(parts, "sets "+strings.Join(extra.Flags(), ", "))
	}
	if missing := want &^ got; missing != 0 {
		parts = append(parts, "does not set "+strings.Join(missing.Flags(), ", "))
	}
	return strings.Join(parts, " and ")
}
