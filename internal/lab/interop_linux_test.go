package lab

import (
	"testing"
	"time"
)

func TestTry(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			p := newPair(t, ours, k, pairConfig{members: 2})
			took := p.form(t, 30*time.Second)
			t.Logf("%s: formed in %v", k.version(t), took)
			p.reachable(t)
			r := p.pinging(200, 5*time.Millisecond)(t)
			t.Logf("%d lost", len(r.Lost))
			for _, plug := range p.plugs() {
				g := plug.seen.get()
				t.Log(plug.name, g.data)
			}
		})
	}
}
