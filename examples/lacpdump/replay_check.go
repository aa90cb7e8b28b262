package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// checker holds what the captured end sends against the standard.
type checker struct {
	seen []deviation

	partner *slowFrame // the last LACPDU it has received
	sentAt  []time.Time
	// askedFast: when it sent its last LACPDU the partner had asked for the fast rate.
	askedFast bool

	agreed  bool      // its state and the engine's were the same once
	began   time.Time // of the first LACPDU it sent
	differs time.Time // since when the states are not the same
}

// deviation is one rule that was not kept, and how often.
type deviation struct {
	rule  string
	count int
}

const (
	// slack is how late a timer may be served (6.4.4), and how long the other end's
	// LACPDU may be under way in the captured end.
	slack = 250 * time.Millisecond
	// settling is how long the captured end may know better than the engine, because
	// the capture does not show what was before.
	settling = 5 * time.Second
)

func (c *checker) received(f *slowFrame) { c.partner = f }

// sent returns what is wrong with a LACPDU, in words with the values that differ.
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

// flags checks what no state of the Mux machine has (6.4.15).
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

// pace checks how often it sends (6.4.13, 6.4.16).
func (c *checker) pace(f *slowFrame, report reporter) {
	const most = 3 // in a Fast_Periodic_Time
	if n := len(c.sentAt); n >= most && f.Time.Sub(c.sentAt[n-most]) < lacp.FastPeriodicTime {
		report("more than three LACPDUs in a second", "the fourth after %v", f.Time.Sub(c.sentAt[n-most]))
	}
	// The period that the partner asks for, if it did so all the time.
	period, name := lacp.SlowPeriodicTime, "Long"
	fast := c.partner != nil && c.partner.pdu.Actor.State.Has(lacp.StateTimeout)
	if fast && c.askedFast {
		period, name = lacp.FastPeriodicTime, "Short"
	}
	// With a partner it has given up it may be as slow as its defaults say.
	if n := len(c.sentAt); n > 0 && c.partner != nil && !f.pdu.Actor.State.Has(lacp.StateDefaulted) {
		if gap := f.Time.Sub(c.sentAt[n-1]); gap > period+slack {
			report("sends less often than the partner asks", "%.2f s between two LACPDUs, the partner's %s Timeout asks for one each %v", gap.Seconds(), name, period)
		}
	}
	c.askedFast = fast
	c.sentAt = append(c.sentAt, f.Time)
	if len(c.sentAt) > most {
		c.sentAt = c.sentAt[1:]
	}
}

// echo checks that it says of the partner what that said (recordPDU, 6.4.9).
func (c *checker) echo(f *slowFrame, report reporter) {
	if c.partner == nil || f.pdu.Actor.State.Has(lacp.StateDefaulted) || f.Time.Sub(c.partner.Time) < slack {
		return
	}
	got, want := f.pdu.Partner, c.partner.pdu.Actor
	if got.System != want.System || got.Key != want.Key || got.Port != want.Port {
		report("does not hold what the partner said", "of it: %s key %d port %04x,%d; it said: %s key %d port %04x,%d",
			got.System, got.Key, got.Port.Priority, got.Port.Number, want.System, want.Key, want.Port.Priority, want.Port.Number)
	}
}

// silence checks EXPIRED and DEFAULTED against when the partner was last heard (6.4.12).
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
		report("gives the partner up too early, or does not get its LACPDUs", "state %s %.2f s after the last one, the timeout is %v", s, quiet.Seconds(), timeout)
	case !lost && quiet > timeout+slack+lacp.FastPeriodicTime:
		report("does not see that the partner is silent", "state %s %.2f s after its last LACPDU, the timeout is %v", s, quiet.Seconds(), timeout)
	}
	if s.Has(lacp.StateExpired) && s&(lacp.StateCollecting|lacp.StateDistributing) != 0 && quiet > timeout+slack {
		report("goes on collecting or distributing in EXPIRED", "state %s: the partner counts as not in sync there", s)
	}
}

// compared are the bits that follow from the machines.
const compared = lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing

// state compares the Mux machine's bits with the engine's, once both had time.
func (c *checker) state(f *slowFrame, engine *lacp.PortStatus, report reporter) {
	if c.began.IsZero() {
		c.began = f.Time
	}
	got, want := f.pdu.Actor.State&compared, engine.Actor.State&compared
	// Without a partner the administrator's defaults decide, which nobody sees.
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
	// A moment's difference is a matter of which timer was first.
	if f.Time.Sub(c.differs) < slack {
		return
	}
	report("is in another state than the machines lead to", "%s, the engine %s: %v", difference(got, want), engine.Mux, engine.Reason)
}

// difference names the bits that are set, or clear, and should not be.
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
