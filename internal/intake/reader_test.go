package intake

import (
	"bytes"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

var errEnd = errors.New("no more frames")

// feed returns a Read that delivers frames one after another, and then errEnd.
func feed(frames ...[]byte) func([]byte) (int, error) {
	return func(buf []byte) (int, error) {
		if len(frames) == 0 {
			return 0, errEnd
		}
		n := copy(buf, frames[0])
		frames = frames[1:]
		return n, nil
	}
}

func TestReaderPassesOnTheBeginningOfFramesAndReportsThePartner(t *testing.T) {
	long := append(lacpdu(partner), make([]byte, 1000)...)
	var limited atomic.Uint64
	var partners []lacp.MAC
	var got [][]byte
	r := Reader{Read: feed(lacpdu(partner), long, lacpdu(partner)), Own: isOwn, Limited: &limited,
		Partner: func(a lacp.MAC) { partners = append(partners, a) }}
	err := r.Run(func(f Frame) bool { got = append(got, bytes.Clone(f.Data())); return true })
	if !errors.Is(err, errEnd) {
		t.Errorf("Run() = %v, want %v", err, errEnd)
	}
	if want := [][]byte{lacpdu(partner), long[:prefix], lacpdu(partner)}; !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("got %x, want %x", got, want)
	}
	if !slices.Equal(partners, []lacp.MAC{partner}) {
		t.Errorf("partners reported: %v, want %v once", partners, partner)
	}
}

func TestReaderEndsIfFramesAreNotWanted(t *testing.T) {
	r := Reader{Read: feed(lacpdu(partner)), Own: isOwn, Partner: func(lacp.MAC) {}, Limited: new(atomic.Uint64)}
	if err := r.Run(func(Frame) bool { return false }); err != nil {
		t.Errorf("Run() = %v, want nil", err)
	}
}

func TestFloodIsCountedAndPausesTheReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frames := make([][]byte, burst+2*floodFrames)
		for i := range frames {
			frames[i] = lacpdu(own)
		}
		var limited atomic.Uint64
		delivered, begin := 0, time.Now()
		r := Reader{Read: feed(frames...), Own: isOwn, Partner: func(lacp.MAC) {}, Limited: &limited}
		err := r.Run(func(Frame) bool { delivered++; return true })
		if !errors.Is(err, errEnd) {
			t.Errorf("Run() = %v, want %v", err, errEnd)
		}
		if n := limited.Load(); n != 2*floodFrames || delivered != burst {
			t.Errorf("%d frames delivered, %d beyond the budget, want %d and %d", delivered, n, burst, 2*floodFrames)
		}
		if took := time.Since(begin); took != 2*floodPause {
			t.Errorf("took %v, want two pauses of %v", took, floodPause)
		}
	})
}
