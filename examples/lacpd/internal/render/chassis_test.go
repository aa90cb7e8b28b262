package render

import (
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

func number(n int) *int { return &n }

// nas1 is a group with a LAG, as head-a sees it.
func nas1() *view.Status {
	began := since
	return &view.Status{
		Chassis: &view.Chassis{Group: "nas1", Name: "head-a", Number: 1, Joined: true, Store: &view.Store{Members: 3, Answering: 3, Answers: true, Contact: number(41), Latency: 1234}},
		Bonds: []view.Bond{{Name: "bond0", Running: true, Carriage: view.Carriage{LAG: &view.LAG{
			Name: "uplink", Mode: view.ModeStandby, Role: view.RoleActive, Active: "head-a", Since: &began, Epoch: 4711, Left: 459, Source: view.SourceStore, TakeoverMS: 850,
			Boxes: []view.Box{
				{Name: "head-b", Number: 2, Able: true, Score: 2, Links: 2, Ports: []int{8193, 8194}, Partner: "8000,00:1c:73:00:00:01 key 12", Heard: number(12)},
				{Name: "head-a", Number: 1, Self: true, Able: true, Score: 2, Links: 2, Ports: []int{4097, 4098}, Partner: "8000,00:1c:73:00:00:01 key 12"},
			},
		}}}},
	}
}

func TestChassisText(t *testing.T) {
	lag := func(s *view.Status) *view.LAG { return s.Bonds[0].LAG }
	for _, tt := range []struct {
		what   string
		change func(s *view.Status)
		want   string
	}{
		{"all is well", func(*view.Status) {}, `group nas1, this is head-a (1), store: 3 of 3, last contact 41 ms ago, answers in 1.2 ms
lag uplink   active: head-a since 1m30s, epoch 4711, permission 459 ms left (store), bond bond0
  head-a (1)  ready  2 of 2 links   ports 4097 4098   partner 8000,00:1c:73:00:00:01 key 12
  head-b (2)  ready  2 of 2 links   ports 8193 8194   partner the same   standby: would take over in about 0.8 s
differences: none
`},
		{"no store, by the grant of a box that differs", func(s *view.Status) {
			s.Chassis.Store.Answers, s.Chassis.Store.Error, s.Chassis.Store.Answering = false, "no quorum", 0
			l := lag(s)
			l.Source, l.Boxes[0].Able, l.Boxes[0].Partner = view.SourcePeers, false, "8000,00:1c:73:00:00:02 key 1"
			l.Differences = []view.Discrepancy{{What: "mtu", Box: "head-b", Ours: "9000", Theirs: "1500"}}
		}, `group nas1, this is head-a (1), store: 3, last contact 41 ms ago, answers in 1.2 ms, does not answer: no quorum
lag uplink   active: head-a since 1m30s, epoch 4711, permission 459 ms left (granted by the other boxes), bond bond0
  head-a (1)  ready  2 of 2 links   ports 4097 4098   partner 8000,00:1c:73:00:00:01 key 12
  head-b (2)  not able  2 of 2 links   ports 8193 8194   partner 8000,00:1c:73:00:00:02 key 1
  differs from head-b: mtu 9000 here, 1500 there
  no standby: no other box could take it over
`},
		{"it can't carry the LAG, the active one is not heard", func(s *view.Status) {
			l := lag(s)
			l.Role, l.Active, l.Left, l.Source = view.RoleNone, "head-b", 0, ""
			l.Reason = &view.Reason{Code: "NotReady", Severity: "info", Since: since, Have: "score 0", Want: "at least 1", Advice: "Wait."}
			l.Boxes[0].Heard, l.Boxes[1].Able, l.Boxes[1].Partner = nil, false, ""
		}, `group nas1, this is head-a (1), store: 3 of 3, last contact 41 ms ago, answers in 1.2 ms
lag uplink   active: head-b since 1m30s, epoch 4711, bond bond0
  this box could not carry it: info: NotReady for 1m30s (have score 0, want at least 1). Wait.
  head-a (1)  not able  2 of 2 links   ports 4097 4098
  head-b (2)  not heard   partner 8000,00:1c:73:00:00:01 key 12
differences: none
`},
		{"it has not joined", func(s *view.Status) {
			s.Chassis.Joined, s.Chassis.Number, s.Chassis.Error = false, 0, "chassis: number 1 for head-a belongs to head-b"
			s.Chassis.Store = &view.Store{Members: 3, Error: "refused"}
			s.Bonds = nil
		}, `group nas1, this is head-a, store: no answer yet: refused
  not joined: chassis: number 1 for head-a belongs to head-b
differences: none
`},
		{"an engine, and a LAG that all carry", func(s *view.Status) {
			s.Chassis.External, s.Chassis.Store = true, nil
			*lag(s) = view.LAG{Name: "all", Mode: view.ModeAll, Boxes: []view.Box{{Name: "head-a", Number: 1, Self: true, Able: true, Score: 1, Ports: []int{4097}}, {Name: "head-b", Gone: true}, {Name: "head-c", Heard: number(12_345)}}}
		}, `group nas1, this is head-a (1), the box's own engine decides
lag all      all boxes carry it, bond bond0
  head-a (1)  ready  score 1   ports 4097
  head-b      has ended
  head-c      not heard for 12 s
`},
	} {
		s := nas1()
		tt.change(s)
		var out strings.Builder
		if err := Chassis(&out, s, since.Add(90*time.Second)); err != nil || out.String() != tt.want {
			t.Errorf("%s: %v\n%swant\n%s", tt.what, err, &out, tt.want)
		}
	}
}

// TestStatusSaysWhyAStandbyCarriesNothing at the level of the bond.
func TestStatusSaysWhyAStandbyCarriesNothing(t *testing.T) {
	s := nas1()
	b := &s.Bonds[0]
	shows := func(what string, want ...string) {
		t.Helper()
		b.Cause = view.Cause(b)
		got := shown(t, b)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: the status lacks %q:\n%s", what, w, got)
			}
		}
	}
	b.Up = true
	b.Members = []view.Member{{Name: "eth1", CarriesData: true, Reason: view.Reason{Severity: "ok"}}}
	shows("active", "bond0: up on 1 of 1 link\n", "\n  active for LAG uplink, epoch 4711, permission for 459 ms\n")
	b.LAG.Boxes[0].Able = false
	shows("alone", "\n  no other box could take LAG uplink over: lacpd chassis status shows why\n")
	b.LAG.Source = view.SourceNone
	shows("isolated", "\n  active for LAG uplink without store and peers, epoch 4711\n")
	b.Up, b.LAG.Role, b.LAG.Active, b.LAG.Left = false, view.RoleStandby, "head-b", 0
	b.LAG.Reason = &view.Reason{Code: "StandbyChassis", Severity: "info", Since: since, Have: "head-b", Advice: "None needed."}
	shows("standby", "bond0: standby for head-b, which carries LAG uplink, epoch 4711\n", "\n  this box carries nothing of LAG uplink: info: StandbyChassis for 1m30s (head-b). None needed.\n")
	b.LAG.Role, b.LAG.Reason = view.RoleNone, &view.Reason{Code: "ChassisDiffers", Severity: "misconfiguration", Since: since, Have: "mtu 1500", Want: "mtu 9000 of head-b", Advice: "Give all chassis the same settings."}
	shows("it differs", "bond0: down: carries nothing and could not take LAG uplink over from head-b, epoch 4711: ChassisDiffers (mtu 1500, want mtu 9000 of head-b)\n")
	b.LAG.Active, b.LAG.Reason = "", &view.Reason{Code: "NoStore", Severity: "error", Since: since, Advice: "Check the store."}
	shows("no store", "bond0: down: no permission to carry LAG uplink: NoStore\n", "error: NoStore for 1m30s. Check the store.\n")
}
