package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// block returns a block with this body, padded to a multiple of four octets.
func block(order binary.AppendByteOrder, kind uint32, body ...[]byte) []byte {
	content := bytes.Join(body, nil)
	content = append(content, make([]byte, -len(content)&3)...)
	b := order.AppendUint32(nil, kind)
	b = order.AppendUint32(b, uint32(len(content)+12))
	b = append(b, content...)
	return order.AppendUint32(b, uint32(len(content)+12))
}

func words(order binary.AppendByteOrder, values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = order.AppendUint32(b, v)
	}
	return b
}

func option(order binary.AppendByteOrder, code uint16, value ...byte) []byte {
	b := order.AppendUint16(nil, code)
	b = order.AppendUint16(b, uint16(len(value)))
	return append(append(b, value...), make([]byte, -len(value)&3)...)
}

func section(order binary.AppendByteOrder, options ...[]byte) []byte {
	version := order.AppendUint16(order.AppendUint16(nil, 1), 0)
	return block(order, blockSection, words(order, byteOrderMagic), version,
		bytes.Repeat([]byte{0xff}, 8), bytes.Join(options, nil))
}

func describe(order binary.AppendByteOrder, link uint16, snaplen uint32, options ...[]byte) []byte {
	return block(order, blockInterface, order.AppendUint16(nil, link), []byte{0, 0}, words(order, snaplen), bytes.Join(options, nil))
}

func enhanced(order binary.AppendByteOrder, id uint32, ticks uint64, frame []byte) []byte {
	n := uint32(len(frame))
	return block(order, blockEnhanced, words(order, id, uint32(ticks>>32), uint32(ticks), n, n), frame)
}

// ngFile returns a file with one of everything. ends maps the end of each block to the
// number of whole frames before it.
func ngFile(order binary.AppendByteOrder) (file []byte, ends map[int]int) {
	ends = map[int]int{}
	add := func(whole int, b []byte) {
		file = append(file, b...)
		ends[len(file)] = whole
	}
	add(0, section(order, option(order, 4, []byte("some capturer")...), option(order, 0)))
	add(0, describe(order, 1, 0))
	add(0, block(order, 4, make([]byte, 40))) // a name resolution block
	for i, f := range frames {
		add(i+1, enhanced(order, 0, uint64(base.UnixMicro())+uint64(i), f))
	}
	add(len(frames), block(order, 0x0bad, make([]byte, 8)))
	return file, ends
}

func TestReadsPcapng(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		file, _ := ngFile(order)
		got, err := readAll(file)
		if err != nil || len(got) != len(frames) {
			t.Fatalf("%v: got %d frames and error %v", order, len(got), err)
		}
		for i, f := range got {
			want := base.Truncate(time.Microsecond).Add(time.Duration(i) * time.Microsecond)
			if f.Number != i+1 || !f.Time.Equal(want) || !bytes.Equal(f.Data, frames[i]) || f.OriginalLength != len(frames[i]) {
				t.Errorf("%v: frame %d: got number %d at %v, %d octets", order, i+1, f.Number, f.Time, len(f.Data))
			}
		}
	}
}

// TestSectionsOfBothByteOrders checks that concatenated files are one capture.
func TestSectionsOfBothByteOrders(t *testing.T) {
	little, _ := ngFile(binary.LittleEndian)
	big, _ := ngFile(binary.BigEndian)
	got, err := readAll(append(little, big...))
	if err != nil || len(got) != 2*len(frames) || got[7].Number != 8 || !bytes.Equal(got[4].Data, frames[0]) {
		t.Errorf("%d frames, %v", len(got), err)
	}
}

