package lacp

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestDrain(t *testing.T) {
	gone := func(p *PDU) { p.Actor.State &^= StateCollecting | StateDistributing }
	for _, coupled := range []bool{false, true} {
		t.Run(fmt.Sprintf("in order, coupled %v", coupled), func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{CoupledControl: coupled}, PortConfig{})
			d.establish(1, 2)
			d.do(d.Drain(d.now, 1))
			if m := d.muxes[1]; !m.Collecting || m.Distributing || len(d.told) != 1 || d.told[0] != ActionFlush {
				t.Fatalf("data path %+v, actions %v: want no distributing and ActionFlush", m, d.told)
			}
			d.pass(100 * time.Millisecond)
			d.do(d.Flushed(d.now, 1))
			st := d.port(1)
			if m := d.muxes[1]; !m.Collecting || m.Distributing || st.Actor.State != 0x05 || st.Drain != DrainLeaving {
				t.Fatalf("data path %+v, state %v, drain state %v: want collecting, *****G*A, leaving", m, st.Actor.State, st.Drain)
			}
			if last := d.sent[1][len(d.sent[1])-1]; last.Actor.State != 0x05 {
				t.Errorf("the last LACPDU has state %v, want *****G*A", last.Actor.State)
			}
			d.pass(10 * time.Millisecond)
			d.hear(1, gone)
			d.pass(99 * time.Millisecond)
			if m := d.muxes[1]; !m.Collecting {
				t.Fatalf("data path %+v: frames under way are no longer collected", m)
			}
			d.pass(time.Millisecond)
			if m := d.muxes[1]; m != (Mux{}) || len(d.told) != 2 || d.told[1] != ActionDrained {
				t.Fatalf("data path %+v, actions %v: want none, and ActionDrained last", m, d.told)
			}
			if st := d.port(1); st.Reason.Code != ReasonDraining || st.Drain.String() != "drained" {
				t.Errorf("reason %v, drain state %v; want Draining, drained", st.Reason, st.Drain)
			}
			if !d.usable(2) {
				t.Error("the drain affected port 2")
			}
			d.do(d.Undrain(d.now, 1))
			d.keepUp(3*time.Second, []PortNumber{1, 2})
			if !d.usable(1) {
				t.Errorf("port 1 is not usable: %v", d.port(1).Reason)
			}
		})
	}
	t.Run("no answer", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.Drain(d.now, 1))
		d.pass(time.Second)
		if got := d.port(1).Drain; got != DrainLeaving || !d.muxes[1].Collecting {
			t.Errorf("after 1 s: drain state %v, data path %+v; want leaving, collecting", got, d.muxes[1])
		}
		d.pass(3 * time.Second)
		if got := d.port(1).Drain; got != DrainDone || d.muxes[1] != (Mux{}) {
			t.Errorf("after 4 s: drain state %v, data path %+v; want drained, none", got, d.muxes[1])
		}
	})
	t.Run("a port that carries nothing is drained at once", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.do(d.Drain(d.now, 1))
		if len(d.told) != 1 || d.told[0] != ActionDrained {
			t.Errorf("actions %v, want ActionDrained", d.told)
		}
	})
	t.Run("the link fails meanwhile", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.Drain(d.now, 1))
		d.down(1)
		if got := d.port(1).Drain; got != DrainDone || d.muxes[1] != (Mux{}) {
			t.Errorf("drain state %v, data path %+v; want drained, none", got, d.muxes[1])
		}
	})
	t.Run("ended while it flushes", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.Drain(d.now, 1))
		d.do(d.Undrain(d.now, 1))
		if !d.usable(1) || !d.muxes[1].Distributing {
			t.Errorf("port 1 does not distribute: %v, data path %+v", d.port(1).Reason, d.muxes[1])
		}
		d.do(d.Flushed(d.now, 1)) // too late, has no effect
		if !d.usable(1) {
			t.Errorf("port 1 is not usable: %v", d.port(1).Reason)
		}
	})
}

func TestDrainEdges(t *testing.T) {
	t.Run("each thing is asked for once", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.Drain(d.now, 1))
		since := d.port(1).Reason.Since
		d.pass(100 * time.Millisecond)
		d.hear(1, short)
		d.hear(1)
		d.do(d.Drain(d.now, 1))
		if len(d.told) != 1 || d.port(1).Reason.Since != since {
			t.Errorf("actions %v, draining since %v; want one action, since %v", d.told, d.port(1).Reason.Since, since)
		}
		d.do(d.Flushed(d.now, 1))
		d.do(d.Flushed(d.now, 1))
		d.pass(10 * time.Second)
		d.hear(1)
		if want := []ActionKind{ActionFlush, ActionDrained}; !slices.Equal(d.told, want) {
			t.Errorf("actions %v", d.told)
		}
	})
	t.Run("a port that is undrained at once waits for the others again", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.Drain(d.now, 1))
		d.do(d.Flushed(d.now, 1))
		d.do(d.Undrain(d.now, 1))
		d.pass(AggregateWaitTime - time.Millisecond)
		if st := d.port(1); st.Mux != MuxWaiting {
			t.Errorf("just before the end of the wait: Mux state %v, want WAITING", st.Mux)
		}
		d.pass(time.Millisecond)
		d.hear(1)
		if !d.usable(1) {
			t.Errorf("after the wait: %v, want a usable port", d.port(1).Reason)
		}
	})
	t.Run("a port that waits has nothing to flush, and its partner nothing to stop", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1)
		d.do(d.Drain(d.now, 1))
		if want := []ActionKind{ActionDrained}; !slices.Equal(d.told, want) {
			t.Errorf("actions %v", d.told)
		}
	})
	leaving := func(t *testing.T, c PortConfig) *dut {
		d := newDUT(t, Config{}, c)
		d.establish(1)
		d.hear(1)
		d.pass(2 * time.Second)
		d.do(d.Drain(d.now, 1))
		d.do(d.Flushed(d.now, 1))
		if got := d.port(1).Drain; got != DrainLeaving {
			t.Fatalf("port 1: drain state %v, want leaving", got)
		}
		return d
	}
	t.Run("its link fails while the partner is waited for", func(t *testing.T) {
		d := leaving(t, PortConfig{})
		d.down(1)
		if got := d.port(1).Drain; got != DrainDone {
			t.Errorf("port 1: drain state %v, want drained", got)
		}
	})
	t.Run("its partner falls silent meanwhile", func(t *testing.T) {
		d := leaving(t, PortConfig{ShortTimeout: true})
		d.pass(1100 * time.Millisecond) // 3 s after its last LACPDU
		if got := d.port(1).Drain; got != DrainDone {
			t.Errorf("port 1: drain state %v, want drained", got)
		}
	})
}
