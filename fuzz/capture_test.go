package fuzz

import (
	"bytes"
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

// FuzzCapture: whatever a file holds, reading it ends without a panic, with one
// of the documented errors, in memory bounded by the file's own size and one
// record; frames are numbered from 1 and no longer than the limit.
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
		if octets > len(file) {
			t.Errorf("%d octets of frames out of a file of %d", octets, len(file))
		}
		for _, kind := range []error{nil, capture.ErrNotCapture, capture.ErrTruncated, capture.ErrMalformed, capture.ErrLinkType} {
			if errors.Is(err, kind) {
				err = nil
			}
		}
		if err != nil {
			t.Errorf("undocumented error %v", err)
		}
		// 2 MiB for buffers; per octet the copies of a record, and of interfaces.
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(2<<20+64*len(file)); got > most {
			t.Errorf("%d octets allocated for a file of %d, want at most %d", got, len(file), most)
		}
	})
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
			t.Fatalf("frame %d is number %d with %d of %d octets", n, frame.Number, len(frame.Data), frame.OriginalLength)
		}
		octets += len(frame.Data)
	}
}

// captureSeeds are a file of each format, and captures of real peers.
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
	seeds := [][]byte{pcap.Bytes(), pcapng.Bytes()}
	for _, path := range capturePaths(tb) {
		if file, err := os.ReadFile(path); err == nil && len(file) < 16<<10 {
			seeds = append(seeds, file)
		}
	}
	return seeds
}
