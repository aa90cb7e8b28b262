package user

import (
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
)

// TestReadBuffersGrowWithTheFrames reads from a link that has more and more frames at a time.
func TestReadBuffersGrowWithTheFrames(t *testing.T) {
	var r readBuffers
	var offered []int
	there := 0
	read := func(bufs [][]byte, frames []link.Frame) (int, error) {
		offered = append(offered, len(bufs))
		n := min(there, len(bufs), len(frames))
		for i := range n {
			bufs[i][0] = byte(i)
			frames[i].Data = bufs[i][:1]
		}
		return n, nil
	}
	for _, there = range []int{0, 1, 1, 2, 3, 9, 9, 100, 100, 100, 100} {
		frames, err := r.read(read)
		if want := min(there, offered[len(offered)-1]); err != nil || len(frames) != want {
			t.Fatalf("read of %d frames got %d and %v, want %d", there, len(frames), err, want)
		}
		for i, f := range frames {
			if len(f.Data) != 1 || f.Data[0] != byte(i) {
				t.Errorf("frame %d of %d is %v, want [%d]", i, len(frames), f.Data, i)
			}
		}
	}
	if want := []int{1, 1, 2, 2, 4, 4, 8, 16, 32, 32, 32}; !slices.Equal(offered, want) {
		t.Errorf("the link was offered %v buffers, want %v", offered, want)
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = r.read(read) }); n != 0 {
		t.Errorf("a read into all buffers allocates %v times, want 0", n)
	}
}
