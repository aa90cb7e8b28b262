package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/capture"
)

// unhex turns hexadecimal with spaces into octets.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	addresses = "0180c2000002 02000000000a "
	fixed     = "0114 8000 02000000000a 0001 8000 0001 3d 000000 0214 8000 02000000000b 0002 8000 0007 3d 000000 0310 0000 000000000000000000000000"
	lacpdu    = "8809 0101 " + fixed
	markerPDU = "8809 0201 0110 0001 02000000000a 11223344 0000 0000"
	response  = "8809 0201 0210 0001 02000000000a 11223344 0000 0000"
)

// sampleFrames returns one frame of each kind, as the protocols define them.
func sampleFrames(t testing.TB) [][]byte {
	var frames [][]byte
	add := func(length int, s string) {
		b := unhex(t, s)
		frames = append(frames, append(b, make([]byte, length-len(b))...))
	}
	add(124, addresses+lacpdu)
	add(124, addresses+"8809 0102 "+fixed+"0406 0080c201 0514 0001 d2dc4cf241740239408945bd87391286 0a12")
	add(124, addresses+"8809 01f1 "+fixed+"8004 0005 06ff") // the second TLV ends past the frame
	add(124, "0180c2000002 0004961f506a 8809 0101 0114 91f4 0004961f506a 8000 0000 0012 47 000000"+
		"0214 0000 000000000000 0000 0000 0000 3b 000000 0310 0002")
	add(60, "ffffffffffff 02000000000a 0806") // not a slow protocol, so counted but not printed
	add(124, addresses+markerPDU)
	add(124, addresses+response)
	add(128, addresses+"8100 0005"+lacpdu)
	add(132, addresses+"88a8 6064 8100 0fff"+lacpdu)
	add(128, addresses+"8100 e000"+markerPDU) // priority tag
	add(60, addresses+"8809 03 0050 00")
	add(60, addresses+"8809 0a 0019a7 0001 10")
	add(124, addresses+"8809 04")
	add(124, addresses+"8809 00")
	add(60, addresses+lacpdu[:60])
	add(124, addresses+"8809 0101 0114"+strings.Repeat("00", 18)+"0213")
	add(124, addresses+"8809 0201 0310")
	add(124, addresses+"8809 0201 010f")
	add(14, addresses+"8809")
	return frames
}

// writeCapture writes frames to a file, one second and one nanosecond apart.
func writeCapture(t testing.TB, path string, frames [][]byte) {
	t.Helper()
	var file bytes.Buffer
	w, err := capture.NewWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, f := range frames {
		if err := w.Write(at, f); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Second + 1)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sampleFile writes a capture of sampleFrames to a folder of the test and returns its path.
func sampleFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.pcap")
	writeCapture(t, path, sampleFrames(t))
	return path
}
