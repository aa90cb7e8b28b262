package lacp

import (
	"slices"
	"testing"
	"time"
)

// The ring keeps the newest transitions, and returns the oldest of them first.
func TestHistoryRing(t *testing.T) {
	var h history
	for i := range 2*HistoryLen + 5 {
		h.add(event{at: instant(i), machine: MachineMux})
		got := h.all()
		want := max(0, i+1-HistoryLen) // the oldest
		if len(got) != i+1-want || got[0].at != instant(want) || got[len(got)-1].at != instant(i) {
			t.Fatalf("after %d transitions the ring holds %d from %d to %d, want from %d to %d", i+1, len(got), got[0].at, got[len(got)-1].at, want, i)
		}
		if at, ok := h.since(MachineMux); at != instant(i) || !ok {
			t.Fatalf("since(MachineMux) = %d, %v, want %d, true", at, ok, i)
		}
	}
	if at, ok := h.since(MachineReceive); ok {
		t.Errorf("since(MachineReceive) = %d, true, want false", at)
	}
}

func TestHistory(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	if got := d.Since(1, MachineSelection); !got.IsZero() {
		t.Errorf("Since(1, MachineSelection) = %v before the first transition, want zero", got)
	}
	d.up(1)
	d.keepUp(3*time.Second, []PortNumber{1})
	want := slices.DeleteFunc(slices.Clone(d.trace), func(tr Transition) bool {
		return tr.Machine == MachinePeriodic && (tr.From == "PERIODIC_TX" || tr.To == "PERIODIC_TX")
	})
	if got := d.History(1); !slices.Equal(got, want) || len(got) < 10 {
		t.Errorf("history\n%v\ntrace\n%v", got, want)
	}
	if got := d.Since(1, MachineMux); got != d.port(1).Reason.Since {
		t.Errorf("Since(1, MachineMux) = %v, want %v", got, d.port(1).Reason.Since)
	}
	if d.History(2) != nil || !d.Since(2, MachineMux).IsZero() {
		t.Error("a port that does not exist has a history")
	}
	t.Run("the last 64", func(t *testing.T) {
		for range 40 {
			d.down(1)
			d.up(1)
		}
		got := d.History(1)
		if len(got) != HistoryLen || got[63] != d.trace[len(d.trace)-1] || !got[0].At.Equal(d.trace[len(d.trace)-64].At) {
			t.Errorf("%d transitions, from %v to %v", len(got), got[0], got[len(got)-1])
		}
		if !d.Since(1, MachineMux).IsZero() && d.Since(1, MachineMux).Before(got[0].At) {
			t.Error("Since returned a time although the transition is no longer in the history")
		}
	})
}

func TestHistoryEdges(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
	d.establish(1)
	d.keepUp(70*time.Second, []PortNumber{1}, short)
	for _, tr := range d.History(1) {
		if tr.From == "PERIODIC_TX" || tr.To == "PERIODIC_TX" {
			t.Errorf("the history has a pass through PERIODIC_TX: %v", tr)
		}
	}
	st := d.port(1)
	if got := d.Since(1, MachineMux); !got.Equal(st.Reason.Since) {
		t.Errorf("Mux since %v, want %v", got, st.Reason.Since)
	}
	h := d.History(1)
	for _, m := range []Machine{MachineReceive, MachineSelection, MachinePeriodic} {
		var last time.Time
		for _, tr := range h {
			if tr.Machine == m {
				last = tr.At
			}
		}
		if got := d.Since(1, m); !got.Equal(last) || got.Equal(h[len(h)-1].At) {
			t.Errorf("%v machine since %v, want %v", m, got, last)
		}
	}
}
