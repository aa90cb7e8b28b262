package announce

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/pace"
	"github.com/lagkit/lagkit/lacp"
)

// Announcer announces the stations behind a bond after the path to it has changed, and makes the
// host report its multicast groups on the new path.
//
// It announces with a gratuitous ARP or an unsolicited Neighbor Advertisement for each IP
// address, and with a RARP request for each MAC address whose IP addresses are not known, such
// as that of a virtual machine on the bridge above the device. Switches learn from the source
// address of the RARP request, and it asks nothing of hosts. Open vSwitch and QEMU do the same.
type Announcer struct {
	Own   func() (lacp.MAC, []netip.Prefix)      // the bond's MAC address and configured IP addresses
	List  func(then func([]link.Station, error)) // passes what the host knows behind the bond to then, later; nil: the host lists nothing
	Send  func(frame []byte) error               // to the network; nil: the data plane can't send
	Write func(frames []link.Frame) (int, error) // to the host; nil: it has no device that takes frames
	Log   *slog.Logger

	stations, groups pace.Repeater
}

// Start schedules count announcements of each station, the first at once.
func (a *Announcer) Start(now time.Time, count int) { a.stations.Start(now, count) }

// Rejoin schedules count queries for the host's multicast groups, the first at once.
func (a *Announcer) Rejoin(now time.Time, count int) { a.groups.Start(now, count) }

// Stop drops what is scheduled.
func (a *Announcer) Stop() { a.stations, a.groups = pace.Repeater{}, pace.Repeater{} }

// Next returns when Run has something to do; zero if never.
func (a *Announcer) Next() time.Time {
	stations, groups := a.stations.Next(), a.groups.Next()
	if stations.IsZero() || !groups.IsZero() && groups.Before(stations) {
		return groups
	}
	return stations
}

// Run sends the announcements and queries that are due. The next ones follow an interval later.
func (a *Announcer) Run(now time.Time, interval time.Duration) {
	if a.stations.Take(now, interval) {
		a.announce()
	}
	if a.groups.Take(now, interval) {
		a.query()
	}
}

// announce announces the configured addresses at once, and the others when the host has listed
// them.
func (a *Announcer) announce() {
	mac, prefixes := a.Own()
	var own []link.Station
	for _, p := range prefixes {
		own = append(own, link.Station{MAC: mac, Addr: p.Addr().Unmap()})
	}
	a.send(own)
	if a.List == nil {
		return
	}
	a.List(func(stations []link.Station, err error) {
		switch {
		case err == nil:
			a.send(Others(stations, own))
		case !errors.Is(err, net.ErrClosed):
			a.Log.Warn("addresses behind the device not announced", "error", err)
		}
	})
}

func (a *Announcer) send(list []link.Station) {
	if a.Send == nil {
		return
	}
	for i := range list {
		frame, err := Station(&list[i])
		if err == nil {
			err = a.Send(frame)
		}
		if err != nil {
			a.Log.Debug("address not announced", "address", list[i].Addr, "mac", list[i].MAC, "error", err)
		}
	}
}

// query makes the host report its multicast groups again. Switches that snoop then learn where
// to send the groups' frames.
func (a *Announcer) query() {
	if a.Write == nil {
		return
	}
	mac, _ := a.Own()
	for _, query := range []func([]byte) ([]byte, error){IGMPQuery, MLDQuery} {
		frame, err := query(mac[:])
		if err == nil {
			_, err = a.Write([]link.Frame{{Data: frame}})
		}
		if err != nil {
			a.Log.Debug("multicast query not sent to the host", "error", err)
		}
	}
}
