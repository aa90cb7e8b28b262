package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var base = time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.UTC)

// frames are four frames of different lengths. Two are not a multiple of four octets.
var frames = [][]byte{bytes.Repeat([]byte{0xaa}, 60), bytes.Repeat([]byte{0xbb}, 61), {}, bytes.Repeat([]byte{0xcc}, 1514)}

// readAll returns the frames before the first error, and the error. At the end of the file
// the error is nil.
func readAll(file []byte) ([]Frame, error) {
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	var got []Frame
	for f, err := range r.Frames() {
		if err != nil {
			return got, err
		}
		got = append(got, f)
	}
	return got, nil
}

// pcap builds a file octet by octet, so that it does not depend on the decoder's view of
// the format. Times are base plus one second per frame.
func pcap(order binary.AppendByteOrder, nanos bool, snaplen, link uint32) []byte {
	magic, divisor := uint32(0xa1b2c3d4), 1000
	if nanos {
		magic, divisor = 0xa1b23c4d, 1
	}
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, snaplen)
	b = order.AppendUint32(b, link)
	for i, f := range frames {
		b = order.AppendUint32(b, uint32(base.Unix())+uint32(i))
		b = order.AppendUint32(b, uint32(base.Nanosecond()/divisor))
		b = order.AppendUint32(b, uint32(len(f)))
		b = order.AppendUint32(b, uint32(len(f)+i))
		b = append(b, f...)
	}
	return b
}

func TestReadsAllFourMagics(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, nanos := range []bool{false, true} {
			for _, snaplen := range []uint32{0, 60, 262144, 0xffffffff} {
				got, err := readAll(pcap(order, nanos, snaplen, 1))
				if err != nil || len(got) != len(frames) {
					t.Fatalf("%v nanos=%v snaplen %d: got %d frames and error %v", order, nanos, snaplen, len(got), err)
				}
				for i, f := range got {
					want := base.Add(time.Duration(i) * time.Second)
					if !nanos {
						want = want.Truncate(time.Microsecond)
					}
					if f.Number != i+1 || !f.Time.Equal(want) || f.Time.Location() != time.UTC ||
						!bytes.Equal(f.Data, frames[i]) || f.OriginalLength != len(frames[i])+i {
						t.Errorf("%v nanos=%v: frame %d: got number %d, %v, %d of %d octets",
							order, nanos, i+1, f.Number, f.Time, len(f.Data), f.OriginalLength)
					}
				}
			}
		}
	}
}

// oldPcap returns pcap in microseconds as older libraries wrote it: if modified, with the
// longer record headers, and of an earlier minor version.
func oldPcap(order binary.AppendByteOrder, modified bool, minor uint16) []byte {
	plain := pcap(order, false, 262144, 1)
	put := order.(binary.ByteOrder)
	put.PutUint16(plain[6:], minor)
	if modified {
		put.PutUint32(plain, 0xa1b2cd34)
	}
	b, rest := bytes.Clone(plain[:pcapHeaderLen]), plain[pcapHeaderLen:]
	for i, f := range frames {
		record := rest[:pcapRecordLen]
		if minor < 3 || minor == 3 && i == 1 { // some writers of 2.3 swapped the lengths
			captured, original := put.Uint32(record[8:]), put.Uint32(record[12:])
			put.PutUint32(record[8:], original)
			put.PutUint32(record[12:], captured)
		}
		b = append(b, record...)
		if modified {
			b = order.AppendUint32(b, 3)      // interface
			b = order.AppendUint16(b, 0x8809) // protocol
			b = append(b, 2, 0)               // packet type and padding
		}
		b = append(b, rest[pcapRecordLen:pcapRecordLen+len(f)]...)
		rest = rest[pcapRecordLen+len(f):]
	}
	return b
}

// TestReadsOldPcapBOX39 checks that modified and earlier files read like current ones.
func TestReadsOldPcapBOX39(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		want, err := readAll(pcap(order, false, 262144, 1))
		if err != nil {
			t.Fatal(err)
		}
		for _, modified := range []bool{false, true} {
			for minor := range uint16(5) {
				file := oldPcap(order, modified, minor)
				got, err := readAll(file)
				if err != nil || !equalFrames(got, want) {
					t.Errorf("%v, modified=%v, version 2.%d: got %d frames and error %v, want the %d of the current format",
						order, modified, minor, len(got), err, len(want))
				}
				length := pcapRecordLen
				if modified {
					length = pcapModifiedLen
				}
				end, ends := pcapHeaderLen, map[int]int{pcapHeaderLen: 0}
				for i, f := range frames {
					end += length + len(f)
					ends[end] = i + 1
				}
				checkCuts(t, file, ends)
			}
		}
	}
}

// TestTruncatedAtEveryOctet checks that a cut file gives its whole frames first, then
// ErrTruncated, unless the cut is between two records.
func TestTruncatedAtEveryOctet(t *testing.T) {
	file := pcap(binary.LittleEndian, false, 262144, 1)
	ends := map[int]int{pcapHeaderLen: 0}
	end := pcapHeaderLen
	for i, f := range frames {
		end += pcapRecordLen + len(f)
		ends[end] = i + 1
	}
	checkCuts(t, file, ends)

	ng, ends := ngFile(binary.BigEndian)
	checkCuts(t, ng, ends)
}

