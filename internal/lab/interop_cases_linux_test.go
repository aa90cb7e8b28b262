package lab

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/marker"
)

// interopCase is one thing that is done to a pair. All members of the pair are in use before
// and after it, except before the first case.
type interopCase struct {
	name string
	run  func(t testing.TB, p *pair) figures
	kind caseKind
	// quick cases always run, the others only with -interop.
	quick bool
}

// caseKind selects the limits for a case's figures.
type caseKind uint8

const (
	caseForm    caseKind = iota
	caseCarrier          // loss of carrier
	caseOneWay           // one end receives nothing, or no LACPDU
	caseSilence          // neither end receives anything
	caseChange           // another setting changes
	caseLeave
	caseIndividual
	caseTakeover // by a standby member
	caseMarker
)

// figures are the measurements of a case. Times that do not apply are zero.
type figures struct {
	form  time.Duration // from carrier, or the change, to both ends taking data on all members
	back  time.Duration // from the end of the fault until the same
	stopA time.Duration // from the fault to the first end's last data frame on the member
	stopB time.Duration
	lost  int // echo requests without an answer
	sent  int
	stuck int // of the lost, those that did not reach the second end
	note  string

	// These show the peer's share of the above. They are not in the table.
	spoke  time.Duration // from carrier to the second end's first LACPDU, on the last member
	synced time.Duration // from carrier to the first end's Synchronization, on the last member
	long   bool          // the second end asks for LACPDUs each 30 s
	silent bool          // the second end does not say that it stops

	// limited is set if an end had sent three LACPDUs in the second before it reported that it
	// collects.
	limited bool
}

const (
	echoEvery = 5 * time.Millisecond
	// At the slow rate it takes 90 s to detect a silence, and half a minute until the other
	// end's next LACPDU.
	slowEchoEvery = 50 * time.Millisecond
	slowPatience  = 100 * time.Second
	// healLimit is more than the 30 s until a peer that has given its partner up sends again.
	healLimit = 40 * time.Second
)

// Names of cases that other code refers to.
const (
	carrierLostCase = "carrier lost and back"
	unheardCase     = "silence from first to second end"
	deafCase        = "silence from second to first end"
	unheardLACP     = "LACPDUs lost from first to second end"
	deafLACP        = "LACPDUs lost from second to first end"
	silentCase      = "silence both ways"
	weRestartCase   = "first end restarts"
	theyRestartCase = "second end restarts"
	weLeaveCase     = "first end leaves and comes back"
	theyLeaveCase   = "second end leaves and comes back"
)

// interopCases run in this order on each pair of two members at the fast rate.
var interopCases = []interopCase{
	{name: "form", run: formCase, quick: true},
	{name: carrierLostCase, run: carrierCase, kind: caseCarrier, quick: true},
	{name: unheardCase, run: silence(loseAll, true, false), kind: caseOneWay, quick: true},
	{name: deafCase, run: silence(loseAll, false, true), kind: caseOneWay, quick: true},
	{name: unheardLACP, run: silence(loseLACP, true, false), kind: caseOneWay},
	{name: deafLACP, run: silence(loseLACP, false, true), kind: caseOneWay},
	{name: silentCase, run: silence(loseAll, true, true), kind: caseSilence},
	{name: "Marker", run: markerCase, kind: caseMarker, quick: true},
	{name: "cables swapped", run: swapCase, kind: caseChange},
	{name: "second end's system changes, and back", run: systemCase, kind: caseChange},
	{name: "second end's key changes, and back", run: keyCase, kind: caseChange},
	{name: "second end calls one member individual", run: individualCase, kind: caseIndividual},
	{name: weRestartCase, run: func(t testing.TB, p *pair) figures { return restartCase(t, p, p.a) }, kind: caseChange},
	{name: theyRestartCase, run: func(t testing.TB, p *pair) figures { return restartCase(t, p, p.b) }, kind: caseChange, quick: true},
	{name: weLeaveCase, run: func(t testing.TB, p *pair) figures { return leaveCase(t, p, p.a) }, kind: caseLeave},
	{name: theyLeaveCase, run: func(t testing.TB, p *pair) figures { return leaveCase(t, p, p.b) }, kind: caseLeave, quick: true},
}

func silence(l loss, ofA, ofB bool) func(t testing.TB, p *pair) figures {
	return func(t testing.TB, p *pair) figures { return silenceCase(t, p, l, ofA, ofB) }
}

