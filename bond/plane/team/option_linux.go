package team

import (
	"bytes"
	"fmt"

	"github.com/mdlayher/netlink"
)

// The attributes of the team driver's messages (linux/if_team.h).
const (
	attrTeam    = 1 // interface index of the team
	attrOptions = 2 // list

	attrOption = 1 // item of the list

	attrName  = 1
	attrKind  = 3
	attrData  = 4
	attrPort  = 6 // interface index, for an option of a port
	attrIndex = 7 // for an option that is an array
)

// kind is the type of an option's value, as the driver numbers them (the kernel's NLA_ types).
type kind uint8

const (
	kindNumber kind = 3 // 32 bits
	kindText   kind = 5 // ends with 0
	kindBool   kind = 6 // true if there is data, even if it is empty
	kindBinary kind = 11
)

// option is a setting of the driver with its value.
type option struct {
	name  string
	kind  kind
	port  uint32 // interface index; 0: not an option of a port
	array bool
	index uint32 // in an array
	data  []byte // nil: false
}

func textOption(name, value string) option {
	return option{name: name, kind: kindText, data: append([]byte(value), 0)}
}

func boolOption(name string, port uint32, value bool) option {
	o := option{name: name, kind: kindBool, port: port}
	if value {
		o.data = []byte{}
	}
	return o
}

func numberOption(name string, value uint32) option {
	return option{name: name, kind: kindNumber, data: native.AppendUint32(nil, value)}
}

// number returns the value of an option that is a number.
func (o option) number() uint32 {
	if len(o.data) < 4 {
		return 0
	}
	return native.Uint32(o.data)
}

// text returns the value of an option that is a text.
func (o option) text() string {
	text, _, _ := bytes.Cut(o.data, []byte{0})
	return string(text)
}

// encodeOptions returns the attributes of a request about a team. Without options it is a
// request for all of them.
func encodeOptions(team int32, options []option) ([]byte, error) {
	ae := netlink.NewAttributeEncoder()
	ae.Uint32(attrTeam, uint32(team))
	if len(options) > 0 {
		ae.Nested(attrOptions, func(list *netlink.AttributeEncoder) error {
			for _, o := range options {
				list.Nested(attrOption, o.encode)
			}
			return nil
		})
	}
	return ae.Encode()
}

func (o option) encode(ae *netlink.AttributeEncoder) error {
	ae.String(attrName, o.name)
	ae.Uint8(attrKind, uint8(o.kind))
	if o.data != nil {
		ae.Bytes(attrData, o.data)
	}
	if o.port != 0 {
		ae.Uint32(attrPort, o.port)
	}
	if o.array {
		ae.Uint32(attrIndex, o.index)
	}
	return nil
}

// decodeOptions reads the attributes of a message about a team.
func decodeOptions(data []byte) (list []option, err error) {
	ad, err := netlink.NewAttributeDecoder(data)
	if err != nil {
		return nil, fmt.Errorf("read options of the team driver: %w", err)
	}
	for ad.Next() {
		if ad.Type() != attrOptions {
			continue
		}
		ad.Nested(func(items *netlink.AttributeDecoder) error {
			for items.Next() {
				var o option
				items.Nested(o.decode)
				list = append(list, o)
			}
			return nil
		})
	}
	if err := ad.Err(); err != nil {
		return nil, fmt.Errorf("read options of the team driver: %w", err)
	}
	return list, nil
}

func (o *option) decode(ad *netlink.AttributeDecoder) error {
	for ad.Next() {
		switch ad.Type() {
		case attrName:
			o.name = ad.String()
		case attrKind:
			o.kind = kind(ad.Uint8())
		case attrData:
			o.data = append([]byte{}, ad.Bytes()...)
		case attrPort:
			o.port = ad.Uint32()
		case attrIndex:
			o.array, o.index = true, ad.Uint32()
		}
	}
	return nil
}
