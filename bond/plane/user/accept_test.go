package user

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

func TestAcceptKeepsTheDevicesFrames(t *testing.T) {
	own := lacp.MAC{2, 0, 0, 0, 0, 1}
	to := map[string]lacp.MAC{
		"own":       own,
		"last":      {2, 0, 0, 0, 0, 2},
		"first":     {4, 0, 0, 0, 0, 1},
		"group":     {0x33, 0x33, 0, 0, 0, 1},
		"broadcast": {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	}
	for _, tt := range []struct {
		accept     func(*accept)
		name       string
		sent, want []string
	}{
		{func(*accept) {}, "not reported", []string{"own", "last", "group"}, []string{"own", "last", "group"}},
		{func(a *accept) { a.set(own, true) }, "promiscuous", []string{"last", "own"}, []string{"last", "own"}},
		{func(a *accept) { a.set(own, false) }, "all its own", []string{"own", "group", "broadcast"}, []string{"own", "group", "broadcast"}},
		{func(a *accept) { a.set(own, false) }, "one other in front", []string{"first", "own", "group"}, []string{"own", "group"}},
		{func(a *accept) { a.set(own, false) }, "others between", []string{"own", "last", "group", "first", "broadcast"}, []string{"own", "group", "broadcast"}},
		{func(a *accept) { a.set(own, false) }, "others only", []string{"first", "last"}, nil},
		{func(a *accept) { a.set(own, false) }, "a frame cut short", []string{"short", "own"}, []string{"own"}},
		{func(a *accept) { a.set(to["last"], false) }, "another address", []string{"own", "last"}, []string{"last"}},
		{func(a *accept) { a.set(own, false); a.set(own, true) }, "promiscuous later", []string{"last"}, []string{"last"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var a accept
			tt.accept(&a)
			var frames []link.Frame
			for _, name := range tt.sent {
				mac := to[name]
				f := append(mac[:], make([]byte, 8)...)
				f = append(f, name...)
				if name == "short" {
					f = mac[:5]
				}
				frames = append(frames, link.Frame{Data: f})
			}
			var got []string
			for _, f := range a.keep(frames) {
				got = append(got, string(f.Data[link.HeaderLen:]))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("keep() of %v = %v, want %v", tt.sent, got, tt.want)
			}
		})
	}
}

func BenchmarkAccept(b *testing.B) {
	own := lacp.MAC{2, 0, 0, 0, 0, 1}
	for _, promiscuous := range []bool{true, false} {
		b.Run(fmt.Sprintf("promiscuous=%v", promiscuous), func(b *testing.B) {
			var a accept
			a.set(own, promiscuous)
			frames := make([]link.Frame, batchSize)
			for i := range frames {
				frames[i].Data = append(own[:], make([]byte, 54)...)
			}
			for b.Loop() {
				if len(a.keep(frames)) != batchSize {
					b.Fatal("a frame is missing")
				}
			}
		})
	}
}
