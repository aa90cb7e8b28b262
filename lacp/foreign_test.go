package lacp

import (
	"testing"
	"time"
)

// foreign returns a foreign port of the LAG that newDUT's ports are on.
func foreign(n PortNumber, change func(*Foreign)) Foreign {
	f := Foreign{
		Port: PortID{DefaultPriority, n}, Key: 1, Usable: true,
		Partner: Info{System: partnerSystem, Key: 2, Port: PortID{DefaultPriority, n + 100}},
	}
	if change != nil {
		change(&f)
	}
	return f
}

func TestForeignPortsCountForMaxLinks(t *testing.T) {
	for _, test := range []struct {
		name    string
		c       Config
		ours    SystemID
		foreign []Foreign
		want    string
	}{
		{"none", Config{MaxLinks: 2}, lowID, nil, "SSss"},
		{"one before ours", Config{MaxLinks: 2}, lowID, []Foreign{foreign(5, func(f *Foreign) { f.Port.Priority = 1 })}, "Ssss"},
		{"two before ours", Config{MaxLinks: 2}, lowID, []Foreign{
			foreign(5, func(f *Foreign) { f.Port.Priority = 1 }), foreign(6, func(f *Foreign) { f.Port.Priority = 1 })}, "ssss"},
		{"three, more than the limit", Config{MaxLinks: 2}, lowID, []Foreign{foreign(5, func(f *Foreign) { f.Port.Priority = 1 }),
			foreign(6, func(f *Foreign) { f.Port.Priority = 1 }), foreign(7, func(f *Foreign) { f.Port.Priority = 1 })}, "ssss"},
		{"one after ours", Config{MaxLinks: 2}, lowID, []Foreign{foreign(5, nil)}, "SSss"},
		{"one that is held out", Config{MaxLinks: 2}, lowID, []Foreign{foreign(5, func(f *Foreign) { f.Port.Priority, f.Usable = 1, false })}, "SSss"},
		{"another key", Config{MaxLinks: 2}, lowID, []Foreign{foreign(5, func(f *Foreign) { f.Port.Priority, f.Key = 1, 9 })}, "SSss"},
		{"another partner", Config{MaxLinks: 2}, lowID, []Foreign{foreign(5, func(f *Foreign) { f.Port.Priority, f.Partner.System.MAC[5] = 1, 9 })}, "SSss"},
		{"another key of the partner", Config{MaxLinks: 2}, lowID, []Foreign{foreign(5, func(f *Foreign) { f.Port.Priority, f.Partner.Key = 1, 9 })}, "SSss"},
		{"the partner decides", Config{MaxLinks: 2}, highID, []Foreign{foreign(5, func(f *Foreign) { f.Partner.Port.Priority, f.Attached = 1, true })}, "Ssss"},
		{"attached, but revertive", Config{MaxLinks: 2}, lowID, []Foreign{foreign(5, func(f *Foreign) { f.Attached = true })}, "SSss"},
		{"attached, nonrevertive", Config{MaxLinks: 2, NonRevertive: true}, lowID, []Foreign{foreign(5, func(f *Foreign) { f.Attached = true })}, "Ssss"},
		{"no limit", Config{}, lowID, []Foreign{foreign(5, func(f *Foreign) { f.Port.Priority = 1 })}, "SSSS"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.c.System = test.ours
			d := newDUT(t, test.c, PortConfig{}, PortConfig{}, PortConfig{}, PortConfig{})
			d.do(d.SetForeign(d.now, test.foreign))
			d.up(1, 2, 3, 4)
			d.keepUp(6*time.Second, []PortNumber{1, 2, 3, 4})
			if got := d.selections(4); got != test.want {
				t.Errorf("Selected of the ports: %s, want %s", got, test.want)
			}
			d.do(d.SetForeign(d.now, nil))
			want := "SSss"
			if test.c.MaxLinks == 0 {
				want = "SSSS"
			}
			if got := d.selections(4); got != want {
				t.Errorf("without the foreign ports: %s, want %s", got, want)
			}
		})
	}
	t.Run("the partner decides, by its own ports", func(t *testing.T) {
		for priority, want := range map[uint16]string{1: "Ssss", DefaultPriority: "SSss"} { // of the partner's port
			d := newDUT(t, Config{System: highID, MaxLinks: 2}, PortConfig{}, PortConfig{}, PortConfig{}, PortConfig{})
			d.do(d.SetForeign(d.now, []Foreign{foreign(5, func(f *Foreign) { f.Port.Priority, f.Partner.Port.Priority = 1, priority })}))
			d.up(1, 2, 3, 4)
			d.keepUp(6*time.Second, []PortNumber{1, 2, 3, 4}, notInSync)
			if got := d.selections(4); got != want {
				t.Errorf("priority %d of the partner's port: Selected of ours %s, want %s", priority, got, want)
			}
		}
	})
	t.Run("nonrevertive: an attached one keeps its place before a port that recovers", func(t *testing.T) {
		d := newDUT(t, Config{System: lowID, MaxLinks: 1, NonRevertive: true}, PortConfig{})
		d.do(d.SetForeign(d.now, []Foreign{foreign(5, func(f *Foreign) { f.Attached = true })}))
		d.up(1)
		d.keepUp(6*time.Second, []PortNumber{1})
		if got := d.selections(1); got != "s" {
			t.Errorf("Selected of the port: %s, want s", got)
		}
		d.do(d.SetForeign(d.now, []Foreign{foreign(5, nil)}))
		if got := d.selections(1); got != "S" {
			t.Errorf("the foreign port is not attached: Selected of ours %s, want S", got)
		}
	})
}

