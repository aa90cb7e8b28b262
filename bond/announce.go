package bond

import (
	"net/netip"

	"github.com/mdlayher/ethernet"
)

// announcement makes a gratuitous ARP request (RFC 5227, section 3) by which
// addr tells its neighbours and their switches where it is.
func announcement(source []byte, addr netip.Addr) ([]byte, error) {
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

// announce sends an announcement for each IPv4 address behind the bond.
func (b *Bond) announce() {
	for _, prefix := range b.cfg.Announce {
		addr := prefix.Addr().Unmap()
		if !addr.Is4() {
			continue
		}
		frame, err := announcement(b.addr, addr)
		if err == nil {
			s := new(batch)
			err = b.transmit(s, []Frame{{Data: frame}})
		}
		if err != nil {
			b.log.Debug("address not announced", "address", addr, "error", err)
		}
	}
}
