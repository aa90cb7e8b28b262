package lab

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// dropLACPDUs makes an interface drop the slow-protocols frames that it sends: cls_bpf on
// egress, "ldh [12]; jeq 0x8809, drop, else leave alone".
func dropLACPDUs(t testing.TB, ns *netlab.NS, name string) (heal func()) {
	t.Helper()
	// The interface may have a clsact already.
	_ = ns.Do(func() error { return runQuietly("tc", "qdisc", "add", "dev", name, "clsact") })
	ns.Run(t, "tc", "filter", "add", "dev", name, "egress", "prio", "7", "protocol", "all", "bpf", "da",
		"bytecode", "4,40 0 0 12,21 0 1 34825,6 0 0 2,6 0 0 4294967295")
	return func() { ns.Run(t, "tc", "filter", "del", "dev", name, "egress", "prio", "7") }
}

func TestOneWayLACPDULoss(t *testing.T) {
	needLong(t)
	b := newBed(t, bedConfig{members: 2})
	b.form(t, formLimit)
	for _, tt := range []struct {
		name string
		ns   *netlab.NS
		end  string
	}{
		{"from Open vSwitch", b.far, b.theirs[0]},
		{"from us", b.near, b.ours[0]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			other := b.lacpd.status(t).Members[1].Reason.Since
			// The worst moment for the loss is just after one of our LACPDUs, once they are
			// periodic again.
			sent := b.lacpd.status(t).Members[0].Counters.LACPDUsTx
			await(t, "four periodic LACPDUs", time.Now(), 5*time.Second,
				func() bool { return b.lacpd.status(t).Members[0].Counters.LACPDUsTx >= sent+4 }, func() string { return b.show(t) })
			at := time.Now()
			heal := dropLACPDUs(t, tt.ns, tt.end)
			healed := false
			defer func() {
				if !healed {
					heal()
				}
			}()
			var we, they, told time.Duration // told: they reported that they do not receive us
			await(t, "both ends stop using the member", at, 10*time.Second, func() bool {
				m := b.lacpd.status(t).Members[0]
				if told == 0 && slices.Contains(m.Partner.Flags, "Expired") {
					told = time.Since(at)
				}
				if !m.CarriesData && we == 0 {
					we = time.Since(at)
				}
				if !b.ovs.Members(t)["o0"].Enabled && they == 0 {
					they = time.Since(at)
				}
				return we != 0 && they != 0
			}, func() string { return fmt.Sprintf("we %v, they %v\n%s", we, they, b.show(t)) })
			t.Logf("we stop after %v, Open vSwitch after %v; it reported Expired after %v (0: never)", we, they, told)
			// If we receive nothing, we notice after 3 s. If Open vSwitch receives nothing, we
			// notice when it reports that, which it does with its next periodic LACPDU.
			slack := machine.Slack(at)
			if limit := 3300*time.Millisecond + slack; we > limit {
				t.Errorf("we stop using the member after %v, want at most %v", we, limit)
			}
			if limit := 6500*time.Millisecond + slack; they > limit {
				t.Errorf("Open vSwitch stops using the member after %v, want at most %v", they, limit)
			}
			// Wait until both ends have given the partner up: then a peer sends only each 30
			// s.
			await(t, "the deaf end gives the partner up", at, 10*time.Second, func() bool {
				if tt.ns == b.far {
					return b.lacpd.status(t).Members[0].Receive == "DEFAULTED"
				}
				return b.ovs.Members(t)["o0"].Actor["defaulted"]
			}, func() string { return b.show(t) })

			at = time.Now()
			heal()
			healed = true
			back := await(t, "both ends use the member again", at, 5*time.Second,
				func() bool { return b.weUseAll(t) && b.theyUseAll(t) }, func() string { return b.show(t) })
			t.Logf("back %v after healing", back)
			if m := b.lacpd.status(t).Members[1]; !m.CarriesData || !m.Reason.Since.Equal(other) {
				t.Errorf("the other member was touched: %+v", m)
			}
		})
	}
}

// TestLossBothWays drops the LACPDUs of both ends, so that both fall back to the defaults.
// Open vSwitch then sends only each 30 s, so lacpd has to wake it.
func TestLossBothWays(t *testing.T) {
	needLong(t)
	b := newBed(t, bedConfig{members: 2})
	b.form(t, formLimit)
	at := time.Now()
	heals := []func(){dropLACPDUs(t, b.far, "o0"), dropLACPDUs(t, b.near, "p0")}
	await(t, "both ends give the partner up", at, 10*time.Second, func() bool {
		return b.lacpd.status(t).Members[0].Receive == "DEFAULTED" && b.ovs.Members(t)["o0"].Actor["defaulted"]
	}, func() string { return b.show(t) })
	at = time.Now()
	for _, heal := range heals {
		heal()
	}
	back := await(t, "both ends use the member again", at, 5*time.Second,
		func() bool { return b.weUseAll(t) && b.theyUseAll(t) }, func() string { return b.show(t) })
	t.Logf("back %v after healing", back)
}