func TestForeignPortsCountForMinLinks(t *testing.T) {
	d := newDUT(t, Config{MinLinks: 2}, PortConfig{})
	d.establish(1)
	if d.muxes[1].Distributing || d.port(1).Reason.String() != "BelowMinLinks (have 1 distributing, want 2 distributing)" {
		t.Errorf("alone: data path %+v, reason %v", d.muxes[1], d.port(1).Reason)
	}
	other := foreign(5, func(f *Foreign) { f.Distributing = true })
	d.do(d.SetForeign(d.now, []Foreign{other}))
	if !d.muxes[1].Distributing {
		t.Errorf("with a foreign port: data path %+v, reason %v", d.muxes[1], d.port(1).Reason)
	}
	d.down(1)
	for a := range d.Aggregators() {
		if a.Up {
			t.Error("an aggregator whose only port is foreign is up")
		}
	}
	d.establish(1)
	other.Distributing = false
	d.do(d.SetForeign(d.now, []Foreign{other}))
	if d.muxes[1].Distributing {
		t.Errorf("the foreign port no longer distributes: data path %+v", d.muxes[1])
	}
}

// TestForeignPortsOfAnotherLAGDoNotCount: neither those of another partner nor those beside a link
// that is Individual.
func TestForeignPortsOfAnotherLAGDoNotCount(t *testing.T) {
	for _, test := range []struct {
		name   string
		port   PortConfig
		change func(*Foreign)
		want   bool
	}{
		{"the same LAG", PortConfig{}, nil, true},
		{"another key", PortConfig{}, func(f *Foreign) { f.Key = 9 }, false},
		{"another partner", PortConfig{}, func(f *Foreign) { f.Partner.System.MAC[5] = 9 }, false},
		{"another key of the partner", PortConfig{}, func(f *Foreign) { f.Partner.Key = 9 }, false},
		{"our link is Individual", PortConfig{Individual: true}, nil, false},
	} {
		d := newDUT(t, Config{MinLinks: 2}, test.port)
		d.establish(1)
		f := foreign(5, test.change)
		f.Distributing = true
		d.do(d.SetForeign(d.now, []Foreign{f}))
		if got := d.muxes[1].Distributing; got != test.want {
			t.Errorf("%s: distributes with MinLinks 2 and a foreign port: %v, want %v (%v)", test.name, got, test.want, d.port(1).Reason)
		}
	}
}

