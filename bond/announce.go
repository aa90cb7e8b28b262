package bond

import (
	"errors"
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/announce"
	"github.com/lagkit/lagkit/internal/pace"
	"github.com/lagkit/lagkit/lacp"
)

// The bond announces the stations behind it: with a gratuitous ARP or an unsolicited Neighbor
// Advertisement for each IP address, and with a RARP request for each MAC address whose IP
// addresses are not known, such as that of a virtual machine on the bridge above the device.
// Switches learn from the source address of the RARP request, and it asks nothing of hosts.
// Open vSwitch and QEMU do the same.

// startAnnouncing begins to announce, after the path to the bond has changed, where the bond's
// addresses are and which groups it listens to.
func (b *Bond) startAnnouncing(now time.Time) {
	b.announcing.Start(now, b.cfg.AnnounceCount)
	if b.device != nil && b.cfg.Mode == ModeFailover {
		b.rejoining.Start(now, b.cfg.RejoinCount)
	}
	b.repeatAnnouncements(now)
}

func (b *Bond) stopAnnouncing() { b.announcing, b.rejoining = pace.Repeater{}, pace.Repeater{} }

// repeatAnnouncements sends the announcements and queries that are due.
func (b *Bond) repeatAnnouncements(now time.Time) {
	if b.announcing.Take(now, b.cfg.AnnounceInterval) {
		b.announce()
	}
	if b.rejoining.Take(now, b.cfg.AnnounceInterval) {
		b.rejoin()
	}
}

// announce sends an announcement for each address behind the bond. It announces the configured
// addresses at once, and the others when the worker has read them from the host.
func (b *Bond) announce() {
	configured := b.configured()
	b.sendAnnouncements(configured)
	l, ok := b.device.(link.StationLister)
	if !ok {
		return
	}
	b.worker.Post("list what is to be announced", func() {
		stations, err := l.Stations()
		b.tell(input{do: func() { b.announceOthers(stations, err, configured) }})
	})
}

// configured returns the addresses behind the bond according to its configuration.
func (b *Bond) configured() (list []link.Station) {
	prefixes := b.cfg.Announce
	if b.device != nil {
		prefixes = slices.Concat(prefixes, b.cfg.Addresses)
	}
	for _, p := range prefixes {
		list = append(list, link.Station{MAC: lacp.MAC(b.addr), Addr: p.Addr().Unmap()})
	}
	return list
}

// announceOthers announces the stations that the device lists and that were not announced
// already.
func (b *Bond) announceOthers(stations []link.Station, err error, done []link.Station) {
	if err != nil {
		if !errors.Is(err, net.ErrClosed) && !b.dev.missing {
			b.log.Warn("addresses behind the device not announced", "error", err)
		}
		return
	}
	b.sendAnnouncements(announce.Others(stations, done))
}

func (b *Bond) sendAnnouncements(list []link.Station) {
	path, ok := b.plane.(plane.Sender)
	if !ok {
		return
	}
	for i := range list {
		frame, err := announce.Station(&list[i])
		if err == nil {
			err = path.Send(frame)
		}
		if err != nil {
			b.log.Debug("address not announced", "address", list[i].Addr, "mac", list[i].MAC, "error", err)
		}
	}
}

// rejoin sends queries to the host so that it reports its multicast groups again. Switches
// that snoop then learn where to send the groups' frames. It needs a device that frames can be
// written to.
func (b *Bond) rejoin() {
	device, ok := b.device.(link.Device)
	if !ok {
		return
	}
	for _, query := range []func([]byte) ([]byte, error){announce.IGMPQuery, announce.MLDQuery} {
		frame, err := query(b.addr)
		if err == nil {
			_, err = device.Write([]link.Frame{{Data: frame}})
		}
		if err != nil {
			b.log.Debug("multicast query not sent to the host", "error", err)
		}
	}
}
