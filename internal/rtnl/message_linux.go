package rtnl

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Routes, nexthop objects and neighbours are kept as the kernel's own messages: a fixed header
// and attributes. A message contains only the part of a listed object that a request may set,
// so it can be sent back, and two messages of one object are equal.

// maxMessage is the longest message accepted from a record.
const maxMessage = 16 << 10

const (
	attrHeader = 4
	// attrType removes the flags from an attribute's type.
	attrType = ^uint16(unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
)

var errMessage = errors.New("malformed rtnetlink message")

// attr is one attribute: its type, including flags, and its value.
type attr struct {
	typ   uint16
	value []byte
}

func (a attr) is(typ uint16) bool { return a.typ&attrType == typ }

// uint32 returns a value of four octets, and 0 for any other length.
func (a attr) uint32() uint32 {
	if len(a.value) != 4 {
		return 0
	}
	return native.Uint32(a.value)
}

// parseAttrs splits the attributes of b.
func parseAttrs(b []byte) ([]attr, error) {
	var list []attr
	for len(b) > 0 {
		if len(b) < attrHeader {
			return nil, errMessage
		}
		n := int(native.Uint16(b))
		if n < attrHeader || n > len(b) {
			return nil, errMessage
		}
		list = append(list, attr{native.Uint16(b[2:]), b[attrHeader:n]})
		b = b[min(align4(n), len(b)):]
	}
	return list, nil
}

func appendAttr(b []byte, a attr) []byte {
	b = native.AppendUint16(b, uint16(attrHeader+len(a.value)))
	b = native.AppendUint16(b, a.typ)
	b = append(b, a.value...)
	return append(b, make([]byte, align4(len(b))-len(b))...)
}

func align4(n int) int { return (n + 3) &^ 3 }

// find returns the attribute of a type in a message whose header has n octets.
func find(message []byte, n int, typ uint16) (attr, bool) {
	list, err := parseAttrs(message[n:])
	if err != nil {
		return attr{}, false
	}
	for _, a := range list {
		if a.is(typ) {
			return a, true
		}
	}
	return attr{}, false
}

// checkMessage refuses a message that did not come from reduce.
func checkMessage(message []byte, reduce func([]byte) ([]byte, bool)) error {
	if len(message) > maxMessage {
		return fmt.Errorf("%w: %d octets, allowed: at most %d", errMessage, len(message), maxMessage)
	}
	again, ok := reduce(message)
	if !ok || !bytes.Equal(again, message) {
		return errMessage
	}
	return nil
}
