package bond

import (
	"net/netip"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/announce"
	"github.com/lagkit/lagkit/lacp"
)

// newAnnouncer returns an announcer that sends by the bond's plane and asks its device.
func (b *Bond) newAnnouncer() announce.Announcer {
	a := announce.Announcer{Own: b.ownAddrs, Log: b.log}
	if p, ok := b.plane.(plane.Sender); ok {
		a.Send = p.Send
	}
	if d, ok := b.device.(link.Device); ok {
		a.Write = d.Write
	}
	if l, ok := b.device.(link.StationLister); ok {
		a.List = func(then func([]link.Station, error)) { b.listStations(l, then) }
	}
	return a
}

// startAnnouncing begins to announce, after the path to the bond has changed, where the bond's
// addresses are and which groups it listens to. While a plan is on its way, that waits for it.
func (b *Bond) startAnnouncing(now time.Time) {
	if b.pause.quiet {
		return
	}
	b.announcer.Start(now, b.cfg.AnnounceCount)
	if b.device != nil && b.cfg.Mode == ModeFailover {
		b.announcer.Rejoin(now, b.cfg.RejoinCount)
	}
	if !b.work.Busy() {
		b.announcer.Run(now, b.cfg.AnnounceInterval)
	}
}

// ownAddrs returns the addresses behind the bond according to its configuration.
func (b *Bond) ownAddrs() (lacp.MAC, []netip.Prefix) {
	addrs := b.cfg.Announce
	if b.device != nil {
		addrs = slices.Concat(addrs, b.cfg.Addresses)
	}
	return lacp.MAC(b.addr), addrs
}

// listStations reads the stations on the device and passes them to then on the control
// goroutine. A device that is gone has none.
func (b *Bond) listStations(l link.StationLister, then func([]link.Station, error)) {
	var stations []link.Station
	b.later("list what is to be announced", func() (err error) {
		stations, err = l.Stations()
		return err
	}, func(err error) {
		if err == nil || !b.dev.missing {
			then(stations, err)
		}
	})
}
