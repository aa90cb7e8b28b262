package main

import (
	"fmt"
	"io"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// replay feeds a capture of one link into an engine that takes the place of one end. It
// compares the behavior of that end with that of the engine.
type replay struct {
	out   io.Writer
	end   *capturedEnd
	sys   *lacp.System
	port  lacp.PortConfig
	id    lacp.SystemID
	start time.Time // time of the first frame
	check checker
	err   error // first error of writing
}

// replayFile prints the replay of a capture file. The engine takes the place of the end
// with this address.
func replayFile(out io.Writer, name string, stdin io.Reader, as lacp.MAC) error {
	frames, end, err := readEnd(name, stdin, as)
	if err != nil {
		return err
	}
	r := &replay{out: out, end: end, start: frames[0].Time}
	if err := r.begin(); err != nil {
		return err
	}
	for i := range frames {
		if err := r.frame(&frames[i]); err != nil {
			return err
		}
	}
	r.summary()
	return r.err
}

// begin creates an engine with the identity and the settings of the captured end.
func (r *replay) begin() (err error) {
	first := r.end.first.Actor
	r.id = first.System
	r.port = lacp.PortConfig{Number: r.end.standIn(first).Port.Number, StaticKey: true, MAC: r.end.source, CoupledControl: r.end.coupled}
	r.adopt(first)
	r.sys, err = lacp.NewSystem(lacp.Config{System: r.id, Trace: r.trace})
	if err != nil {
		return fmt.Errorf("cannot replay this end: %w", err)
	}
	mux := "independent"
	if r.end.coupled {
		mux = "coupled"
	}
	r.printf("as port %d of %s, key %d: %s; Mux control %s\n", first.Port.Number, first.System, first.Key, settings(first.State), mux)
	if r.end.standIn(first) != first {
		r.printf("The standard reserves key 0 and port number 0, so the engine has port %d, key %d.\n", r.port.Number, r.port.Key)
	}
	if r.end.cut {
		r.printf("The capture cut LACPDUs. The missing octets are assumed to be as in the standard.\n")
	}
	if first.State.Has(lacp.StateSynchronization) {
		r.printf("The link is in use when the capture begins, so the first seconds are not reliable.\n")
	}
	if err := r.sys.AddPort(r.start, r.port); err != nil {
		return fmt.Errorf("cannot replay this end: %w", err)
	}
	err = r.sys.SetLink(r.start, r.port.Number, lacp.Link{Up: true, Duplex: lacp.DuplexFull, SpeedMbps: 1000})
	r.act(r.start)
	return err
}

// adopt copies the settings that an administrator may have made.
func (r *replay) adopt(i lacp.Info) {
	i = r.end.standIn(i)
	r.port.Key, r.port.Priority = i.Key, i.Port.Priority
	r.port.Passive = !i.State.Has(lacp.StateActivity)
	r.port.ShortTimeout = i.State.Has(lacp.StateTimeout)
	r.port.Individual = !i.State.Has(lacp.StateAggregation)
}

func settings(s lacp.State) string {
	words := [...][2]string{{"Passive", "Active"}, {"Long Timeout", "Short Timeout"}, {"Individual", "Aggregatable"}}
	text := ""
	for i, w := range words {
		if i > 0 {
			text += ", "
		}
		text += w[s>>i&1]
	}
	return text
}

// frame lets time pass until the frame, and handles it.
func (r *replay) frame(f *slowFrame) error {
	r.advance(f.Time)
	switch {
	case f.own && f.slow.Kind == lacp.SlowLACPDU:
		r.sent(f)
	case f.own:
		r.line(f.Time, "#%d sent %s", f.Number, f.slow.Kind)
	default:
		r.received(f)
	}
	return r.err
}

// mostTimers is how often advance serves the engine's timers between two frames: for more
// than an hour at the fast rate. It skips a longer gap, or a wrong clock, in one step.
const mostTimers = 5000

// advance serves the engine's timers up to a time.
func (r *replay) advance(until time.Time) {
	at := r.sys.Deadline()
	for n := 0; n < mostTimers && !at.IsZero() && at.Before(until); n++ {
		r.sys.Advance(at)
		r.act(at)
		at = r.sys.Deadline()
	}
	if !at.IsZero() && at.Before(until) {
		r.line(until, "   no frames since %.0f s", at.Sub(r.start).Seconds())
		r.sys.Advance(until)
		r.act(until)
	}
}

// act prints the LACPDUs that the engine would send.
func (r *replay) act(now time.Time) {
	for _, a := range r.sys.Actions() {
		if a.Kind == lacp.ActionTransmit {
			r.line(now, "   engine sends       %s  partner %s", a.PDU.Actor.State, a.PDU.Partner.State)
		}
	}
}

func (r *replay) trace(t lacp.Transition) {
	// act prints when the engine sends, and churn does not affect the other machines.
	if t.Machine == lacp.MachinePeriodic || t.Machine == lacp.MachineActorChurn || t.Machine == lacp.MachinePartnerChurn || t.From == "BEGIN" {
		return
	}
	r.line(t.At, "   engine %s %s → %s: %s", t.Machine, t.From, t.To, t.Why)
}

// received passes a frame that the captured end received to the engine.
func (r *replay) received(f *slowFrame) {
	what := ""
	if f.slow.Kind == lacp.SlowLACPDU {
		what = fmt.Sprintf("  %s  partner %s", f.pdu.Actor.State, f.pdu.Partner.State)
	}
	r.line(f.Time, "#%d received %s%s", f.Number, f.slow.Kind, what)
	frame, err := r.end.forEngine(f, r.id)
	if err == nil {
		_, err = r.sys.Receive(f.Time, r.port.Number, frame)
	}
	if err != nil {
		r.line(f.Time, "   engine drops it: %v", err)
	}
	r.act(f.Time)
	if f.slow.Kind == lacp.SlowLACPDU && f.slow.Untagged() && f.slow.ToGroup() {
		r.check.received(f)
	}
}

// sent compares a LACPDU that the captured end sent with the engine at that time.
func (r *replay) sent(f *slowFrame) {
	before := r.port
	r.adopt(f.pdu.Actor)
	// An administrator may change the settings, so a change is not an error.
	if r.id != f.pdu.Actor.System {
		r.line(f.Time, "   the end's system is now %s", f.pdu.Actor.System)
		r.id = f.pdu.Actor.System
		if err := r.sys.SetSystem(f.Time, r.id); err != nil {
			r.line(f.Time, "   ! invalid system: %v", err)
		}
	}
	if r.port != before {
		r.line(f.Time, "   the end's settings are now key %d, %s", f.pdu.Actor.Key, settings(f.pdu.Actor.State))
		if err := r.sys.SetPort(f.Time, r.port); err != nil {
			r.line(f.Time, "   ! invalid port settings: %v", err)
			r.port = before
		}
	}
	r.act(f.Time)
	s, _ := r.sys.Port(r.port.Number)
	r.line(f.Time, "#%d sent     lacpdu  %s  partner %s; engine %s  %v %v, %s", f.Number,
		f.pdu.Actor.State, f.pdu.Partner.State, s.Actor.State, s.Receive, s.Mux, s.Reason)
	for _, d := range r.check.sent(f, &s) {
		r.line(f.Time, "   ! %s", d)
	}
}

// summary prints how often each deviation occurred, and the final state of the engine.
func (r *replay) summary() {
	s, _ := r.sys.Port(r.port.Number)
	r.printf("the engine ends with %s", s.Reason)
	if advice := s.Reason.Code.Advice(); advice != "" {
		r.printf(": %s", advice)
	}
	r.printf("\n")
	if len(r.check.seen) == 0 {
		r.printf("no deviation from the standard\n")
	}
	for _, d := range r.check.seen {
		r.printf("%d × %s\n", d.count, d.rule)
	}
}

// line prints a line that begins with the seconds since the first frame.
func (r *replay) line(at time.Time, format string, args ...any) {
	r.printf("%10.4f "+format+"\n", append([]any{at.Sub(r.start).Seconds()}, args...)...)
}

func (r *replay) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(r.out, format, args...); err != nil && r.err == nil {
		r.err = err
	}
}