// quietly plugs the cables in, at the time it returns, and measures. Meanwhile it keeps other
// pairs from starting.
func (p *pair) quietly(t testing.TB, measure func(at time.Time)) (at time.Time) {
	t.Helper()
	booting.RLock()
	defer booting.RUnlock()
	at = p.plugIn(t)
	measure(at)
	return at
}

func formCase(t testing.TB, p *pair) figures {
	var f figures
	at := p.quietly(t, func(at time.Time) { f.form = p.formed(t, at, healLimit, p.cables...) })
	for _, c := range p.cables {
		a, b := c.a.seen.get(), c.b.seen.get()
		f.spoke, f.synced = max(f.spoke, b.spokeAt.Sub(at)), max(f.synced, a.syncAt.Sub(at))
		f.limited = f.limited || a.limited || b.limited
	}
	p.reachable(t)
	r := p.pinging(200, echoEvery)(t)
	f.take(r)
	if r.Duplicate != 0 {
		t.Errorf("%d duplicate replies, want 0", r.Duplicate)
	}
	return f
}

// take records the results of echo requests.
func (f *figures) take(r pings) { f.lost, f.sent, f.stuck = len(r.Lost), r.Sent, r.stuck }

// carrierCase pulls a cable while echo requests are on it.
func carrierCase(t testing.TB, p *pair) figures {
	c := p.busiest(t, false)
	wait := p.pinging(800, echoEvery)
	p.awaitData(t, c.a, 100)
	c.setUp(t, false)
	var f figures
	f.take(wait(t))
	p.reset()
	f.back = p.formed(t, c.setUp(t, true), healLimit, c)
	p.reachable(t)
	return f
}

// awaitData waits until a plug has sent that many more data frames.
func (p *pair) awaitData(t testing.TB, plug *plug, more int) {
	t.Helper()
	before := plug.seen.get().data
	await(t, plug.name+" sends data", time.Now(), 10*time.Second, func() bool { return plug.seen.get().data >= before+more },
		func() string { return p.show(t) })
}

// silenceCase drops the frames on a cable, in one direction or both, just after a LACPDU has
// passed, which is the worst moment.
func silenceCase(t testing.TB, p *pair, l loss, ofA, ofB bool) figures {
	c := p.busiest(t, !ofA)
	from, to := c.a, c.b
	if !ofA {
		from, to = to, from
	}
	p.settle(t, c)
	count, every := p.patience, echoEvery
	if p.cfg.slow {
		count, every = int(slowPatience/slowEchoEvery), slowEchoEvery
	}
	seldom := !to.seen.get().wantsFast()
	if seldom { // the echo requests might end before the next LACPDU
		p.awaitLACPDUs(t, from, 1)
	}
	wait := p.pinging(count, every)
	if !seldom {
		p.awaitData(t, from, 100)
		p.awaitLACPDUs(t, from, 1)
	}
	p.reset()
	at := time.Now()
	if ofA {
		c.a.setLoss(l)
	}
	if ofB {
		c.b.setLoss(l)
	}
	var f figures
	f.take(wait(t))
	f.stopA, f.stopB = stopped(c.a, at), stopped(c.b, at)
	f.long = !c.b.seen.get().wantsFast()
	if f.stopB == 0 && c.b.seen.get().leftAt.IsZero() {
		f.silent, f.note = true, "the second end does not say that it stops"
	}
	c.a.setLoss(loseNothing)
	c.b.setLoss(loseNothing)
	p.reset()
	f.back = p.formed(t, time.Now(), healLimit, c)
	p.reachable(t)
	return f
}

// settle waits until the ends of a cable send only periodic LACPDUs.
func (p *pair) settle(t testing.TB, c cable) {
	t.Helper()
	const some = 3
	if !c.a.seen.get().wantsFast() || !c.b.seen.get().wantsFast() {
		return // half a minute for each
	}
	p.awaitLACPDUs(t, c.a, some)
	p.awaitLACPDUs(t, c.b, some)
}

// awaitLACPDUs waits until a plug has sent that many more LACPDUs.
func (p *pair) awaitLACPDUs(t testing.TB, plug *plug, more int) {
	t.Helper()
	before := plug.seen.get().pdus
	await(t, "LACPDUs", time.Now(), 35*time.Second, func() bool { return plug.seen.get().pdus >= before+more }, func() string { return p.show(t) })
}

// stopped returns how long after a fault a peer stopped using a member. That is when it sent
// its last data frame there or, if it had no data to send there, when it reported that it
// stopped.
func stopped(p *plug, at time.Time) time.Duration {
	const underWay = 200 * time.Millisecond // covers frames sent before, and their answers
	g := p.seen.get()
	switch {
	case g.leftAt.IsZero() || g.dataAt.Sub(at) > underWay:
		return max(g.dataAt.Sub(at), 0)
	}
	return g.leftAt.Sub(at)
}

