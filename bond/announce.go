package bond

import (
	"net/netip"
	"time"

	"github.com/mdlayher/ethernet"

	"github.com/lagkit/lagkit/bond/link"
)

// startAnnouncing begins to tell the network, after the path to the bond has
// changed, where its addresses are and which groups it listens to.
func (b *Bond) startAnnouncing(now time.Time) {
	b.announcing.start(now, b.cfg.AnnounceCount)
	if b.device != nil && b.cfg.Mode == ModeFailover {
		b.rejoining.start(now, b.cfg.RejoinCount)
	}
	b.repeatAnnouncements(now)
}

func (b *Bond) stopAnnouncing() { b.announcing, b.rejoining = repeater{}, repeater{} }

// repeatAnnouncements sends what is due of it.
func (b *Bond) repeatAnnouncements(now time.Time) {
	if b.announcing.take(now, b.cfg.AnnounceInterval) {
		b.announce()
	}
	if b.rejoining.take(now, b.cfg.AnnounceInterval) {
		b.rejoin()
	}
}

// announce sends an announcement of each address behind the bond.
func (b *Bond) announce() {
	s := new(batch)
	for _, prefix := range b.announced() {
		addr := prefix.Addr().Unmap()
		make := neighborAdvertisement
		if addr.Is4() {
			make = gratuitousARP
		}
		frame, err := make(b.addr, addr)
		if err == nil {
			err = b.transmit(s, []link.Frame{{Data: frame}})
		}
		if err != nil {
			b.log.Debug("address not announced", "address", addr, "error", err)
		}
	}
}

// announced are the addresses behind the bond.
func (b *Bond) announced() []netip.Prefix {
	if b.device == nil {
		return b.cfg.Announce
	}
	return append(b.cfg.Announce[:len(b.cfg.Announce):len(b.cfg.Announce)], b.cfg.Addresses...)
}

// rejoin has the host report its multicast groups again, by asking it: then
// switches that listen in learn where to send them.
func (b *Bond) rejoin() {
	for _, query := range []func([]byte) ([]byte, error){igmpQuery, mldQuery} {
		frame, err := query(b.addr)
		if err == nil {
			_, err = b.device.Write([]link.Frame{{Data: frame}})
		}
		if err != nil {
			b.log.Debug("host not asked for its multicast groups", "error", err)
		}
	}
}

// gratuitousARP makes an ARP announcement (RFC 5227, section 3), by which addr
// tells its neighbours and their switches where it is.
func gratuitousARP(source []byte, addr netip.Addr) ([]byte, error) {
	ip := addr.As4()
	payload := make([]byte, 0, 28)
	payload = append(payload, 0, 1, 8, 0, 6, 4, 0, 1) // Ethernet, IPv4, their lengths, request
	payload = append(payload, source...)
	payload = append(payload, ip[:]...)
	payload = append(payload, 0, 0, 0, 0, 0, 0)
	payload = append(payload, ip[:]...)
	f := ethernet.Frame{
		Destination: ethernet.Broadcast,
		Source:      source,
		EtherType:   ethernet.EtherTypeARP,
		Payload:     payload,
	}
	return f.MarshalBinary()
}

// neighborAdvertisement makes an unsolicited one that overrides what the
// neighbours know (RFC 4861, section 7.2.6).
func neighborAdvertisement(source []byte, addr netip.Addr) ([]byte, error) {
	ip := addr.As16()
	icmp := []byte{136, 0, 0, 0, 0x20, 0, 0, 0}
	icmp = append(icmp, ip[:]...)
	icmp = append(icmp, 2, 1) // option: target link-layer address
	icmp = append(icmp, source...)
	const hopLimit = 255
	return icmpv6ToAllNodes(source, addr, hopLimit, nil, icmp)
}
