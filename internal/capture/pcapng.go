package capture

import (
	"encoding/binary"
	"time"

	"github.com/google/gopacket/pcapgo"
)

// pcapngMagic is the type of a section header block, the same in both byte orders.
var pcapngMagic = [4]byte{0x0a, 0x0d, 0x0d, 0x0a}

const (
	blockInterface = 1
	blockPacket    = 2 // in old files
	blockSimple    = 3
	blockEnhanced  = 6
	blockSection   = 0x0a0d0d0a

	byteOrderMagic uint32 = 0x1a2b3c4d

	// maxBlock leaves room for a frame of MaxFrame and the options after it.
	maxBlock = 2 * MaxFrame
	// maxInterfaces limits the memory that a section can use.
	maxInterfaces = 1024
)

// minBlock holds the least length of each kind of block, in octets. ngFeed skips all
// other blocks, because they do not affect frames.
var minBlock = map[uint32]uint32{
	blockSection:   28,
	blockInterface: 20,
	blockPacket:    32,
	blockSimple:    16,
	blockEnhanced:  32,
}

// ngFeed reads and checks the blocks of a pcapng file.
type ngFeed struct {
	*feed
	order      binary.ByteOrder
	interfaces []ngInterface // interfaces of the current section
	packetTime time.Time     // time of the packet block last read
}

func newPcapng(f *feed) (decoder, error) {
	n := &ngFeed{feed: f, order: binary.LittleEndian}
	f.unit = "block"
	f.next = n.nextBlock
	f.stamp = func() time.Time { return n.packetTime }
	// With mixed link types the decoder returns frames of every interface. It keeps only
	// eight bits of the link type, so packet checks for Ethernet.
	d, err := pcapgo.NewNgReader(f, pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		if f.err == nil {
			err = f.fail(ErrNotCapture, "%v", err)
		}
		return nil, err
	}
	return d, nil
}

// nextBlock reads blocks up to the next one the decoder needs.
func (n *ngFeed) nextBlock() error {
	for {
		n.record, n.start = n.record[:0], n.offset
		n.count++
		length, kind, err := n.header()
		if err != nil {
			return err
		}
		least, needed := minBlock[kind]
		switch {
		case length < max(least, 12) || length%4 != 0:
			return n.fail(ErrMalformed, "invalid length %d of a block of type %#x", length, kind)
		case !needed:
			if err := n.skip(int64(length)-int64(len(n.record)), "rest of the block"); err != nil {
				return err
			}
			continue
		case length > maxBlock:
			return n.fail(ErrMalformed, "block of %d octets, at most %d allowed", length, maxBlock)
		}
		if err := n.fill(int(length)-len(n.record), "rest of the block"); err != nil {
			return err
		}
		if again := n.order.Uint32(n.record[length-4:]); again != length {
			return n.fail(ErrMalformed, "length %d at the start of the block, %d at its end", length, again)
		}
		return n.check(kind)
	}
}

// header reads type and length of a block, and the byte order of a section header.
func (n *ngFeed) header() (length, kind uint32, err error) {
	if err := n.fill(8, "block header"); err != nil {
		return 0, 0, err
	}
	if [4]byte(n.record) == pcapngMagic {
		if err := n.fill(4, "byte order"); err != nil {
			return 0, 0, err
		}
		switch magic := n.record[8:]; byteOrderMagic {
		case binary.LittleEndian.Uint32(magic):
			n.order = binary.LittleEndian
		case binary.BigEndian.Uint32(magic):
			n.order = binary.BigEndian
		default:
			return 0, 0, n.fail(ErrMalformed, "invalid byte order %x in a section header", magic)
		}
	}
	return n.order.Uint32(n.record[4:]), n.order.Uint32(n.record), nil
}

// check checks the contents of a block that has at least its least length.
func (n *ngFeed) check(kind uint32) error {
	b := n.record
	switch kind {
	case blockSection:
		n.interfaces = n.interfaces[:0]
		return n.options(b[24:len(b)-4], nil)
	case blockInterface:
		return n.addInterface(b)
	case blockEnhanced:
		return n.packet(n.order.Uint32(b[8:]), b[12:20], n.order.Uint32(b[20:]), len(b)-32)
	case blockPacket:
		return n.packet(uint32(n.order.Uint16(b[8:])), b[12:20], n.order.Uint32(b[20:]), len(b)-32)
	default: // blockSimple
		captured := n.order.Uint32(b[8:])
		if len(n.interfaces) > 0 && n.interfaces[0].snaplen != 0 {
			captured = min(captured, n.interfaces[0].snaplen)
		}
		return n.packet(0, nil, captured, len(b)-16)
	}
}

// packet checks a packet block: its interface, its captured length, and that the
// block has room for it. A block without a time passes nil for stamp.
func (n *ngFeed) packet(id uint32, stamp []byte, captured uint32, room int) error {
	switch {
	case id >= uint32(len(n.interfaces)):
		return n.fail(ErrMalformed, "frame of interface %d, the section describes %d", id, len(n.interfaces))
	case n.interfaces[id].link != linkTypeEthernet:
		return n.fail(ErrLinkType, "frame of link type %d, want 1 (Ethernet)", n.interfaces[id].link)
	case captured > MaxFrame:
		return n.fail(ErrMalformed, "captured length %d, at most %d allowed", captured, MaxFrame)
	case (captured+3)&^3 > uint32(room):
		return n.fail(ErrMalformed, "captured length %d in a block with room for %d octets", captured, room)
	}
	n.packetTime = time.Unix(0, 0).UTC()
	if stamp != nil {
		ticks := uint64(n.order.Uint32(stamp))<<32 | uint64(n.order.Uint32(stamp[4:]))
		n.packetTime = n.interfaces[id].time(ticks)
	}
	return nil
}
