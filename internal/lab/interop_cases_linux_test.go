package lab

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/lab/echo"
	"github.com/lagkit/lagkit/marker"
)

// interopCase is one thing that is done to a pair, whose members are all in use
// before and after, but for the first case.
type interopCase struct {
	name string
	run  func(t testing.TB, p *pair) figures
	// quick cases are run always, the others with -interop only.
	quick bool
	// tells: the first end only knows of the fault if the second one says so.
	tells bool
}

// figures are what a case measured. Times that do not apply are zero.
type figures struct {
	form  time.Duration // from carrier, or the change, to both ends taking data on all members
	back  time.Duration // from the end of the fault until that
	stopA time.Duration // from the fault to the first end's last data frame on the member
	stopB time.Duration
	lost  int // echo requests without an answer
	sent  int
	note  string
}

const (
	echoEvery = 5 * time.Millisecond
	// healLimit is more than the 30 s after which a peer that has given its partner
	// up speaks.
	healLimit = 40 * time.Second
)

// interopCases are run in this order on each pair of two members at the fast rate.
var interopCases = []interopCase{
	{name: "form", run: formCase, quick: true},
	{name: "carrier lost and back", run: carrierCase, quick: true},
	{name: "silence from first to second end", run: silence(loseAll, true, false), quick: true, tells: true},
	{name: "silence from second to first end", run: silence(loseAll, false, true), quick: true},
	{name: "LACPDUs lost from first to second end", run: silence(loseLACP, true, false), tells: true},
	{name: "LACPDUs lost from second to first end", run: silence(loseLACP, false, true)},
	{name: "silence both ways", run: silence(loseAll, true, true)},
	{name: "Marker", run: markerCase, quick: true},
	{name: "cables swapped", run: swapCase},
	{name: "second end's system changes, and back", run: systemCase},
	{name: "second end's key changes, and back", run: keyCase},
	{name: "second end calls one member individual", run: individualCase},
	{name: "first end restarts", run: func(t testing.TB, p *pair) figures { return restartCase(t, p, p.a) }},
	{name: "second end restarts", run: func(t testing.TB, p *pair) figures { return restartCase(t, p, p.b) }, quick: true},
	{name: "first end leaves and comes back", run: func(t testing.TB, p *pair) figures { return leaveCase(t, p, p.a) }},
	{name: "second end leaves and comes back", run: func(t testing.TB, p *pair) figures { return leaveCase(t, p, p.b) }, quick: true},
}

func silence(l loss, ofA, ofB bool) func(t testing.TB, p *pair) figures {
	return func(t testing.TB, p *pair) figures { return silenceCase(t, p, l, ofA, ofB) }
}

func formCase(t testing.TB, p *pair) figures {
	f := figures{form: p.form(t, healLimit)}
	p.reachable(t)
	r := p.pinging(200, echoEvery)(t)
	f.lost, f.sent = len(r.Lost), r.Sent
	if r.Duplicate != 0 {
		t.Errorf("%d replies came twice", r.Duplicate)
	}
	return f
}

// carrierCase pulls a cable while echo requests are under way on it.
func carrierCase(t testing.TB, p *pair) figures {
	c := p.busiest(t, false)
	wait := p.pinging(800, echoEvery)
	p.awaitData(t, c.a, 100)
	c.setUp(t, false)
	r := wait(t)
	f := figures{lost: len(r.Lost), sent: r.Sent}
	p.reset()
	f.back = p.formed(t, c.setUp(t, true), healLimit, c)
	p.reachable(t)
	return f
}

// awaitData waits for that many more data frames of a plug.
func (p *pair) awaitData(t testing.TB, plug *plug, more int) {
	t.Helper()
	before := plug.seen.get().data
	await(t, plug.name+" sends data", time.Now(), 10*time.Second, func() bool { return plug.seen.get().data >= before+more },
		func() string { return p.show(t) })
}

// silenceCase loses what is sent on a cable, in one direction or both, just
// after a LACPDU has passed, which is the worst moment.
func silenceCase(t testing.TB, p *pair, l loss, ofA, ofB bool) figures {
	c := p.busiest(t, !ofA)
	from := c.a
	if !ofA {
		from = c.b
	}
	wait := p.pinging(p.patience, echoEvery)
	p.awaitData(t, from, 100)
	// Periodic ones only: the peers are at rest.
	pdus := from.seen.get().pdus
	await(t, "a LACPDU", time.Now(), 35*time.Second, func() bool { return from.seen.get().pdus > pdus }, func() string { return p.show(t) })
	p.reset()
	at := time.Now()
	if ofA {
		c.a.setLoss(l)
	}
	if ofB {
		c.b.setLoss(l)
	}
	r := wait(t)
	f := figures{lost: len(r.Lost), sent: r.Sent, stopA: stopped(c.a, at), stopB: stopped(c.b, at)}
	c.a.setLoss(loseNothing)
	c.b.setLoss(loseNothing)
	p.reset()
	f.back = p.formed(t, time.Now(), healLimit, c)
	p.reachable(t)
	return f
}

// stopped returns how long after a fault a peer stopped using a member: its last
// data frame there, or if it had none to send there its own word.
func stopped(p *plug, at time.Time) time.Duration {
	const underWay = 200 * time.Millisecond // what was sent before, and its answers
	g := p.seen.get()
	switch {
	case g.leftAt.IsZero() || g.dataAt.Sub(at) > underWay:
		return max(g.dataAt.Sub(at), 0)
	}
	return g.leftAt.Sub(at)
}

// busiest returns the cable on which the first end, or the second one, sends most of
// the data: some peers leave a member without any. The case is recorded there.
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
	r := wait(t)
	f.lost, f.sent = len(r.Lost), r.Sent
	p.reachable(t)
	return f
}

func restartCase(t testing.TB, p *pair, who peer) figures {
	// Each end speaks as its new self before it counts.
	at := time.Now()
	who.restart(t)
	p.reset()
	f := figures{form: p.formed(t, at, healLimit, p.cables...)}
	p.reachable(t)
	return f
}

// markerCase asks the second end with a Marker whether it has got all frames.
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

// leaveCase: how long the end that stays goes on sending to one that has left.
func leaveCase(t testing.TB, p *pair, who peer) figures {
	var wait func(testing.TB) echo.Result
	if who == p.b { // the requests come from the first end
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
			f.note = "the second end does not say that it stops"
		}
	}
	at = time.Now()
	who.start(t)
	p.reset()
	f.back = p.formed(t, at, healLimit, p.cables...)
	p.reachable(t)
	return f
}

// leaveLimit is how long an end is given to say that it takes no data any more from
// one that has said good-bye.
const leaveLimit = 10 * time.Second

// left returns how long after at the second end has said on all members that it takes
// no data; 0 if it does not say so.
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
