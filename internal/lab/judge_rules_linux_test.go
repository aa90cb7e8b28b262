package lab

import (
	"testing"
	"time"
)

// TestJudge: a miss fails, unless the peer's behaviour in that case explains it.
func TestJudge(t *testing.T) {
	const ms = time.Millisecond
	slow := pairConfig{members: 2, slow: true}
	const ok, fails, peer = "ok", "fails", "peer"
	for _, test := range []struct {
		about  string
		peer   *peerKind
		config pairConfig
		c      string
		f      figures
		self   *figures
		want   string
	}{
		{"in time", ours, plain, "form", figures{form: 2200 * ms}, nil, ok},
		{"late", ours, plain, "form", figures{form: 2400 * ms}, nil, fails},
		{"lost at rest", ours, plain, "form", figures{form: 2000 * ms, lost: 1}, nil, fails},
		{"no faster than the peer with itself", linuxBonding, plain, "form", figures{form: 2800 * ms, synced: 2800 * ms}, &figures{form: 2800 * ms}, ok},
		{"the peer spoke late", linuxBonding, plain, "form", figures{form: 2900 * ms, spoke: 600 * ms, synced: 2700 * ms}, &figures{form: 2700 * ms}, peer},
		{"we were late", linuxBonding, plain, "form", figures{form: 2900 * ms, spoke: 100 * ms, synced: 2700 * ms}, &figures{form: 2700 * ms}, fails},
		{"without wait-while", openVSwitch, pairConfig{members: 2, noWait: true}, "form", figures{form: 100 * ms}, &figures{form: 600 * ms}, ok},
		{"late without wait-while", openVSwitch, pairConfig{members: 2, noWait: true}, "form", figures{form: 101 * ms}, &figures{form: 600 * ms}, fails},
		{"three LACPDUs a second", openVSwitch, pairConfig{members: 2, noWait: true}, "form", figures{form: 1100 * ms, limited: true}, nil, ok},
		{"later than that", openVSwitch, pairConfig{members: 2, noWait: true}, "form", figures{form: 1101 * ms, limited: true}, nil, fails},
		{"what is under way is lost", linuxBonding, plain, carrierLostCase, figures{lost: 3}, &figures{lost: 1}, ok},
		{"more is lost", linuxBonding, plain, carrierLostCase, figures{lost: 4}, &figures{lost: 1}, fails},
		{"answers are lost", teamDriver, plain, carrierLostCase, figures{lost: 20, stuck: 1}, &figures{lost: 1}, peer},
		{"requests are lost", teamDriver, plain, carrierLostCase, figures{lost: 20, stuck: 3}, &figures{lost: 1}, fails},
		{"both stop", ours, plain, deafCase, figures{stopA: 3000 * ms, stopB: 3300 * ms}, nil, ok},
		{"we go on", openVSwitch, plain, unheardCase, figures{stopA: 3500 * ms, stopB: 2900 * ms}, nil, fails},
		{"the peer goes on in EXPIRED", openVSwitch, plain, unheardCase, figures{stopA: 3000 * ms, stopB: 6000 * ms}, nil, peer},
		{"the peer goes on though told", openVSwitch, plain, deafCase, figures{stopA: 3000 * ms, stopB: 6000 * ms}, nil, fails},
		{"at the slow rate", ours, slow, deafCase, figures{stopA: 90 * time.Second, stopB: 90 * time.Second}, nil, ok},
		{"late at the slow rate", ours, slow, deafCase, figures{stopA: 94 * time.Second, stopB: 90 * time.Second}, nil, fails},
		{"the last LACPDU is heeded", ours, slow, theyLeaveCase, figures{stopA: 10 * ms}, nil, ok},
		{"the last LACPDU is ignored", ours, slow, theyLeaveCase, figures{stopA: 5000 * ms}, nil, fails},
		{"no last LACPDU", teamDriver, plain, theyLeaveCase, figures{stopA: 3000 * ms}, nil, peer},
		{"no last LACPDU, and no time-out", teamDriver, plain, theyLeaveCase, figures{stopA: 3400 * ms}, nil, fails},
	} {
		kind := caseForm
		for _, c := range interopCases {
			if c.name == test.c {
				kind = c.kind
			}
		}
		r := result{a: ours, b: test.peer, config: test.config, interopCase: interopCase{name: test.c, kind: kind}, figures: test.f}
		got := ok
		for _, m := range r.judge(test.self) {
			if m.why == nil {
				got = fails
			} else if got == ok {
				got = peer
			}
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.about, got, test.want)
		}
	}
}
