package lab

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/lab/echo"
)

// pair is two peers with cables between them. The test is in the middle of each cable.
type pair struct {
	a, b   peer
	cfg    pairConfig
	cables []cable
	tape   *tape
	// plugging is held while a cable is plugged in or pulled. Frames that an end sends
	// meanwhile wait until the other end is plugged in or pulled too.
	plugging *sync.RWMutex
	focus    cable // the cable that a case is about
	// patience is how many echo requests a silence lasts.
	patience int
}

// pairConfig describes a pair; both ends ask for the same rate.
type pairConfig struct {
	members            int
	slow               bool
	aPassive, bPassive bool
	aCoupled           bool // the first end couples collecting and distributing
	aLimit, bLimit     int  // of members in use; 0: none
	noWait             bool // a lagkit end does not wait for other links
}

func (c pairConfig) String() string {
	s := fmt.Sprintf("%d members, fast", c.members)
	if c.slow {
		s = fmt.Sprintf("%d members, slow", c.members)
	}
	for _, more := range []struct {
		is   bool
		text string
	}{
		{c.aPassive, "first end passive"},
		{c.bPassive, "second end passive"},
		{c.aCoupled, "first end coupled"},
		{c.aLimit > 0 && c.bLimit == 0, fmt.Sprintf("first end uses %d", c.aLimit)},
		{c.aLimit > 0 && c.bLimit > 0, fmt.Sprintf("both ends use %d", c.aLimit)},
		{c.noWait, "no wait-while"},
	} {
		if more.is {
			s += ", " + more.text
		}
	}
	return s
}

// booting is held while a pair starts, which keeps the machine busy for seconds, and shared
// while the time to form is measured.
var booting sync.RWMutex

// newPair starts both peers, with the cables unplugged.
func newPair(t testing.TB, a, b *peerKind, cfg pairConfig) *pair {
	t.Helper()
	a.need(t)
	b.need(t)
	booting.Lock()
	defer booting.Unlock()
	p := &pair{cfg: cfg, tape: &tape{}, plugging: new(sync.RWMutex), patience: 1600}
	p.a = a.make(t, peerConfig{id: 1, members: cfg.members, slow: cfg.slow, passive: cfg.aPassive,
		coupled: cfg.aCoupled, limit: cfg.aLimit, noWait: cfg.noWait})
	p.b = b.make(t, peerConfig{id: 2, members: cfg.members, slow: cfg.slow, passive: cfg.bPassive, limit: cfg.bLimit, noWait: cfg.noWait})
	for i := range cfg.members {
		p.cables = append(p.cables, newCable(t, i, p.a.ends()[i], p.b.ends()[i], p.tape, p.plugging))
	}
	p.focus = p.cables[0]
	p.a.start(t)
	p.b.start(t)
	for _, c := range p.cables {
		c.pump()
	}
	return p
}

func (p *pair) plugs() []*plug {
	var all []*plug
	for _, c := range p.cables {
		all = append(all, c.a, c.b)
	}
	return all
}

// reset clears the times when members were first seen in use.
func (p *pair) reset() {
	for _, plug := range p.plugs() {
		plug.seen.reset()
	}
}

// plugIn plugs all cables in and returns the time.
func (p *pair) plugIn(t testing.TB) time.Time {
	t.Helper()
	p.reset()
	at := time.Now()
	for _, c := range p.cables {
		c.setUp(t, true)
	}
	return at
}

// formed waits until both ends have reported on these cables, since reset, that they use them,
// and returns how long after start the last report came.
func (p *pair) formed(t testing.TB, start time.Time, limit time.Duration, cables ...cable) time.Duration {
	t.Helper()
	var last time.Time
	await(t, "both ends use the members", start, limit, func() bool {
		last = start
		for _, c := range cables {
			for _, plug := range []*plug{c.a, c.b} {
				g := plug.seen.get()
				if g.usableAt.IsZero() || !g.inUse(plug.to.Load().seen.get()) {
					return false
				}
				if g.usableAt.After(last) {
					last = g.usableAt
				}
			}
		}
		return true
	}, func() string { return p.show(t) })
	return last.Sub(start)
}

func (p *pair) form(t testing.TB, limit time.Duration) time.Duration {
	t.Helper()
	return p.formed(t, p.plugIn(t), limit, p.cables...)
}

// pings holds the results of echo requests.
type pings struct {
	echo.Result
	// stuck is how many of the lost requests did not reach the second end. For the others the
	// answer was lost.
	stuck int
}

// pinging sends echo requests from the first end in the background.
func (p *pair) pinging(count int, every time.Duration) func(t testing.TB) pings {
	type outcome struct {
		r   pings
		err error
	}
	done := make(chan outcome, 1)
	before := p.requests()
	go func() {
		r, err := p.a.ping("10.9.0.2", count, every)
		done <- outcome{pings{r, max(0, count-int(p.requests()-before))}, err}
	}()
	return func(t testing.TB) pings {
		t.Helper()
		o := <-done
		if o.err != nil {
			t.Fatal(o.err)
		}
		return o.r
	}
}

// requests returns how many echo requests have reached the second end.
func (p *pair) requests() (n int64) {
	for _, c := range p.cables {
		n += c.a.requests.Load()
	}
	return n
}

// reachable waits until echo requests are answered, so that ARP and the peers' tables have
// settled.
func (p *pair) reachable(t testing.TB) {
	t.Helper()
	var r pings
	await(t, "the ends reach each other", time.Now(), 20*time.Second, func() bool {
		r = p.pinging(2*echo.Flows, 5*time.Millisecond)(t)
		return len(r.Lost) == 0
	}, func() string { return fmt.Sprintf("%+v\n%s", r, p.show(t)) })
}

func (p *pair) show(t testing.TB) string {
	var s strings.Builder
	for _, plug := range p.plugs() {
		g := plug.seen.get()
		fmt.Fprintf(&s, "%s: %d LACPDUs, %d data frames, actor %v, partner %v\n", plug.name, g.pdus, g.data, g.pdu.Actor.State, g.pdu.Partner.State)
	}
	fmt.Fprintf(&s, "first end: %s\nsecond end: %s", p.a.show(t), p.b.show(t))
	return s.String()
}
