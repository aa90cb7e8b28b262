package mode

import (
	"slices"
	"testing"

	"github.com/lagkit/lagkit/lacp"
)

// link is an input of a test: the state of a member's link.
type link struct {
	id   ID
	up   bool
	mbps uint32
}

func TestFailoverChoosesTheActiveMember(t *testing.T) {
	up := []link{{0, true, 100}, {1, true, 1000}, {2, true, 100}}
	for _, c := range []struct {
		name     string
		reselect Reselect
		change   func(m []Member)
		links    []link
		want     []ID // the active members, one after another
	}{
		{"the first", ReselectAlways, nil, up, []ID{0}},
		{"the next when it fails", ReselectAlways, nil, append(slices.Clone(up), link{0, false, 0}), []ID{0, 1}},
		{"it stays when the first is back", ReselectAlways, nil, append(slices.Clone(up), link{0, false, 0}, link{0, true, 100}), []ID{0, 1}},
		{"none", ReselectAlways, nil, []link{{0, true, 100}, {0, false, 0}}, []ID{0, None}},
		{"the primary", ReselectAlways, func(m []Member) { m[2].Primary = true }, up, []ID{0, 2}},
		{"the priority", ReselectAlways, func(m []Member) { m[1].Priority = 5 }, up, []ID{0, 1}},
		{"the primary above the priority", ReselectAlways, func(m []Member) { m[2].Primary, m[1].Priority = true, 5 }, up, []ID{0, 1, 2}},
		{"a faster primary", ReselectBetter, func(m []Member) { m[1].Primary = true }, up, []ID{0, 1}},
		{"no slower primary", ReselectBetter, func(m []Member) { m[2].Primary = true }, up, []ID{0}},
		{"only a failure", ReselectFailure, func(m []Member) { m[1].Primary = true }, up, []ID{0}},
		{"no drained member", ReselectAlways, func(m []Member) { m[0].Drained = true }, up, []ID{1}},
		{"no gated member", ReselectAlways, func(m []Member) { m[0].Gates = map[string]lacp.Gate{"x": lacp.GateSynchronization} }, up, []ID{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewStatic(Failover, Settings{Static: StaticSettings{Reselect: c.reselect}})
			members := []Member{{ID: 0}, {ID: 1}, {ID: 2}}
			if c.change != nil {
				c.change(members)
			}
			for _, m := range members {
				if err := s.Add(start, m); err != nil {
					t.Fatal(err)
				}
			}
			var got []ID
			for _, l := range c.links {
				s.SetLink(start, l.id, lacp.Link{Up: l.up, SpeedMbps: l.mbps, Duplex: lacp.DuplexFull})
				for _, e := range s.Effects() {
					if e.Kind == EffectActive {
						got = append(got, e.Member)
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("active members %v, want %v", got, c.want)
			}
		})
	}
}

func TestStaticCarriesByLink(t *testing.T) {
	for kind, want := range map[Kind][]bool{Spread: {true, true, false}, Stations: {true, true, false}, Failover: {true, false, false}, Nothing: {false, false, false}} {
		s := NewStatic(kind, Settings{})
		for id := range ID(3) {
			if err := s.Add(start, Member{ID: id}); err != nil {
				t.Fatal(err)
			}
			s.SetLink(start, id, lacp.Link{Up: id < 2})
		}
		for id, want := range want {
			if _, got := s.Carries(ID(id)); got != want {
				t.Errorf("kind %d: member %d distributes: %v, want %v", kind, id, got, want)
			}
		}
	}
}

func TestStationsAreAnnouncedWhenTheyMove(t *testing.T) {
	s := NewStatic(Stations, Settings{})
	announced := func(want bool) {
		t.Helper()
		if got := slices.ContainsFunc(s.Effects(), func(e Effect) bool { return e.Kind == EffectAnnounce }); got != want {
			t.Errorf("announced: %v, want %v", got, want)
		}
	}
	for id := range ID(2) {
		if err := s.Add(start, Member{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	announced(false)
	s.SetLink(start, 0, lacp.Link{Up: true})
	announced(true)
	s.SetLink(start, 0, lacp.Link{Up: true, SpeedMbps: 10})
	announced(false)
	s.SetLink(start, 1, lacp.Link{Up: true})
	announced(true)
	if got := s.Active(); got != 0 {
		t.Errorf("frames to groups are taken from member %d, want 0", got)
	}
	s.SetLink(start, 0, lacp.Link{})
	announced(true)
	if got := s.Active(); got != 1 {
		t.Errorf("frames to groups are taken from member %d, want 1", got)
	}
	s.SetLink(start, 1, lacp.Link{}) // nothing is left to announce with
	announced(false)
}

func TestEffectsAreReturnedOnce(t *testing.T) {
	s := NewStatic(Spread, Settings{})
	if err := s.Add(start, Member{}); err != nil {
		t.Fatal(err)
	}
	if got := s.Effects(); len(got) != 1 || got[0].Kind != EffectCarry {
		t.Errorf("effects %+v, want one EffectCarry", got)
	}
	if got := s.Effects(); len(got) != 0 {
		t.Errorf("effects %+v again, want none", got)
	}
}
