package lacp

import (
	"strings"
	"testing"
	"time"
)

// selections returns Selected of ports 1 to n, one letter each: S for SELECTED, s for
// STANDBY, - for UNSELECTED.
func (d *dut) selections(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte("-Ss"[d.port(PortNumber(i+1)).Selected])
	}
	return b.String()
}

// four returns a System with four ports on one aggregator. The partner's ports are
// numbered in reverse, 204 to 201.
func four(t *testing.T, c Config, ours SystemID, priorities ...uint16) *dut {
	t.Helper()
	c.System = ours
	ports := make([]PortConfig, 4)
	for i, v := range priorities {
		ports[i].Priority = v
	}
	d := newDUT(t, c, ports...)
	d.up(1, 2, 3, 4)
	d.keepUp(4*time.Second, all, reversed)
	return d
}

var all = []PortNumber{1, 2, 3, 4}

func reversed(p *PDU) { p.Actor.Port.Number = 305 - p.Actor.Port.Number }

var lowID, highID = SystemID{1, MAC{2, 0, 0, 0, 0, 0x0a}}, SystemID{0xffff, MAC{2, 0, 0, 0, 0, 0x0a}}

func TestMaxLinks(t *testing.T) {
	t.Run("SEL-14 and E10 our identifier is lower: our port identifiers decide", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2}, lowID)
		if got := d.selections(4); got != "SSss" {
			t.Errorf("Selected of the ports: %s, want SSss", got)
		}
		for _, n := range []PortNumber{3, 4} {
			st := d.port(n)
			if st.Mux != MuxWaiting || st.Actor.State != 0x05 || st.Reason.Code != ReasonStandby || d.muxes[n] != (Mux{}) {
				t.Errorf("port %d: %v, %v, %v, %+v", n, st.Mux, st.Actor.State, st.Reason, d.muxes[n])
			}
		}
	})
	t.Run("SEL-15 the partner's is lower: its port identifiers decide", func(t *testing.T) {
		if got := four(t, Config{MaxLinks: 2}, highID).selections(4); got != "ssSS" {
			t.Errorf("Selected of the ports: %s, want ssSS", got)
		}
	})
	// attached returns a System with a port that has just attached and another port. The
	// partner, which decides, has attached neither.
	attached := func(t *testing.T) *dut {
		waiting := func(p *PDU) { p.Actor.State &^= StateSynchronization | StateCollecting | StateDistributing }
		d := newDUT(t, Config{MaxLinks: 1, System: highID}, PortConfig{}, PortConfig{})
		d.up(1, 2)
		d.hear(1, waiting)
		d.hear(2, waiting)
		d.pass(2100 * time.Millisecond)
		return d
	}
	t.Run("the partner that decides attaches its ports one after the other", func(t *testing.T) {
		d := attached(t)
		if st := d.port(1); d.selections(2) != "Ss" || st.Mux != MuxAttached {
			t.Fatalf("%s, port 1 is in %v", d.selections(2), st.Mux)
		}
		d.hear(2)
		if got := d.selections(2); got != "Ss" {
			t.Errorf("after the other port's LACPDU: Selected %s, want Ss", got)
		}
		d.hear(1)
		if st := d.port(1); d.selections(2) != "Ss" || !d.usable(1) {
			t.Errorf("%s, port 1 is in %v", d.selections(2), st.Mux)
		}
	})
	t.Run("the partner that decides attaches another port", func(t *testing.T) {
		d := attached(t)
		d.hear(2)
		d.pass(followTime)
		if st := d.port(2); d.selections(2) != "sS" || !d.usable(2) {
			t.Errorf("a second later: %s, port 2 is in %v", d.selections(2), st.Mux)
		}
	})
	t.Run("SEL-16 priority comes before the number, the number breaks ties", func(t *testing.T) {
		if got := four(t, Config{MaxLinks: 2}, lowID, 9, 9, 9, 1).selections(4); got != "SssS" {
			t.Errorf("Selected of the ports: %s, want SssS", got)
		}
	})
	t.Run("SEL-17 and E17 a failed port is replaced, the others stay", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2}, lowID)
		before := d.port(2)
		d.forget()
		d.down(1)
		if got := d.selections(4); got != "sSSs" {
			t.Fatalf("Selected of the ports: %s, want sSSs", got)
		}
		if st := d.port(3); st.Mux != MuxCollecting && st.Mux != MuxDistributing { // its wait_while was over long ago
			t.Errorf("port 3 is in %v", st.Mux)
		}
		if after := d.port(2); after.Mux != before.Mux || after.Reason != before.Reason {
			t.Errorf("port 2 was affected: %+v", after)
		}
		for _, tr := range d.trace {
			if tr.Port == 2 {
				t.Errorf("port 2: %v", tr)
			}
		}
		d.up(1)
		d.keepUp(2*time.Second, all, reversed)
		if got := d.selections(4); got != "SSss" {
			t.Errorf("after the port came back: Selected %s, want SSss", got)
		}
	})
	t.Run("a port that leaves the LAG is replaced", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2}, lowID)
		d.hear(1, from(0x0c, 2))
		if got := d.selections(4); got != "SSSs" || d.port(1).SelectedAggregator == d.port(2).SelectedAggregator {
			t.Errorf("Selected of the ports: %s, want SSSs with ports 1 and 2 on different aggregators", got)
		}
	})
	t.Run("a silent partner is replaced too", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2, RequirePartner: true}, lowID)
		d.set(func(c *PortConfig) { c.ShortTimeout = true })
		d.keepUp(time.Second, all, reversed)
		d.keepUp(4*time.Second, all[1:], reversed)
		if got := d.selections(4); got != "sSSs" && got != "-SSs" {
			t.Errorf("Selected of the ports: %s, want sSSs or -SSs", got)
		}
	})
	t.Run("NonRevertive: the port that recovers waits", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2, NonRevertive: true}, lowID)
		d.down(1)
		d.up(1)
		d.keepUp(3*time.Second, all, reversed)
		if got := d.selections(4); got != "sSSs" {
			t.Errorf("Selected of the ports: %s, want sSSs", got)
		}
		d.down(2)
		if got := d.selections(4); got != "SsSs" {
			t.Errorf("after the next failure: Selected %s, want SsSs", got)
		}
	})
	t.Run("the System that does not decide follows what the partner has attached", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2, NonRevertive: true}, highID)
		if got := d.selections(4); got != "ssSS" {
			t.Fatalf("Selected of the ports: %s, want ssSS", got)
		}
		for range 4 {
			for n := PortNumber(1); n <= 4; n++ {
				d.hear(n, reversed, func(p *PDU) {
					if n > 2 {
						p.Actor.State = 0x05
					}
				})
			}
			d.pass(time.Second)
		}
		if got := d.selections(4); got != "SSss" {
			t.Errorf("Selected of the ports: %s, want SSss", got)
		}
	})
	t.Run("SEL-18 a changed priority takes effect at once", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2}, lowID)
		c := d.port(4).Config
		c.Priority = 1
		d.do(d.SetPort(d.now, c))
		if got := d.selections(4); got != "SssS" {
			t.Errorf("Selected of the ports: %s, want SssS", got)
		}
	})
	t.Run("without a limit all are selected", func(t *testing.T) {
		if got := four(t, Config{}, lowID).selections(4); got != "SSSS" {
			t.Errorf("Selected of the ports: %s, want SSSS", got)
		}
	})
}

