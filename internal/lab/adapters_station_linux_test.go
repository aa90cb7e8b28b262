package lab

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// station is a host that the test itself plays on an interface. It answers ARP and sends ICMP
// with any VLAN tags, also ones that the host's kernel does not support.
type station struct {
	end  *taggedEnd
	mac  []byte
	ip   []byte
	tags []vlanTag
}

func (s *station) close() { _ = s.end.file.Close() } // a packet socket

var broadcast = bytes.Repeat([]byte{0xff}, 6)

const (
	etherTypeIPv4 = 0x0800
	etherTypeARP  = 0x0806
)

// newStation makes a station with the interface's own MAC address.
func newStation(t testing.TB, ns *netlab.NS, name, ip string, tags ...vlanTag) *station {
	t.Helper()
	return &station{newTaggedEnd(t, ns, name), ns.Interface(t, name).HardwareAddr, netip.MustParseAddr(ip).AsSlice(), tags}
}

// echoes sends echo requests, each after the previous one is answered or lost, and returns how
// many answers came.
func (s *station) echoes(t testing.TB, to string, count int) (answers int) {
	t.Helper()
	ip := netip.MustParseAddr(to).AsSlice()
	mac := s.resolve(t, ip)
	if mac == nil {
		return 0
	}
	for i := range count {
		s.send(mac, etherTypeIPv4, s.echoRequest(ip, uint16(i)))
		answered := false
		s.listen(t, echoPatience, func(etherType uint16, p []byte) bool {
			const icmp = 20
			if etherType == etherTypeIPv4 && len(p) >= icmp+8 && p[0] == 0x45 && p[9] == 1 && bytes.Equal(p[12:16], ip) &&
				p[icmp] == 0 && binary.BigEndian.Uint16(p[icmp+6:]) == uint16(i) {
				answers++
				answered = true
			}
			return !answered
		})
	}
	// A duplicate counts as an extra answer.
	s.listen(t, quiet, func(etherType uint16, p []byte) bool {
		if etherType == etherTypeIPv4 && len(p) >= 28 && p[9] == 1 && p[20] == 0 {
			answers++
		}
		return true
	})
	return answers
}

// echoPatience is how long to wait for an answer; quiet is how long silence must last before
// all frames count as received.
const (
	echoPatience = 1500 * time.Millisecond
	quiet        = 200 * time.Millisecond
)

// resolve asks for the MAC address of a host; it returns nil without an answer.
func (s *station) resolve(t testing.TB, ip []byte) (mac []byte) {
	t.Helper()
	for range 3 {
		s.send(broadcast, etherTypeARP, s.arp(1, make([]byte, 6), ip))
		s.listen(t, echoPatience, func(etherType uint16, p []byte) bool {
			if etherType == etherTypeARP && len(p) >= 28 && p[7] == 2 && bytes.Equal(p[14:18], ip) {
				mac = bytes.Clone(p[8:14])
			}
			return mac == nil
		})
		if mac != nil {
			return mac
		}
	}
	return nil
}

// listen calls its function with the frames that arrive with the station's tags, and answers
// ARP.
func (s *station) listen(t testing.TB, limit time.Duration, see func(etherType uint16, payload []byte) (more bool)) {
	t.Helper()
	err := s.end.until(time.Now().Add(limit), func(frame []byte) bool {
		etherType, p, ok := splitFrame(frame, s.tags)
		if !ok {
			return true
		}
		if etherType == etherTypeARP && len(p) >= 28 && p[7] == 1 && bytes.Equal(p[24:28], s.ip) {
			s.send(p[8:14], etherTypeARP, s.arp(2, p[8:14], p[14:18]))
		}
		return see(etherType, p)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *station) send(to []byte, etherType uint16, payload []byte) {
	s.end.write(makeFrame(to, s.mac, s.tags, etherType, payload))
}

func (s *station) arp(op byte, mac, ip []byte) []byte {
	return slices.Concat([]byte{0, 1, 8, 0, 6, 4, 0, op}, s.mac, s.ip, mac, ip)
}

func (s *station) echoRequest(to []byte, number uint16) []byte {
	icmp := []byte{8, 0, 0, 0, 0x4c, 0x99}
	icmp = binary.BigEndian.AppendUint16(icmp, number)
	icmp = append(icmp, make([]byte, 48)...)
	binary.BigEndian.PutUint16(icmp[2:], internetSum(icmp))
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0}
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(icmp)))
	ip = slices.Concat(ip, s.ip, to)
	binary.BigEndian.PutUint16(ip[10:], internetSum(ip))
	return append(ip, icmp...)
}

// internetSum returns the checksum of IP and ICMP.
func internetSum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum>>16 != 0 {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
