package chassis

import (
	"reflect"
	"testing"

	"github.com/lagkit/lagkit/lacp"
)

func TestCompare(t *testing.T) {
	here := func() *Report {
		return &Report{Settings: map[string]string{"mtu": "1500", "rate": "FAST", "only here": "x"}, Ports: []lacp.Foreign{
			{Port: lacp.PortID{Number: 4097}, Key: 1537, Partner: far(1, 12, 1)},
			{Port: lacp.PortID{Number: 4098}, Key: 1537, Partner: far(1, 12, 2)},
		}}
	}
	there := func() *Report {
		return &Report{Settings: map[string]string{"mtu": "1500", "rate": "FAST", "only there": "x"}, Ports: []lacp.Foreign{
			{Port: lacp.PortID{Number: 8193}, Key: 1537, Partner: far(1, 12, 3)},
			{Port: lacp.PortID{Number: 8194}, Key: 1537, Partner: far(1, 12, 4)},
		}}
	}
	both := func(change func(f *lacp.Foreign)) func(*Report) {
		return func(r *Report) {
			for i := range r.Ports {
				change(&r.Ports[i])
			}
		}
	}
	for what, c := range map[string]struct {
		change func(*Report)
		want   []Difference
	}{
		"nothing": {func(*Report) {}, nil},
		"settings": {func(r *Report) { r.Settings = map[string]string{"mtu": "9000", "rate": "SLOW"} }, []Difference{
			{"B", "mtu", lacp.ReasonChassisDiffers, "1500", "9000"}, {"B", "rate", lacp.ReasonChassisDiffers, "FAST", "SLOW"},
		}},
		"port numbers": {func(r *Report) { r.Ports[0].Port.Number = 4098 }, []Difference{
			{"B", "port", lacp.ReasonChassisDiffers, "4098", "4098"},
		}},
		"the speed": {both(func(f *lacp.Foreign) { f.Key, f.Partner.Key = 1793, 13 }), []Difference{
			{"B", "key", lacp.ReasonChassisDiffers, "1537", "1793"},
		}},
		"the partner": {both(func(f *lacp.Foreign) { f.Partner = far(2, 12, f.Partner.Port.Number-2) }), []Difference{
			{"B", "partner", lacp.ReasonDifferentPartner, "8000,00:1c:73:00:00:01", "8000,00:1c:73:00:00:02"},
		}},
		"the partner's group": {both(func(f *lacp.Foreign) { f.Partner.Key = 13 }), []Difference{
			{"B", "partner key", lacp.ReasonDifferentPartnerKey, "12", "13"},
		}},
		"a partner port twice": {func(r *Report) { r.Ports[1].Partner.Port.Number = 1 }, []Difference{
			{"B", "partner port", lacp.ReasonDuplicatePartnerPort, "8000,0001", "8000,0001"},
		}},
		"no partner there": {both(func(f *lacp.Foreign) { f.Partner, f.Key = lacp.Info{}, 1 }), nil},
		"links without a partner": {func(r *Report) {
			r.Ports = append([]lacp.Foreign{{Port: lacp.PortID{Number: 9000}, Key: 1}}, r.Ports...)
		}, nil},
		"a link to another partner": {func(r *Report) {
			r.Ports = append([]lacp.Foreign{{Port: lacp.PortID{Number: 9000}, Key: 1, Partner: far(3, 12, 9)}, {Port: lacp.PortID{Number: 9001}, Key: 1, Partner: far(1, 3, 9)}}, r.Ports...)
		}, nil},
	} {
		r, own := there(), here()
		c.change(r)
		own.Ports = append(own.Ports, lacp.Foreign{Port: lacp.PortID{Number: 4099}, Key: 2}) // its link is down
		if got := compare(own, "B", r); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", what, got, c.want)
		}
	}
	if got := compare(&Report{Ports: []lacp.Foreign{{Port: lacp.PortID{Number: 4097}}}}, "B", there()); got != nil {
		t.Errorf("no partner here: %+v, want nothing", got)
	}
	same := Difference{"B", "port", lacp.ReasonChassisDiffers, "4098", "4098"}
	if o, want := same.obstacle(), (Obstacle{lacp.ReasonChassisDiffers, "port 4098, as B", "another port"}); o != want {
		t.Errorf("obstacle %+v, want %+v", o, want)
	}
	d := Difference{"head-b", "mtu", lacp.ReasonChassisDiffers, "1500", "9000"}
	if want := "mtu 1500, head-b has 9000"; d.String() != want {
		t.Errorf("String() = %q, want %q", d.String(), want)
	}
	if o, want := d.obstacle(), (Obstacle{lacp.ReasonChassisDiffers, "mtu 1500", "mtu 9000 of head-b"}); o != want {
		t.Errorf("obstacle %+v, want %+v", o, want)
	}
}
