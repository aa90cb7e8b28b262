package capture

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// packed returns data compressed with gzip.
func packed(t *testing.T, data []byte) []byte {
	t.Helper()
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	z.Name = "link.pcap"
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// equalFrames reports whether two captures hold the same frames.
func equalFrames(a, b []Frame) bool {
	return slices.EqualFunc(a, b, func(f, g Frame) bool {
		return f.Number == g.Number && f.Time.Equal(g.Time) && bytes.Equal(f.Data, g.Data) && f.OriginalLength == g.OriginalLength
	})
}

// TestReadsGzipBOX39 checks that a compressed file of any format reads like the plain one.
func TestReadsGzipBOX39(t *testing.T) {
	ng, _ := ngFile(binary.LittleEndian)
	for name, file := range map[string][]byte{
		"microseconds": pcap(binary.LittleEndian, false, 262144, 1),
		"nanoseconds":  pcap(binary.BigEndian, true, 262144, 1),
		"pcapng":       ng,
	} {
		want, err := readAll(file)
		if err != nil || len(want) == 0 {
			t.Fatalf("%s: %d frames, error %v", name, len(want), err)
		}
		if got, err := readAll(packed(t, file)); err != nil || !equalFrames(got, want) {
			t.Errorf("%s: got %d frames and error %v, want the %d of the plain file", name, len(got), err, len(want))
		}
		// The two gzip members are like two files joined.
		half := len(file) / 2
		if got, err := readAll(append(packed(t, file[:half]), packed(t, file[half:])...)); err != nil || !equalFrames(got, want) {
			t.Errorf("%s in two members: got %d frames and error %v, want %d", name, len(got), err, len(want))
		}
	}
}

// TestDamagedGzipBOX39 cuts or changes a compressed file at any octet. It must end with a
// documented error after frames of the plain file.
func TestDamagedGzipBOX39(t *testing.T) {
	want, err := readAll(pcap(binary.LittleEndian, true, 262144, 1))
	if err != nil {
		t.Fatal(err)
	}
	file := packed(t, pcap(binary.LittleEndian, true, 262144, 1))
	for cut := range len(file) {
		got, err := readAll(file[:cut])
		kind := ErrTruncated
		if cut < 2 {
			kind = ErrNotCapture
		}
		if !errors.Is(err, kind) || len(got) > len(want) || !equalFrames(got, want[:len(got)]) {
			t.Errorf("cut at %d of %d: got %d frames and error %v, want %v", cut, len(file), len(got), err, kind)
		}
	}
	for at := range len(file) {
		changed := slices.Clone(file)
		changed[at] ^= 0x55
		_, err := readAll(changed)
		if err == nil {
			continue // the octet is in the file name
		}
		if !slices.ContainsFunc([]error{ErrGzip, ErrTruncated, ErrMalformed, ErrNotCapture, ErrLinkType}, func(kind error) bool { return errors.Is(err, kind) }) {
			t.Errorf("octet %d changed: got error %v, want a documented one", at, err)
		}
	}
	_, err = readAll(append(file[:len(file)-1:len(file)-1], file[len(file)-1]^1))
	if wanted := "capture: frame 5 at octet "; !errors.Is(err, ErrGzip) || !strings.HasPrefix(err.Error(), wanted) {
		t.Errorf("wrong checksum: got error %v, want an ErrGzip that starts with %q", err, wanted)
	}
	if _, err := readAll(packed(t, file)); !errors.Is(err, ErrNotCapture) {
		t.Errorf("compressed twice: got error %v, want ErrNotCapture", err)
	}
}

// zeros is a reader of that many zero octets.
type zeros struct{ left int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.left)
	clear(p[:n])
	z.left -= n
	return n, nil
}

// TestGzipBombCostsLittleBOX39 checks that a small file that unpacks to a large one needs
// the memory of one record.
func TestGzipBombCostsLittleBOX39(t *testing.T) {
	const size = 64 << 20
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	// A block of an unknown type fills the file. Its last length is missing.
	order := binary.LittleEndian
	head := append(section(order), describe(order, linkTypeEthernet, 0)...)
	head = append(head, words(order, 0x0bad, size+12)...)
	if _, err := z.Write(head); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(z, &zeros{size}); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := bomb.Bytes()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := readAll(file)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTruncated) || len(got) != 0 {
		t.Errorf("got %d frames and error %v, want ErrTruncated", len(got), err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 2*maxBlock {
		t.Errorf("got %d octets allocated for a file of %d that holds %d, want at most %d", grown, len(file), size, 2*maxBlock)
	}
}

// TestGzipIsReadAsItComesBOX39 checks that Next returns a frame before the file has ended,
// so that a compressed capture can be read from a pipe.
func TestGzipIsReadAsItComesBOX39(t *testing.T) {
	in, out := io.Pipe()
	defer in.Close()
	proceed := make(chan struct{})
	go func() {
		defer out.Close()
		z := gzip.NewWriter(out)
		file := pcap(binary.LittleEndian, true, 262144, 1)
		first := pcapHeaderLen + pcapRecordLen + len(frames[0])
		_, _ = z.Write(file[:first])
		_ = z.Flush()
		<-proceed
		_, _ = z.Write(file[first:])
		_ = z.Close()
	}()
	r, err := NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Next()
	if err != nil || !bytes.Equal(f.Data, frames[0]) {
		t.Errorf("got a frame of %d octets and error %v, want the first", len(f.Data), err)
	}
	close(proceed)
	for range frames[1:] {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("got error %v at the end, want io.EOF", err)
	}
}
