package capture

import (
	"encoding/binary"

	"github.com/google/gopacket/pcapgo"
)

// pcapMagics are the four ways a pcap file may start, microseconds and
// nanoseconds, with the byte order each stands for.
var pcapMagics = map[[4]byte]binary.ByteOrder{
	{0xd4, 0xc3, 0xb2, 0xa1}: binary.LittleEndian,
	{0x4d, 0x3c, 0xb2, 0xa1}: binary.LittleEndian,
	{0xa1, 0xb2, 0xc3, 0xd4}: binary.BigEndian,
	{0xa1, 0xb2, 0x3c, 0x4d}: binary.BigEndian,
}

const (
	pcapHeaderLen    = 24
	pcapRecordLen    = 16
	linkTypeEthernet = 1
)

func newPcap(f *feed, order binary.ByteOrder) (decoder, error) {
	f.unit = "frame"
	f.next = func() error { return f.fill(pcapHeaderLen, "header") }
	d, err := pcapgo.NewReader(f)
	if err != nil {
		if f.err == nil {
			err = f.fail(ErrNotCapture, "%v", err)
		}
		return nil, err
	}
	// The upper half of the field says whether an FCS follows the frames.
	if link := uint16(order.Uint32(f.record[20:])); link != linkTypeEthernet {
		return nil, f.fail(ErrLinkType, "link type %d, want 1 (Ethernet)", link)
	}
	d.SetSnaplen(MaxFrame)
	f.next = func() error { return nextPcap(f, order) }
	return d, nil
}

// nextPcap reads and checks one record: header and frame.
func nextPcap(f *feed, order binary.ByteOrder) error {
	f.count++
	if err := f.fill(pcapRecordLen, "record header"); err != nil {
		return err
	}
	captured, original := order.Uint32(f.record[8:]), order.Uint32(f.record[12:])
	switch {
	case captured > MaxFrame:
		return f.fail(ErrMalformed, "captured length %d, at most %d allowed", captured, MaxFrame)
	case captured > original:
		return f.fail(ErrMalformed, "captured length %d is more than the frame's %d octets", captured, original)
	}
	return f.fill(int(captured), "frame")
}
