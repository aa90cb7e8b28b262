package chassis

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// judgeBed returns the role of chassis B, whose store names the active chassis. It has just heard those
// given, which are able to take over.
func judgeBed(t *testing.T, active ID, heard ...ID) *role {
	t.Helper()
	m, err := New(time.Second, Config{Me: "B", Others: []ID{"A", "C"}, Boot: 1})
	if err != nil {
		t.Fatal(err)
	}
	m.SetScore(time.Second, 2)
	m.Result(time.Second, 1, View{Revision: 5, Active: active, Epoch: 5, Members: m.members}, nil)
	for _, id := range heard {
		m.Receive(time.Second, Message{From: id, To: "B", Boot: 1, Score: 2, Members: m.members})
	}
	c := &Chassis{group: Group{Me: "B", Others: []ID{"A", "C"}}}
	return &role{seat: seat{agreement: agreement{chassis: c, others: make(map[ID]Report)}}, machine: m}
}

// leads returns a report of links to a partner, the first one of a port.
func leads(partner byte, key lacp.Key, first lacp.PortNumber, links int) (r Report) {
	for n := range lacp.PortNumber(links) {
		r.Ports = append(r.Ports, lacp.Foreign{Port: lacp.PortID{Number: first<<12 + n}, Key: 1, Partner: far(partner, key, first<<8+n)})
	}
	return r
}

const (
	partner1 = "partner 8000,00:1c:73:00:00:01"
	partner2 = "partner 8000,00:1c:73:00:00:02"
)

// Without an active chassis, the links to another partner than most links lead to stay out.
func TestSmallerSetStandsBy(t *testing.T) {
	for what, c := range map[string]struct {
		own, a, c Report
		heard     []ID
		want      Obstacle
	}{
		"one partner":      {leads(1, 1, 2, 2), leads(1, 1, 1, 2), Report{}, []ID{"A"}, Obstacle{}},
		"the smaller set":  {leads(2, 1, 2, 1), leads(1, 1, 1, 2), Report{}, []ID{"A"}, Obstacle{lacp.ReasonDifferentPartner, partner2, partner1 + " of A"}},
		"the larger set":   {leads(2, 1, 2, 3), leads(1, 1, 1, 2), Report{}, []ID{"A"}, Obstacle{}},
		"equal sets":       {leads(2, 1, 2, 2), leads(1, 1, 1, 2), Report{}, []ID{"A"}, Obstacle{lacp.ReasonDifferentPartner, partner2, partner1 + " of A"}},
		"equal sets of C":  {leads(2, 1, 2, 2), Report{}, leads(1, 1, 3, 2), []ID{"C"}, Obstacle{}},
		"two against one":  {leads(2, 1, 2, 3), leads(1, 1, 1, 2), leads(1, 1, 3, 2), []ID{"A", "C"}, Obstacle{lacp.ReasonDifferentPartner, partner2, partner1 + " of A"}},
		"one is silent":    {leads(2, 1, 2, 3), leads(1, 1, 1, 2), leads(1, 1, 3, 2), []ID{"A"}, Obstacle{}},
		"another group":    {leads(1, 2, 2, 1), leads(1, 1, 1, 2), Report{}, []ID{"A"}, Obstacle{lacp.ReasonDifferentPartnerKey, "partner key 2", "partner key 1 of A"}},
		"no partner heard": {Report{}, leads(1, 1, 1, 2), Report{}, []ID{"A"}, Obstacle{}},
	} {
		r := judgeBed(t, "", c.heard...)
		r.own, r.others["A"], r.others["C"] = c.own, c.a, c.c
		if got := r.judge(); got != c.want {
			t.Errorf("%s: obstacle %+v, want %+v", what, got, c.want)
		}
	}
}

// The active chassis's settings matter until its report is gone, and its partner until it is silent.
func TestJudgeByTheActiveChassis(t *testing.T) {
	mtu := Difference{"A", "mtu", lacp.ReasonChassisDiffers, "1500", "9000"}
	partner := Difference{"A", "partner", lacp.ReasonDifferentPartner, "x", "y"}
	for what, c := range map[string]struct {
		active ID
		heard  []ID
		found  []Difference
		want   Obstacle
	}{
		"a setting":                  {"A", []ID{"A"}, []Difference{mtu, partner}, mtu.obstacle()},
		"a setting, silent":          {"A", nil, []Difference{partner, mtu}, mtu.obstacle()},
		"the partner":                {"A", []ID{"A"}, []Difference{partner}, partner.obstacle()},
		"the partner, silent":        {"A", nil, []Difference{partner}, Obstacle{}},
		"of another one":             {"C", []ID{"A", "C"}, []Difference{mtu, partner}, Obstacle{}},
		"this one is active":         {"B", []ID{"A"}, []Difference{mtu, partner}, Obstacle{}},
		"no difference":              {"A", []ID{"A"}, nil, Obstacle{}},
		"no chassis is active":       {"", []ID{"A"}, []Difference{mtu}, Obstacle{}},
		"a chassis of another group": {"D", nil, []Difference{mtu}, Obstacle{}},
	} {
		r := judgeBed(t, c.active, c.heard...)
		if len(c.heard) == 0 {
			r.machine.Advance(10 * time.Second)
		}
		r.differences = c.found
		if got := r.judge(); got != c.want {
			t.Errorf("%s: obstacle %+v, want %+v", what, got, c.want)
		}
	}
	r := judgeBed(t, "", "A")
	r.own, r.others["A"] = leads(2, 1, 2, 1), leads(1, 1, 1, 2)
	if r.machine.Advance(10 * time.Second); r.judge() != (Obstacle{}) {
		t.Errorf("A has fallen silent: obstacle %+v, want none", r.judge())
	}
	r = judgeBed(t, "B", "A")
	r.versions = []Difference{newer("A", &VersionError{2})}
	if got, want := r.judge(), (Obstacle{lacp.ReasonChassisDiffers, "version 1", "version 2 of A"}); got != want {
		t.Errorf("newer software: obstacle %+v, want %+v", got, want)
	}
}
