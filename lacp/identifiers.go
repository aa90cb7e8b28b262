package lacp

import (
	"cmp"
	"encoding/binary"
	"strconv"
)

// MAC is a 48-bit MAC address, in transmission order.
type MAC [6]byte

// IsGroup reports whether m is a group (multicast or broadcast) address.
func (m MAC) IsGroup() bool { return m[0]&1 != 0 }

// Compare orders addresses as unsigned numbers, most significant octet first.
func (m MAC) Compare(o MAC) int { return cmp.Compare(m.number(), o.number()) }

func (m *MAC) number() uint64 {
	return uint64(binary.BigEndian.Uint32(m[:]))<<16 | uint64(binary.BigEndian.Uint16(m[4:]))
}

// String returns the address as six hexadecimal octets, "02:00:00:00:00:0a".
func (m MAC) String() string { return string(m.appendText(make([]byte, 0, 17))) }

// MarshalText returns what String returns.
func (m MAC) MarshalText() ([]byte, error) { return m.appendText(nil), nil }

// UnmarshalText parses an address as [ParseMAC] does.
func (m *MAC) UnmarshalText(text []byte) error {
	v, err := ParseMAC(string(text))
	if err == nil {
		*m = v
	}
	return err
}

func (m MAC) appendText(b []byte) []byte {
	for i, o := range m {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, hexDigits[o>>4], hexDigits[o&15])
	}
	return b
}

const hexDigits = "0123456789abcdef"

// ParseMAC parses an address of six hexadecimal octets of two digits each,
// separated by colons or hyphens. The error is a [*FieldError].
func ParseMAC(s string) (MAC, error) {
	var m MAC
	bad := &FieldError{Field: "MAC", Value: s, Allowed: "six octets such as 02:00:00:00:00:0a"}
	if len(s) != 17 || (s[2] != ':' && s[2] != '-') {
		return MAC{}, bad
	}
	for i := range m {
		if i > 0 && s[3*i-1] != s[2] {
			return MAC{}, bad
		}
		o, err := strconv.ParseUint(s[3*i:3*i+2], 16, 8)
		if err != nil {
			return MAC{}, bad
		}
		m[i] = byte(o)
	}
	return m, nil
}

// SystemID is the System Identifier of 802.1AX 6.3.2: a priority and a MAC
// address, compared as one number of 64 bits. The lower one has precedence.
type SystemID struct {
	Priority uint16
	MAC      MAC
}

// Compare orders System Identifiers; a negative result means s has precedence over o.
func (s SystemID) Compare(o SystemID) int {
	return cmp.Compare(uint64(s.Priority)<<48|s.MAC.number(), uint64(o.Priority)<<48|o.MAC.number())
}

// String returns the identifier as "8000,02:00:00:00:00:0a", the priority in hexadecimal.
func (s SystemID) String() string { return string(s.appendText(nil)) }

func (s SystemID) appendText(b []byte) []byte {
	b = appendHex16(b, s.Priority)
	b = append(b, ',')
	return s.MAC.appendText(b)
}

// PortNumber numbers the Aggregation Ports of a System from 1. Numbers are
// unique within the System and carry no other meaning (6.3.4).
type PortNumber uint16

// PortID is the Port Identifier of 6.3.4: a priority and a number, compared as
// one number of 32 bits. The lower one has precedence.
type PortID struct {
	Priority uint16
	Number   PortNumber
}

// Compare orders Port Identifiers; a negative result means p has precedence over o.
func (p PortID) Compare(o PortID) int {
	return cmp.Compare(uint32(p.Priority)<<16|uint32(p.Number), uint32(o.Priority)<<16|uint32(o.Number))
}

// String returns the identifier as "8000,0001" in hexadecimal.
func (p PortID) String() string { return string(p.appendText(nil)) }

func (p PortID) appendText(b []byte) []byte {
	b = appendHex16(b, p.Priority)
	b = append(b, ',')
	return appendHex16(b, uint16(p.Number))
}

// Key is a capability identifier (6.3.5): ports of one System with the same
// operational key can aggregate. It has no meaning outside the System. Our own ports
// never use key 0, but a partner may.
type Key uint16

func appendHex16(b []byte, v uint16) []byte {
	return append(b, hexDigits[v>>12], hexDigits[v>>8&15], hexDigits[v>>4&15], hexDigits[v&15])
}

// LAGID is the Link Aggregation Group Identifier of 6.3.6. The System with the
// lower identifier comes first. The port identifiers are zero unless the link is
// Individual.
type LAGID struct {
	Local, Remote LAGIDHalf
}

// LAGIDHalf is one System's part of a [LAGID].
type LAGIDHalf struct {
	System SystemID
	Key    Key
	Port   PortID
}

// String returns the identifier as
// "[(8000,02:00:00:00:00:0a,0001,0000,0000),(8000,02:00:00:00:00:0b,0002,0000,0000)]".
func (l LAGID) String() string {
	b := append(make([]byte, 0, 80), '[')
	b = l.Local.appendText(b)
	b = append(b, ',')
	b = l.Remote.appendText(b)
	return string(append(b, ']'))
}

func (h LAGIDHalf) appendText(b []byte) []byte {
	b = append(b, '(')
	b = h.System.appendText(b)
	b = append(b, ',')
	b = appendHex16(b, uint16(h.Key))
	b = append(b, ',')
	b = h.Port.appendText(b)
	return append(b, ')')
}

// AggregatorID identifies an aggregator. Each port has one, whose identifier is the
// port's number. 0 means no aggregator.
type AggregatorID PortNumber

// canonical returns l with the lower System Identifier first, as in 6.3.6.
func (l LAGID) canonical() LAGID {
	if l.Remote.System.Compare(l.Local.System) < 0 {
		l.Local, l.Remote = l.Remote, l.Local
	}
	return l
}