// checkCuts cuts file after every octet. ends maps the end of each record to the number
// of whole frames before it.
func checkCuts(t *testing.T, file []byte, ends map[int]int) {
	t.Helper()
	whole := 0
	for cut := range len(file) + 1 {
		got, err := readAll(file[:cut])
		want := ErrTruncated
		if n, between := ends[cut]; between {
			whole, want = n, nil
		} else if cut < 4 {
			want = ErrNotCapture
		}
		if !errors.Is(err, want) || len(got) != whole {
			t.Fatalf("cut at %d of %d: got %d frames and error %v, want %d and %v", cut, len(file), len(got), err, whole, want)
		}
	}
}

func TestTruncatedErrorNamesRecord(t *testing.T) {
	file := pcap(binary.LittleEndian, false, 262144, 1)
	_, err := readAll(file[:24+16+60+16+20])
	want := "capture: frame 2 at octet 100: the file ends in the middle of a record: want frame of 61 octets, got 20"
	if err == nil || err.Error() != want {
		t.Errorf("got error %v\nwant      %s", err, want)
	}
}

func TestErrorIsReturnedAgain(t *testing.T) {
	r, err := NewReader(bytes.NewReader(pcap(binary.LittleEndian, false, 0, 1)[:30]))
	if err != nil {
		t.Fatal(err)
	}
	_, first := r.Next()
	_, second := r.Next()
	if !errors.Is(first, ErrTruncated) || first != second {
		t.Errorf("got errors %v and %v, want the same ErrTruncated", first, second)
	}
}

func TestEndStaysEnd(t *testing.T) {
	r, err := NewReader(bytes.NewReader(pcap(binary.LittleEndian, false, 0, 1)[:24]))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("got error %v at the end, want io.EOF", err)
		}
	}
}

func TestRefusals(t *testing.T) {
	edit := func(at int, octets ...byte) []byte {
		b := pcap(binary.LittleEndian, false, 262144, 1)
		copy(b[at:], octets)
		return b
	}
	for _, c := range []struct {
		name string
		file []byte
		kind error
		says string
	}{
		{"empty", nil, ErrNotCapture, "only 0 octets"},
		{"text", []byte("no capture at all, just text"), ErrNotCapture, "6e6f2063"},
		{"version 3", edit(4, 3), ErrNotCapture, "version"},
		{"version 1.2", edit(4, 1, 0, 2, 0), ErrNotCapture, "version"},
		{"version 2.5", edit(4, 2, 0, 5, 0), ErrNotCapture, "version"},
		{"4 GB modified record", slices.Concat(oldPcap(binary.BigEndian, true, 4)[:24+8], bytes.Repeat([]byte{0xff}, 16)), ErrMalformed, "4294967295, at most 262144"},
		{"raw IP", pcap(binary.BigEndian, true, 0, 101), ErrLinkType, "link type 101"},
		{"link type 257", pcap(binary.LittleEndian, false, 0, 257), ErrLinkType, "link type 257"},
		{"4 GB record", edit(24+8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), ErrMalformed, "4294967295, at most 262144"},
		{"longer than it was", edit(24+8, 61), ErrMalformed, "more than the frame's 60"},
	} {
		_, err := readAll(c.file)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got error %v, want %v that contains %q", c.name, err, c.kind, c.says)
		}
	}
}

// TestFCSBitsOfLinkType checks that the upper half of the field does not change the link
// type.
func TestFCSBitsOfLinkType(t *testing.T) {
	if got, err := readAll(pcap(binary.LittleEndian, false, 0, 0x24000001)); err != nil || len(got) != len(frames) {
		t.Errorf("%d frames, %v", len(got), err)
	}
}

func TestReadErrorIsPassedOn(t *testing.T) {
	if _, err := Open(t.TempDir()); err == nil || errors.Is(err, ErrNotCapture) || errors.Is(err, ErrTruncated) {
		t.Errorf("opening a folder: got error %v, want the system's error", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening a missing file: got error %v", err)
	}
}

// TestHostileLengthsCostLittle checks that a header with a huge length does not cause a
// large allocation.
func TestHostileLengthsCostLittle(t *testing.T) {
	record := binary.LittleEndian.AppendUint32(make([]byte, 8), MaxFrame)
	record = binary.LittleEndian.AppendUint32(record, MaxFrame)
	file := append(pcap(binary.LittleEndian, false, 0xffffffff, 1)[:24], record...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readAll(file)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTruncated) {
		t.Errorf("got error %v, want ErrTruncated", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 2*maxBlock {
		t.Errorf("got %d octets allocated for a file of %d, want at most %d", grown, len(file), 2*maxBlock)
	}
}

func TestWriterIsReadBack(t *testing.T) {
	var file bytes.Buffer
	w, err := NewWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(base, frames[1]); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "one.pcap")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := r.Next()
	if err != nil || !f.Time.Equal(base) || !bytes.Equal(f.Data, frames[1]) || f.OriginalLength != 61 {
		t.Errorf("got %+v, %v", f, err)
	}
}