func TestWaitToRestore(t *testing.T) {
	d := four(t, Config{WaitToRestore: 10 * time.Second}, lowID)
	if got := d.selections(4); got != "SSSS" {
		t.Fatalf("links that never failed wait: Selected %s", got)
	}
	d.down(1)
	d.pass(time.Second)
	d.up(1)
	d.keepUp(9*time.Second, all, reversed)
	if got := d.port(1); got.Selected != Standby || got.Reason.Code != ReasonWaitToRestore || got.Actor.State.Has(StateSynchronization) {
		t.Errorf("after 9 s: %v, %v", got.Selected, got.Reason)
	}
	d.keepUp(2*time.Second, all, reversed)
	if !d.usable(1) {
		t.Errorf("after 11 s: %v", d.port(1).Reason)
	}
	t.Run("not if nothing else is up", func(t *testing.T) {
		for _, n := range all {
			d.down(n)
		}
		d.up(1)
		d.hear(1, reversed)
		if !d.usable(1) {
			t.Errorf("port 1 is not usable: %v", d.port(1).Reason)
		}
	})
}

func TestStandbyEdges(t *testing.T) {
	t.Run("wait-to-restore begins when the partner is heard", func(t *testing.T) {
		d := four(t, Config{WaitToRestore: 10 * time.Second}, lowID)
		d.down(1)
		d.up(1)
		d.keepUp(2*time.Second, all[1:], reversed)
		d.keepUp(9*time.Second, all, reversed)
		if got := d.selections(4); got != "sSSS" {
			t.Errorf("9 s after the first LACPDU: Selected of the ports %s, want sSSS", got)
		}
		d.keepUp(2*time.Second, all, reversed)
		if got := d.selections(4); got != "SSSS" {
			t.Errorf("11 s after it: Selected of the ports %s, want SSSS", got)
		}
	})
	t.Run("a port that is held takes no place", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2}, lowID)
		d.do(d.SetGate(d.now, 1, "g", GateSynchronization))
		if got := d.selections(4); got != "sSSs" {
			t.Errorf("Selected of the ports: %s, want sSSs", got)
		}
	})
	t.Run("a link that never carried data has nothing to be restored from", func(t *testing.T) {
		d := newDUT(t, Config{WaitToRestore: time.Minute}, PortConfig{}, PortConfig{})
		d.establish(1)
		d.keepUp(61*time.Second, []PortNumber{1})
		d.up(2)
		d.keepUp(3*time.Second, []PortNumber{1, 2})
		if !d.usable(2) {
			t.Errorf("port 2 is not usable: %v", d.port(2).Reason)
		}
	})
	t.Run("without a partner our own identifiers decide", func(t *testing.T) {
		admin := func(n PortNumber) Info {
			return Info{Key: 5, Port: PortID{0, 10 - n}, State: StateAggregation | StateSynchronization | StateCollecting}
		}
		d := newDUT(t, Config{MaxLinks: 1}, PortConfig{PartnerAdmin: admin(1)}, PortConfig{PartnerAdmin: admin(2)})
		d.up(1, 2)
		d.pass(10 * time.Second)
		if got := d.selections(2); got != "Ss" {
			t.Errorf("Selected of the ports: %s, want Ss", got)
		}
	})
}
