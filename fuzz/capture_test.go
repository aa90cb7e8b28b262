package fuzz

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/lagkit/lagkit/internal/capture"
)

// FuzzCapture reads arbitrary files. Reading ends without a panic and with one of the
// documented errors, and the memory is bounded by the file's own size and one record.
// Frames are numbered from 1 and no longer than the limit.
func FuzzCapture(f *testing.F) {
	for _, seed := range captureSeeds(f) {
		f.Add(seed)
		f.Add(seed[:len(seed)*2/3])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		octets, err := readCapture(t, file)
		runtime.ReadMemStats(&after)
		unpacked := unpackedLen(file)
		if octets > unpacked {
			t.Errorf("got %d octets of frames from a file of %d", octets, unpacked)
		}
		for _, kind := range []error{nil, capture.ErrNotCapture, capture.ErrTruncated, capture.ErrMalformed, capture.ErrGzip, capture.ErrLinkType} {
			if errors.Is(err, kind) {
				err = nil
			}
		}
		if err != nil {
			t.Errorf("got error %v, want a documented one", err)
		}
		// This allows 2 MiB for buffers, and for each octet the copies of a record and of
		// interfaces.
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(2<<20+64*unpacked); got > most {
			t.Errorf("got %d octets allocated for a file of %d, want at most %d", got, unpacked, most)
		}
	})
}

// unpackedLen returns the length of the file or, if it is greater, of its unpacked data.
func unpackedLen(file []byte) int {
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return len(file)
	}
	n, _ := io.Copy(io.Discard, z) // up to the first error
	return max(len(file), int(n))
}

// readCapture reads file to its end and returns the octets of all frames.
func readCapture(t *testing.T, file []byte) (octets int, err error) {
	r, err := capture.NewReader(bytes.NewReader(file))
	if err != nil {
		return 0, err
	}
	for n := 1; ; n++ {
		frame, err := r.Next()
		if err == io.EOF {
			return octets, nil
		}
		if err != nil {
			return octets, err
		}
		if frame.Number != n || len(frame.Data) > capture.MaxFrame || frame.OriginalLength < len(frame.Data) {
			t.Fatalf("frame %d: got number %d with %d of %d octets", n, frame.Number, len(frame.Data), frame.OriginalLength)
		}
		octets += len(frame.Data)
	}
}

// captureSeeds returns a file of each format, and captures of real peers.
func captureSeeds(tb testing.TB) [][]byte {
	frame := make([]byte, 124)
	info := gopacket.CaptureInfo{Timestamp: time.Unix(1, 2), CaptureLength: len(frame), Length: len(frame)}
	var pcap, pcapng bytes.Buffer
	w := pcapgo.NewWriter(&pcap)
	err := errors.Join(w.WriteFileHeader(65536, layers.LinkTypeEthernet), w.WritePacket(info, frame), w.WritePacket(info, frame))
	ng, ngErr := pcapgo.NewNgWriter(&pcapng, layers.LinkTypeEthernet)
	if err := errors.Join(err, ngErr); err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(ng.WritePacket(info, frame), ng.Flush()); err != nil {
		tb.Fatal(err)
	}
	seeds := [][]byte{pcap.Bytes(), pcapng.Bytes(), modifiedSeed(frame)}
	for _, plain := range seeds {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, err := z.Write(plain)
		if err := errors.Join(err, z.Close()); err != nil {
			tb.Fatal(err)
		}
		seeds = append(seeds, packed.Bytes())
	}
	for _, path := range capturePaths(tb) {
		if file, err := os.ReadFile(path); err == nil && len(file) < 16<<10 {
			seeds = append(seeds, file)
		}
	}
	return seeds
}

// modifiedSeed returns a file of version 2.3 with one frame, in the form of an old modified
// libpcap: with a longer record header.
func modifiedSeed(frame []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, 0xa1b2cd34)
	b = append(b, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 1)
	b = append(b, 0, 0, 0, 1, 0, 0, 0, 2)
	b = binary.BigEndian.AppendUint32(b, uint32(len(frame)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(frame)))
	b = append(b, 0, 0, 0, 3, 0x88, 0x09, 2, 0)
	return append(b, frame...)
}
