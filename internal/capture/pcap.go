package capture

import (
	"encoding/binary"

	"github.com/google/gopacket/pcapgo"
)

// pcapForm is one of the variants of the pcap format.
type pcapForm struct {
	order binary.ByteOrder
	// magic starts a file of the form that the decoder reads, with the same byte order
	// and unit of time.
	magic [4]byte
	// recordLen is the length of a record's header, in octets. After the first 16 octets
	// it holds the interface, protocol and type of the frame.
	recordLen int
}

// pcapForms maps the start of a pcap file to its form: microseconds, nanoseconds, and the
// longer record headers that an old modified libpcap wrote.
var pcapForms = map[[4]byte]pcapForm{
	{0xd4, 0xc3, 0xb2, 0xa1}: {binary.LittleEndian, [4]byte{0xd4, 0xc3, 0xb2, 0xa1}, pcapRecordLen},
	{0x4d, 0x3c, 0xb2, 0xa1}: {binary.LittleEndian, [4]byte{0x4d, 0x3c, 0xb2, 0xa1}, pcapRecordLen},
	{0x34, 0xcd, 0xb2, 0xa1}: {binary.LittleEndian, [4]byte{0xd4, 0xc3, 0xb2, 0xa1}, pcapModifiedLen},
	{0xa1, 0xb2, 0xc3, 0xd4}: {binary.BigEndian, [4]byte{0xa1, 0xb2, 0xc3, 0xd4}, pcapRecordLen},
	{0xa1, 0xb2, 0x3c, 0x4d}: {binary.BigEndian, [4]byte{0xa1, 0xb2, 0x3c, 0x4d}, pcapRecordLen},
	{0xa1, 0xb2, 0xcd, 0x34}: {binary.BigEndian, [4]byte{0xa1, 0xb2, 0xc3, 0xd4}, pcapModifiedLen},
}

const (
	pcapHeaderLen    = 24
	pcapRecordLen    = 16
	pcapModifiedLen  = 24
	linkTypeEthernet = 1

	// pcapMajor and pcapMinor are the version in use since 1998. Minor versions below 3
	// have the two lengths of a record in the other order; version 3 has them in either.
	pcapMajor = 2
	pcapMinor = 4
)

// pcapFeed reads and checks the records of a pcap file, and passes them to the decoder in
// a form that it can read.
type pcapFeed struct {
	*feed
	pcapForm
	minor uint16
}

func newPcap(f *feed, form pcapForm) (decoder, error) {
	p := &pcapFeed{feed: f, pcapForm: form}
	f.unit = "frame"
	f.next = p.header
	d, err := pcapgo.NewReader(f)
	if err != nil {
		if f.err == nil {
			err = f.fail(ErrNotCapture, "%v", err)
		}
		return nil, err
	}
	// The upper half of the field tells whether frames end with an FCS.
	if link := uint16(p.order.Uint32(f.record[20:])); link != linkTypeEthernet {
		return nil, f.fail(ErrLinkType, "link type %d, want 1 (Ethernet)", link)
	}
	d.SetSnaplen(MaxFrame)
	f.next = p.nextRecord
	return d, nil
}

// header reads the file header and updates an older minor version for the decoder.
func (p *pcapFeed) header() error {
	if err := p.fill(pcapHeaderLen, "header"); err != nil {
		return err
	}
	copy(p.record, p.magic[:])
	p.minor = p.order.Uint16(p.record[6:])
	if p.order.Uint16(p.record[4:]) == pcapMajor && p.minor < pcapMinor {
		p.order.PutUint16(p.record[6:], pcapMinor)
	}
	return nil
}

// nextRecord reads and checks one record: header and frame.
func (p *pcapFeed) nextRecord() error {
	p.count++
	if err := p.fill(p.recordLen, "record header"); err != nil {
		return err
	}
	p.record = p.record[:pcapRecordLen]
	captured, original := p.order.Uint32(p.record[8:]), p.order.Uint32(p.record[12:])
	if p.minor < 3 || p.minor == 3 && captured > original {
		captured, original = original, captured
		p.order.PutUint32(p.record[8:], captured)
		p.order.PutUint32(p.record[12:], original)
	}
	switch {
	case captured > MaxFrame:
		return p.fail(ErrMalformed, "captured length %d, at most %d allowed", captured, MaxFrame)
	case captured > original:
		return p.fail(ErrMalformed, "captured length %d is more than the frame's %d octets", captured, original)
	}
	return p.fill(int(captured), "frame")
}