// busiest returns the cable that carries most of the first end's data, or of the second one's,
// because some peers send no data on some members. The case is recorded there.
func (p *pair) busiest(t testing.TB, second bool) cable {
	t.Helper()
	sent := func(c cable) int {
		if second {
			return c.b.seen.get().data
		}
		return c.a.seen.get().data
	}
	var before []int
	for _, c := range p.cables {
		before = append(before, sent(c))
	}
	p.pinging(100, echoEvery)(t)
	best := 0
	for i, c := range p.cables {
		if sent(c)-before[i] > sent(p.cables[best])-before[best] {
			best = i
		}
	}
	p.focus = p.cables[best]
	return p.focus
}

// swapCase crosses the first two cables without a loss of carrier.
func swapCase(t testing.TB, p *pair) figures {
	one, two := &p.cables[0], &p.cables[1]
	wait := p.pinging(1000, echoEvery)
	p.awaitData(t, p.busiest(t, false).a, 20)
	one.b, two.b = two.b, one.b
	p.reset()
	at := time.Now()
	for _, c := range []*cable{one, two} {
		c.a.to.Store(c.b)
		c.b.to.Store(c.a)
	}
	f := figures{form: p.formed(t, at, healLimit, p.cables...)}
	f.take(wait(t))
	p.reachable(t)
	return f
}

func restartCase(t testing.TB, p *pair, who peer) figures {
	// Each end has to send with its new identity before it counts.
	at := time.Now()
	who.restart(t)
	p.reset()
	f := figures{form: p.formed(t, at, healLimit, p.cables...)}
	p.reachable(t)
	return f
}

// markerCase sends a Marker to the second end, to ask whether it has received all frames.
func markerCase(t testing.TB, p *pair) figures {
	c := p.cables[0]
	system := c.a.seen.get().pdu.Actor.System.MAC
	g, err := marker.NewGenerator(marker.GeneratorConfig{System: system, Timeout: 2 * time.Second, FirstTransaction: 0x4c000001})
	if err != nil {
		t.Fatal(err)
	}
	n := c.a.seen.get().pdu.Actor.Port.Number
	if err := g.AddPort(n, system); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if _, err := g.Flush(start, n, marker.WholeMember); err != nil {
		t.Fatal(err)
	}
	for _, a := range g.Actions() {
		frame := a.AppendFrame(nil)
		p.tape.record(c.a, frame, true, false)
		c.b.end.write(frame)
	}
	var done []marker.Action
	await(t, "the flush ends", start, 5*time.Second, func() bool {
		if frame := c.b.seen.get().marker; frame != nil {
			g.Receive(time.Now(), n, frame)
		}
		g.Advance(time.Now())
		done = g.Actions()
		return len(done) > 0
	}, func() string { return p.show(t) })
	if done[0].Result == marker.ResultAnswered {
		return figures{note: "answered"}
	}
	return figures{note: "not answered"}
}

// leaveCase measures how long the end that stays keeps sending to one that has left.
func leaveCase(t testing.TB, p *pair, who peer) figures {
	var wait func(testing.TB) pings
	if who == p.b { // the first end sends the requests
		wait = p.pinging(1000, echoEvery)
		p.awaitData(t, p.busiest(t, false).a, 50)
	}
	p.reset()
	at := time.Now()
	who.leave(t)
	f := figures{}
	if wait != nil {
		wait(t)
		for _, c := range p.cables {
			f.stopA = max(f.stopA, stopped(c.a, at))
		}
	} else {
		if f.stopB = p.left(at); f.stopB == 0 {
			f.silent, f.note = true, "the second end does not say that it stops"
		}
	}
	at = time.Now()
	who.start(t)
	p.reset()
	f.back = p.formed(t, at, healLimit, p.cables...)
	p.reachable(t)
	return f
}

// leaveLimit is how long an end may take to report that it takes no more data from an end that
// has left with a last LACPDU.
const leaveLimit = 10 * time.Second

// left returns how long after at the second end has reported on all members that it takes no
// data, or 0 if it does not report that.
func (p *pair) left(at time.Time) time.Duration {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for time.Since(at) < leaveLimit {
		<-ticker.C
		var last time.Duration
		all := true
		for _, c := range p.cables {
			g := c.b.seen.get()
			all = all && !g.leftAt.IsZero()
			last = max(last, g.leftAt.Sub(at))
		}
		if all {
			return last
		}
	}
	return 0
}
