package fuzz

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/internal/capture"
)

// captureDirs holds the folders with captures of real peers: those recorded in the lab, and
// those of devices if present.
var captureDirs = []string{
	"../internal/lab/testdata/captures", "../examples/lacpdump/testdata", "../../shared/captures", "../../shared/captures/peers",
}

// capturePaths returns the paths of all captures, in a fixed order.
func capturePaths(tb testing.TB) (paths []string) {
	tb.Helper()
	for _, dir := range captureDirs {
		found, err := filepath.Glob(filepath.Join(dir, "*.pcap"))
		if err != nil {
			tb.Fatal(err)
		}
		paths = append(paths, found...)
	}
	return paths
}

// captureFrames returns, by capture, the first few frames that no earlier capture has.
func captureFrames(tb testing.TB) (all [][][]byte) {
	tb.Helper()
	const most = 6
	seen := make(map[string]bool)
	for _, path := range capturePaths(tb) {
		file, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		r, err := capture.NewReader(bytes.NewReader(file))
		if err != nil {
			tb.Fatalf("%s: %v", path, err)
		}
		var frames [][]byte
		for len(frames) < most {
			frame, err := r.Next()
			if err != nil {
				break // the end, or the fault of a hostile capture
			}
			if data := slices.Clone(frame.Data); !seen[string(data)] && len(data) <= 200 {
				seen[string(data)] = true
				frames = append(frames, data)
			}
		}
		if len(frames) > 0 {
			all = append(all, frames)
		}
	}
	return all
}
