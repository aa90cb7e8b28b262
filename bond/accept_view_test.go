package bond_test

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
)

// Members receive frames to other stations too. A caller of Receive sees the destination of
// each frame; a reader of a PacketConn does not, and gets none of them.
func TestFramesOfOtherStationsBOX01(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 1, bond.Config{Mode: bond.ModeLoadBalance})
		const typ = 0x88b5
		conn, err := f.PacketConn(typ)
		if err != nil {
			t.Fatal(err)
		}
		own, other := f.HardwareAddr(), []byte{2, 0, 0, 0, 0, 0x99}
		group := []byte{0x33, 0x33, 0, 0, 0, 0x99}
		send := func(to []byte, typ uint16, payload string) {
			t.Helper()
			frame := append(append(bytes.Clone(to), 2, 0, 0, 0, 0, 2, byte(typ>>8), byte(typ)), payload...)
			if _, err := f.cables[0].B.Write([]link.Frame{{Data: frame}}); err != nil {
				t.Fatal(err)
			}
		}
		for _, typ := range []uint16{typ, 0x88b6} {
			send(other, typ, "other")
			send(own, typ, "own")
			send(group, typ, "group")
		}
		synctest.Wait()
		if err := conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		for _, want := range []string{"own", "group"} {
			n, _, err := conn.ReadFrom(buf)
			if got := string(buf[:n]); got != want || err != nil {
				t.Errorf("ReadFrom() = %q, %v, want %q", got, err, want)
			}
		}
		if n, _, err := conn.ReadFrom(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("ReadFrom() = %q, %v, want nothing more", buf[:n], err)
		}
		for _, want := range []string{"other", "own", "group"} {
			n, err := f.Receive(buf)
			if got := string(buf[link.HeaderLen:max(n, link.HeaderLen)]); got != want || err != nil {
				t.Errorf("Receive() = %q, %v, want %q", got, err, want)
			}
		}
		if got := f.Status().Counters.RxOtherStation; got != 1 {
			t.Errorf("RxOtherStation = %d, want 1", got)
		}
	})
}