func TestForeignPortsAndFallback(t *testing.T) {
	none := func(f *Foreign) { f.Partner = Info{} }
	for _, test := range []struct {
		name    string
		mode    Fallback
		foreign Foreign
		want    bool
	}{
		{"one with a partner", FallbackOne, foreign(5, nil), false},
		{"one with a partner, all fall back", FallbackAll, foreign(5, nil), false},
		{"one with a partner and another key", FallbackOne, foreign(5, func(f *Foreign) { f.Key = 9 }), true},
		{"one that falls back first", FallbackOne, foreign(5, func(f *Foreign) { none(f); f.FallbackDue, f.Port.Priority = true, 1 }), false},
		{"one that falls back first, all do", FallbackAll, foreign(5, func(f *Foreign) { none(f); f.FallbackDue, f.Port.Priority = true, 1 }), true},
		{"one that falls back after ours", FallbackOne, foreign(5, func(f *Foreign) { none(f); f.FallbackDue = true }), true},
		{"one that is held out", FallbackOne, foreign(5, func(f *Foreign) { none(f); f.Port.Priority = 1 }), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{RequirePartner: true, Fallback: test.mode, FallbackTimeout: time.Second}, PortConfig{})
			d.do(d.SetForeign(d.now, []Foreign{test.foreign}))
			d.up(1)
			d.pass(10 * time.Second)
			if got := d.muxes[1].Distributing; got != test.want {
				t.Errorf("the port carries data: %v, want %v (%v)", got, test.want, d.port(1).Reason)
			}
			d.do(d.SetForeign(d.now, nil))
			d.pass(3 * time.Second)
			if !d.muxes[1].Distributing {
				t.Errorf("without the foreign port: %v", d.port(1).Reason)
			}
		})
	}
}

// Of two chassis without a partner, only the one without a gate carries data.
func TestGateKeepsPortFromFallback(t *testing.T) {
	d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackAll}, PortConfig{}, PortConfig{})
	for n := PortNumber(1); n <= 2; n++ {
		d.do(d.SetGateState(d.now, n, "chassis", GateState{Level: GateSynchronization, Reason: ReasonStandbyChassis}))
	}
	d.up(1, 2)
	d.pass(20 * time.Second)
	if d.muxes[1].Collecting || d.muxes[2].Collecting {
		t.Errorf("data paths of a standby chassis: %+v, %+v, want none", d.muxes[1], d.muxes[2])
	}
	for n := PortNumber(1); n <= 2; n++ {
		d.do(d.SetGate(d.now, n, "chassis", GateOpen))
	}
	if !d.muxes[1].Distributing || !d.muxes[2].Distributing {
		t.Errorf("data paths of the active chassis: %+v, %+v, want both", d.muxes[1], d.muxes[2])
	}
}

func TestForeignPortOnThePartnersPort(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.do(d.SetForeign(d.now, []Foreign{foreign(5, func(f *Foreign) { f.Partner.Port.Number = 101 })}))
	d.up(1)
	d.keepUp(3*time.Second, []PortNumber{1}, notInSync)
	if got := d.port(1).Reason; got.String() != "DuplicatePartnerPort (port 101 of priority 32768)" {
		t.Errorf("reason %v, want DuplicatePartnerPort (port 101 of priority 32768)", got)
	}
	d.do(d.SetForeign(d.now, []Foreign{foreign(5, func(f *Foreign) { f.Partner.Port.Number, f.Partner.System.MAC[5] = 101, 9 })}))
	if got := d.port(1).Reason.Code; got != ReasonPartnerNotInSync {
		t.Errorf("the same port of another partner: reason %v, want PartnerNotInSync", got)
	}
}

func TestSetForeignErrors(t *testing.T) {
	d := newDUT(t, Config{MaxLinks: 1}, PortConfig{}, PortConfig{})
	d.establish(1)
	for name, ports := range map[string][]Foreign{
		"Port.Number": {foreign(0, nil)},
		"ports":       make([]Foreign, maxForeign+1),
	} {
		checkFieldError(t, d.SetForeign(d.now, ports), name)
	}
	checkFieldError(t, d.SetForeign(d.now, []Foreign{foreign(2, nil)}), "Port.Number")
	checkFieldError(t, d.SetForeign(d.now, []Foreign{foreign(7, nil), foreign(7, nil)}), "Port.Number")
	first := func(f *Foreign) { f.Port.Priority = 1 }
	ports := []Foreign{foreign(7, first)}
	d.do(d.SetForeign(d.now, ports))
	ports[0].Usable = false // the caller's own
	d.do(d.SetForeign(d.now, []Foreign{foreign(7, first)}))
	if d.usable(1) {
		t.Error("port 1 is usable although a foreign port has the only place")
	}
	most := make([]Foreign, maxForeign)
	for i := range most {
		most[i] = foreign(PortNumber(i+1000), nil)
	}
	d.do(d.SetForeign(d.now, most))
	d.keepUp(3*time.Second, []PortNumber{1})
	if !d.usable(1) {
		t.Errorf("port 1 comes before all foreign ones: %v", d.port(1).Reason)
	}
}
