package main

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/lagkit/lagkit/bond"
)

// TestReloadReplacesABondOnlyIfAsked checks that a file that changes the protocol or the name of a
// running bond is refused as a whole, unless it sets allow_replace.
func TestReloadReplacesABondOnlyIfAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		a := b.opened("a")
		for _, text := range []string{
			"bonds:\n- {name: a, ports: [eth1, eth2], protocol: FAILOVER, mtu: 9000}\n- {name: b, ports: [eth3], mtu: 9000}\n",
			"bonds:\n- {name: c, ports: [eth1, eth2]}\n- {name: b, ports: [eth3], mtu: 9000}\n",
		} {
			b.log.Reset()
			b.reloadWith(t, text)
			if a.closed || a.sets != 0 || b.opened("b").sets != 0 || b.opened("c") != nil {
				t.Errorf("%s: a closed %v, %d and %d settings changed, c opened %v; want nothing changed", text, a.closed, a.sets, b.opened("b").sets, b.opened("c") != nil)
			}
			if log := b.log.String(); !strings.Contains(log, "set allow_replace: true") || !strings.Contains(log, "configuration refused, nothing changed") {
				t.Errorf("%s: the log lacks the reason:\n%s", text, log)
			}
		}
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1, eth2], protocol: FAILOVER, allow_replace: true}\n- {name: b, ports: [eth3]}\n")
		if a.closed || a.cfg.Mode != bond.ModeFailover {
			t.Errorf("a closed %v, mode %v, want FAILOVER", a.closed, a.cfg.Mode)
		}
		b.reloadWith(t, "bonds:\n- {name: c, ports: [eth1, eth2], allow_replace: true}\n- {name: b, ports: [eth3]}\n")
		if !a.closed || b.opened("c") == nil {
			t.Errorf("a closed %v, c opened %v, want both", a.closed, b.opened("c") != nil)
		}
	})
}

// TestBondThatDoesNotRunCanBeReplaced checks that a mistake in a bond that could not be opened is
// corrected without allow_replace.
func TestBondThatDoesNotRunCanBeReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "bonds:\n- {name: a, ports: [eth1]}\n- {name: b, ports: [eth3]}\n")
		b.host.fails["a"] = errors.New("eth1 is busy")
		b.run(t)
		delete(b.host.fails, "a")
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1], protocol: FAILOVER}\n- {name: b, ports: [eth3]}\n")
		if a := b.opened("a"); a == nil || a.cfg.Mode != bond.ModeFailover {
			t.Errorf("a is %+v, want it open with FAILOVER", a)
		}
	})
}
