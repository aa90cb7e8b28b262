package lacp

import "testing"

// Links of different speed or duplex mode never have the same key. The numbers are
// stable, since a partner sees them.
func TestFoldKey(t *testing.T) {
	seen := map[Key]Link{}
	for _, speed := range append([]uint32{0}, speedClasses...) {
		for _, duplex := range []Duplex{DuplexUnknown, DuplexHalf, DuplexFull} {
			l := Link{Up: true, SpeedMbps: speed, Duplex: duplex}
			k := FoldKey(1023, l)
			if other, ok := seen[k]; ok || k&1023 != 1023 || k == 0 {
				t.Errorf("%+v and %+v: key %#x", l, other, k)
			}
			seen[k] = l
		}
	}
	for l, want := range map[Link]Key{
		{}:                                       1,
		{SpeedMbps: 1000, Duplex: DuplexFull}:    1 | 14<<10,
		{SpeedMbps: 1001, Duplex: DuplexFull}:    1 | 14<<10,
		{SpeedMbps: 10000, Duplex: DuplexFull}:   1 | 23<<10,
		{SpeedMbps: 9999999, Duplex: DuplexFull}: 1 | 53<<10,
		{Duplex: DuplexHalf}:                     1 | 1<<10,
		{Up: true}:                               1,
	} {
		if got := FoldKey(1, l); got != want {
			t.Errorf("%+v: %#x, want %#x", l, got, want)
		}
	}
}
