package capture

import (
	"math/bits"
	"time"
)

// ngInterface holds the relevant fields of an interface description block.
type ngInterface struct {
	link    uint16
	snaplen uint32 // 0 if unlimited
	second  uint64 // ticks in a second
	offset  uint64 // seconds to add to every time
}

const (
	optionEnd        = 0
	optionResolution = 9
	optionOffset     = 14
	// maxOption keeps a padded length within the 16 bits that the decoder computes in.
	maxOption = 0xfffc
)

func (n *ngFeed) addInterface(b []byte) error {
	if len(n.interfaces) == maxInterfaces {
		return n.fail(ErrMalformed, "more than %d interfaces in a section", maxInterfaces)
	}
	i := ngInterface{link: n.order.Uint16(b[8:]), snaplen: n.order.Uint32(b[12:]), second: 1e6}
	err := n.options(b[16:len(b)-4], func(code uint16, value []byte) error {
		switch {
		case code == optionResolution && len(value) == 1 && ticksPerSecond(value[0]) != 0:
			i.second = ticksPerSecond(value[0])
		case code == optionResolution:
			return n.fail(ErrMalformed, "time resolution %x, want one octet of 0 to 19 or 0x80 to 0xbf", value)
		case code == optionOffset && len(value) == 8:
			i.offset = n.order.Uint64(value)
		case code == optionOffset:
			return n.fail(ErrMalformed, "time offset of %d octets, want 8", len(value))
		}
		return nil
	})
	if err != nil {
		return err
	}
	n.interfaces = append(n.interfaces, i)
	return nil
}

// options walks the options of a block and calls visit, if not nil, for each.
func (n *ngFeed) options(b []byte, visit func(code uint16, value []byte) error) error {
	for len(b) > 0 {
		if len(b) < 4 {
			return n.fail(ErrMalformed, "the block ends inside an option")
		}
		code, length := n.order.Uint16(b), int(n.order.Uint16(b[2:]))
		if code == optionEnd {
			return nil
		}
		padded := (length + 3) &^ 3
		if length > maxOption || 4+padded > len(b) {
			return n.fail(ErrMalformed, "option %d of %d octets in a block with %d left", code, length, len(b)-4)
		}
		if visit != nil {
			if err := visit(code, b[4:4+length]); err != nil {
				return err
			}
		}
		b = b[4+padded:]
	}
	return nil
}

// ticksPerSecond reads a time resolution: a power of ten or, if the top bit is set, a
// power of two. It returns 0 if the result exceeds 64 bits.
func ticksPerSecond(resolution uint8) uint64 {
	exponent := resolution & 0x7f
	if resolution&0x80 != 0 {
		return 1 << exponent // 0 from 64 on
	}
	if exponent > 19 {
		return 0
	}
	ticks := uint64(1)
	for range exponent {
		ticks *= 10
	}
	return ticks
}

// time returns the exact time of a count of ticks, to the nanosecond. The decoder's own
// time is wrong by up to seven percent of a second with powers of two.
func (i *ngInterface) time(ticks uint64) time.Time {
	hi, lo := bits.Mul64(ticks%i.second, 1e9)
	nanos, _ := bits.Div64(hi, lo, i.second)
	return time.Unix(int64(ticks/i.second+i.offset), int64(nanos)).UTC()
}