func TestReadsWhatPcapgoWrites(t *testing.T) {
	var file bytes.Buffer
	w, err := pcapgo.NewNgWriter(&file, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	info := gopacket.CaptureInfo{Timestamp: base, CaptureLength: len(frames[1]), Length: len(frames[1])}
	if err := w.WritePacket(info, frames[1]); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got, err := readAll(file.Bytes())
	if err != nil || len(got) != 1 || !got[0].Time.Equal(base) || !bytes.Equal(got[0].Data, frames[1]) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestTimeResolutions reads the same instant in all units that a file may choose.
func TestTimeResolutions(t *testing.T) {
	le := binary.LittleEndian
	for _, c := range []struct {
		name    string
		options [][]byte
		ticks   uint64
		want    time.Time
	}{
		{"default is microseconds", nil, 1_500_001, time.Unix(1, 500_001_000)},
		{"seconds", [][]byte{option(le, 9, 0)}, 77, time.Unix(77, 0)},
		{"nanoseconds", [][]byte{option(le, 9, 9)}, 1_500_000_001, time.Unix(1, 500_000_001)},
		{"picoseconds", [][]byte{option(le, 9, 12)}, 1_500_000_000_999, time.Unix(1, 500_000_000)},
		{"2^-32", [][]byte{option(le, 9, 0xa0)}, 5<<32 | 0xc0000000, time.Unix(5, 750_000_000)},
		{"2^-63", [][]byte{option(le, 9, 0xbf)}, 1<<63 | 1<<62, time.Unix(1, 500_000_000)},
		{"offset", [][]byte{option(le, 14, 100, 0, 0, 0, 0, 0, 0, 0)}, 1_000_000, time.Unix(101, 0)},
	} {
		file := append(section(le), describe(le, 1, 0, c.options...)...)
		got, err := readAll(append(file, enhanced(le, 0, c.ticks, frames[0])...))
		if err != nil || len(got) != 1 || !got[0].Time.Equal(c.want) {
			t.Errorf("%s: got %+v, %v, want %v", c.name, got, err, c.want.UTC())
		}
	}
}

// TestOldAndSimplePackets reads the two other kinds of packet block.
func TestOldAndSimplePackets(t *testing.T) {
	be := binary.BigEndian
	file := append(section(be), describe(be, 1, 60)...)
	file = append(file, block(be, blockSimple, words(be, 61), frames[1][:60])...)
	file = append(file, block(be, blockPacket, []byte{0, 0, 0, 3}, words(be, 0, 7, 60, 99), frames[0])...)
	got, err := readAll(file)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d frames, %v", len(got), err)
	}
	if f := got[0]; len(f.Data) != 60 || f.OriginalLength != 61 || !f.Time.Equal(time.Unix(0, 0)) {
		t.Errorf("simple: got %d of %d octets at %v", len(f.Data), f.OriginalLength, f.Time)
	}
	if f := got[1]; len(f.Data) != 60 || f.OriginalLength != 99 || !f.Time.Equal(time.UnixMicro(7)) {
		t.Errorf("old: got %d of %d octets at %v", len(f.Data), f.OriginalLength, f.Time)
	}
}

// TestOtherInterfacesMayBeDescribed checks that a file may describe an interface that is
// not Ethernet.
func TestOtherInterfacesMayBeDescribed(t *testing.T) {
	le := binary.LittleEndian
	head := append(section(le), describe(le, 113, 0)...)
	head = append(head, describe(le, 1, 0)...)
	got, err := readAll(append(head, enhanced(le, 1, 0, frames[0])...))
	if err != nil || len(got) != 1 {
		t.Errorf("frame of the Ethernet interface: got %d frames and error %v", len(got), err)
	}
	if _, err := readAll(append(head, enhanced(le, 0, 0, frames[0])...)); !errors.Is(err, ErrLinkType) {
		t.Errorf("frame of the other interface: got error %v, want ErrLinkType", err)
	}
}

func TestPcapngRefusals(t *testing.T) {
	le := binary.LittleEndian
	head := append(section(le), describe(le, 1, 0)...)
	after := func(b ...[]byte) []byte { return append(bytes.Clone(head), bytes.Join(b, nil)...) }
	edited := func(b []byte, at int, octets ...byte) []byte { copy(b[at:], octets); return b }
	packet := func() []byte { return enhanced(le, 0, 0, frames[0]) }
	for _, c := range []struct {
		name string
		file []byte
		kind error
		says string
	}{
		{"byte order", edited(section(le), 8, 9), ErrMalformed, "byte order"},
		{"version", edited(section(le), 12, 9), ErrNotCapture, "Version"},
		{"block of no length", after(words(le, blockEnhanced, 0)), ErrMalformed, "length 0"},
		{"block shorter than its fields", after(words(le, blockEnhanced, 28), make([]byte, 40)), ErrMalformed, "length 28"},
		{"odd length", after(edited(packet(), 4, 93)), ErrMalformed, "length 93"},
		{"lengths differ", after(edited(packet(), 88, 1)), ErrMalformed, "at its end"},
		{"4 GB block", after(words(le, blockEnhanced, 0xfffffffc), make([]byte, 40)), ErrMalformed, "at most"},
		{"4 GB frame", after(edited(packet(), 20, 0xff, 0xff, 0xff, 0xff)), ErrMalformed, "captured length"},
		{"frame past its block", after(edited(packet(), 20, 61)), ErrMalformed, "room for 60"},
		{"interface unknown", after(edited(packet(), 8, 1)), ErrMalformed, "interface 1"},
		{"no interface", append(section(le), packet()...), ErrMalformed, "interface 0"},
		{"link type 257", append(append(section(le), describe(le, 257, 0)...), packet()...), ErrLinkType, "257"},
		{"resolution 10^-20", append(section(le), describe(le, 1, 0, option(le, 9, 20))...), ErrMalformed, "resolution"},
		{"resolution 2^-64", append(section(le), describe(le, 1, 0, option(le, 9, 0xc0))...), ErrMalformed, "resolution"},
		{"resolution empty", append(section(le), describe(le, 1, 0, option(le, 9))...), ErrMalformed, "resolution"},
		{"offset short", append(section(le), describe(le, 1, 0, option(le, 14, 1, 2))...), ErrMalformed, "offset of 2"},
		{"option past its block", append(section(le), describe(le, 1, 0, words(le, 0x00100002))...), ErrMalformed, "option 2"},
		{"option of 65535", append(section(le), describe(le, 1, 0, option(le, 2, make([]byte, 65535)...))...), ErrMalformed, "option 2"},
		{"too many interfaces", after(bytes.Repeat(describe(le, 1, 0), maxInterfaces)), ErrMalformed, "interfaces"},
	} {
		_, err := readAll(c.file)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got error %v, want %v that contains %q", c.name, err, c.kind, c.says)
		}
	}
}

// TestLongForeignBlockIsSkipped checks that blocks without frames may be longer than any
// frame.
func TestLongForeignBlockIsSkipped(t *testing.T) {
	le := binary.LittleEndian
	file := append(section(le), describe(le, 1, 0)...)
	file = append(file, block(le, 0x0bad, make([]byte, 2*maxBlock))...)
	got, err := readAll(append(file, enhanced(le, 0, 0, frames[0])...))
	if err != nil || len(got) != 1 {
		t.Errorf("%d frames, %v", len(got), err)
	}
}
