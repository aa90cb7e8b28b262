package announce

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

func TestOthersAreTheStationsThatWereNotAnnounced(t *testing.T) {
	ours, theirs := lacp.MAC{2, 0, 0, 0, 0, 1}, lacp.MAC{2, 0, 0, 0, 0, 2}
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	tags := []link.Tag{{}}
	announced := []link.Station{{MAC: ours, Addr: a}}
	stations := []link.Station{
		{MAC: ours, Addr: a},             // announced
		{MAC: ours, Addr: b},             // another address
		{MAC: theirs, Addr: a},           // the address at another station
		{MAC: ours, Addr: a, Tags: tags}, // the address in a VLAN
		{MAC: theirs},                    // a station without an address
	}
	want := slices.Clone(stations[1:])
	same := func(x, y link.Station) bool {
		return x.MAC == y.MAC && x.Addr == y.Addr && len(x.Tags) == len(y.Tags)
	}
	if got := Others(stations, announced); !slices.EqualFunc(got, want, same) {
		t.Errorf("Others() = %v, want %v", got, want)
	}
}
