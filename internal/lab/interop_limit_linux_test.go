package lab

import (
	"testing"
	"time"
)

// limitCases are the cases of a pair whose first end uses fewer members than exist.
var limitCases = []interopCase{
	{name: "form, the other member on standby", run: limitFormCase, quick: true},
	{name: "standby takes over, and gives back", run: takeoverCase, kind: caseTakeover, quick: true},
}

// splitUse separates the cables that both ends use from the others.
func (p *pair) splitUse() (used, idle []cable) {
	for _, c := range p.cables {
		if c.a.seen.get().inUse(c.b.seen.get()) && c.b.seen.get().inUse(c.a.seen.get()) {
			used = append(used, c)
		} else {
			idle = append(idle, c)
		}
	}
	return used, idle
}

// limited waits until as many members are in use as the first end allows, and the first end
// reports the others as out of sync.
func (p *pair) limited(t testing.TB, start time.Time) time.Duration {
	t.Helper()
	return await(t, "as many members in use as the limit allows", start, healLimit, func() bool {
		used, idle := p.splitUse()
		for _, c := range idle {
			if g := c.a.seen.get(); g.pdus == 0 || g.pdu.Actor.State&usable != 0 {
				return false
			}
		}
		return len(used) == p.cfg.aLimit
	}, func() string { return p.show(t) })
}

// connect plugs all cables in, and waits until both ends use as many as they may.
func (p *pair) connect(t testing.TB) {
	t.Helper()
	if p.cfg.aLimit > 0 {
		p.limited(t, p.plugIn(t))
	} else {
		p.form(t, healLimit)
	}
	p.reachable(t)
}

func limitFormCase(t testing.TB, p *pair) figures {
	var f figures
	at := p.quietly(t, func(at time.Time) { f.form = p.limited(t, at) })
	used, _ := p.splitUse()
	f.spoke = used[0].b.seen.get().spokeAt.Sub(at)
	f.synced = used[0].a.seen.get().syncAt.Sub(at)
	p.reachable(t)
	f.take(p.pinging(200, echoEvery)(t))
	return f
}

// takeoverCase pulls the cable in use, and plugs it in again.
func takeoverCase(t testing.TB, p *pair) figures {
	used, idle := p.splitUse()
	if len(used) != 1 || len(idle) != 1 {
		t.Fatalf("%d members in use, %d not\n%s", len(used), len(idle), p.show(t))
	}
	first, standby := used[0], idle[0]
	p.focus = standby
	wait := p.pinging(800, echoEvery)
	p.awaitData(t, first.a, 100)
	p.reset()
	f := figures{form: p.formed(t, first.setUp(t, false), healLimit, standby)}
	f.take(wait(t))
	p.reset()
	at := first.setUp(t, true)
	f.back = p.formed(t, at, healLimit, first)
	p.limited(t, at)
	p.reachable(t)
	return f
}
