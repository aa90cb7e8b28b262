package lab

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// changeCase changes the identity that the second end shows, on all cables, and changes it
// back.
func changeCase(t testing.TB, p *pair, change func(*lacp.Info)) figures {
	put := func(m func() *mask) time.Duration {
		p.reset()
		at := time.Now()
		for _, c := range p.cables {
			c.b.mask.Store(m())
		}
		return p.formedAs(t, at, p.cables...)
	}
	f := figures{form: put(func() *mask { return &mask{change: change} })}
	p.reachable(t)
	f.back = put(func() *mask { return nil })
	p.reachable(t)
	return f
}

func systemCase(t testing.TB, p *pair) figures {
	return changeCase(t, p, func(i *lacp.Info) { i.System.MAC[5] ^= 0x55 })
}

func keyCase(t testing.TB, p *pair) figures {
	return changeCase(t, p, func(i *lacp.Info) { i.Key += 100 })
}

// formedAs waits until the ends use the cables and each has received the other's present
// identity. The change has not been sent yet.
func (p *pair) formedAs(t testing.TB, at time.Time, cables ...cable) time.Duration {
	t.Helper()
	for _, c := range cables {
		before := c.b.seen.get().pdus
		await(t, "the second end sends", at, healLimit, func() bool { return c.b.seen.get().pdus > before },
			func() string { return p.show(t) })
	}
	return p.formed(t, at, healLimit, cables...)
}

// individualCase: the second end declares one of its members individual, like a switch whose
// port is not in the group. lost counts frames that are lost after everything has settled: an
// end that still reports that it takes data there, but does not, loses the frames that the
// other sends it.
func individualCase(t testing.TB, p *pair) figures {
	alone, rest := p.cables[1], p.cables[0]
	p.focus = alone
	wait := p.pinging(1200, echoEvery)
	at := time.Now()
	p.reset()
	alone.b.mask.Store(&mask{change: func(i *lacp.Info) { i.State &^= lacp.StateAggregation }})
	wait(t)
	f := figures{stopA: stopped(alone.a, at)}
	f.take(p.pinging(200, echoEvery)(t))
	if !rest.a.seen.get().inUse(rest.b.seen.get()) {
		t.Errorf("the other member is not in use\n%s", p.show(t))
	}
	alone.b.mask.Store(nil)
	p.reset()
	f.back = p.formedAs(t, time.Now(), alone)
	p.reachable(t)
	return f
}
