// Package flow makes the first frame of a flow that an operator describes in words.
package flow

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Flow describes a flow. VLAN 0 is no tag.
type Flow struct {
	From, To           net.HardwareAddr // 6 octets
	VLAN               uint16
	Source, Target     netip.Addr
	Protocol           uint8
	SourcePort, ToPort uint16
}

// The protocols with ports, and those that Parse knows by name.
const (
	icmp   = 1
	tcp    = 6
	udp    = 17
	gre    = 47
	esp    = 50
	icmp6  = 58
	sctp   = 132
	dccp   = 33
	udpLit = 136
)

var protocols = map[string]uint8{"icmp": icmp, "tcp": tcp, "udp": udp, "gre": gre, "esp": esp, "icmpv6": icmp6, "icmp6": icmp6, "sctp": sctp, "dccp": dccp, "udplite": udpLit}

func hasPorts(protocol uint8) bool {
	return protocol == tcp || protocol == udp || protocol == sctp || protocol == dccp || protocol == udpLit
}

// Parse reads "SOURCE TARGET PROTOCOL [SOURCEPORT TARGETPORT]": IP addresses, the name or number
// of a protocol, and ports. An error names the word, and what is allowed.
func Parse(words []string) (f Flow, err error) {
	if len(words) != 3 && len(words) != 5 {
		return f, fmt.Errorf("flow %q: allowed: SOURCE TARGET PROTOCOL, with SOURCEPORT TARGETPORT for tcp, udp, sctp, dccp and udplite", strings.Join(words, " "))
	}
	if f.Source, err = address("source", words[0]); err != nil {
		return f, err
	}
	if f.Target, err = address("target", words[1]); err != nil {
		return f, err
	}
	if f.Source.Is4() != f.Target.Is4() {
		return f, fmt.Errorf("target %s: allowed: an address of the same IP version as the source's", words[1])
	}
	protocol, known := protocols[strings.ToLower(words[2])]
	if !known {
		n, err := strconv.ParseUint(words[2], 10, 8)
		if err != nil {
			return f, fmt.Errorf("protocol %q: allowed: tcp, udp, sctp, dccp, udplite, icmp, icmpv6, gre, esp or 0 to 255", words[2])
		}
		protocol = uint8(n)
	}
	f.Protocol = protocol
	if hasPorts(protocol) != (len(words) == 5) {
		return f, fmt.Errorf("protocol %s: allowed: ports for tcp, udp, sctp, dccp and udplite only, and always", words[2])
	}
	for i, port := range words[3:] {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return f, fmt.Errorf("port %q: allowed: 0 to 65535", port)
		}
		*[]*uint16{&f.SourcePort, &f.ToPort}[i] = uint16(n)
	}
	return f, nil
}

func address(what, s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return a, fmt.Errorf("%s %q: allowed: an IPv4 or IPv6 address", what, s)
	}
	return a, nil
}

// Frame returns an Ethernet frame of the flow, without payload and checksums.
func (f *Flow) Frame() []byte {
	frame := append(append([]byte{}, f.To...), f.From...)
	if f.VLAN != 0 {
		frame = binary.BigEndian.AppendUint16(frame, 0x8100)
		frame = binary.BigEndian.AppendUint16(frame, f.VLAN)
	}
	payload := f.payload()
	if f.Source.Is4() {
		frame = binary.BigEndian.AppendUint16(frame, 0x0800)
		frame = append(frame, 0x45, 0)
		frame = binary.BigEndian.AppendUint16(frame, uint16(20+len(payload)))
		frame = append(frame, 0, 0, 0, 0, 64, f.Protocol, 0, 0)
	} else {
		frame = binary.BigEndian.AppendUint16(frame, 0x86dd)
		frame = append(frame, 0x60, 0, 0, 0)
		frame = binary.BigEndian.AppendUint16(frame, uint16(len(payload)))
		frame = append(frame, f.Protocol, 64)
	}
	frame = append(frame, f.Source.AsSlice()...)
	frame = append(frame, f.Target.AsSlice()...)
	return append(frame, payload...)
}

// payload returns the header of the transport: ports first, where there are any.
func (f *Flow) payload() []byte {
	header := make([]byte, 20)
	if hasPorts(f.Protocol) {
		binary.BigEndian.PutUint16(header, f.SourcePort)
		binary.BigEndian.PutUint16(header[2:], f.ToPort)
	}
	switch f.Protocol {
	case tcp:
		header[12], header[13] = 5<<4, 0x02 // 20 octets, SYN
	case udp, udpLit:
		header = header[:8]
		binary.BigEndian.PutUint16(header[4:], 8)
	case icmp:
		header[0] = 8 // echo request
	case icmp6:
		header[0] = 128
	}
	return header
}
