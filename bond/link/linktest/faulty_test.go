package linktest

import (
	"bytes"
	"net"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
)

func TestFaultyWithoutFaultsIsALink(t *testing.T) {
	TestLink(t, func(t *testing.T) (link.Link, Far) {
		c := NewCable("a", "b")
		t.Cleanup(func() {
			c.A.Close()
			c.B.Close()
		})
		return NewFaulty(c.A, nil, nil), &cableFar{c, c.B}
	})
}

func TestFaults(t *testing.T) {
	frame := dataFrame(net.HardwareAddr{2, 0, 0, 0, 0, 1}, 7)
	slow := slowFrame(net.HardwareAddr{1, 0x80, 0xc2, 0, 0, 2}, 7)
	last := func(f []byte) []byte {
		f = slices.Clone(f)
		f[len(f)-1] ^= 0xff
		return f
	}
	for fault, want := range map[Fault]func(f []byte) [][]byte{
		Pass:   func(f []byte) [][]byte { return [][]byte{f} },
		Drop:   func([]byte) [][]byte { return nil },
		Repeat: func(f []byte) [][]byte { return [][]byte{f, f} },
		Damage: func(f []byte) [][]byte { return [][]byte{last(f)} },
	} {
		decide := func([]byte) Fault { return fault }
		for _, outward := range []bool{true, false} {
			c := NewCable("a", "b")
			var near, far link.Link = NewFaulty(c.A, nil, decide), c.B
			if outward {
				near, far = c.B, NewFaulty(c.A, decide, nil)
			}
			// The far end writes, and then the near end reads what has arrived.
			if n, err := far.Write([]link.Frame{{Data: frame}}); n != 1 || err != nil {
				t.Errorf("fault %d: Write() = %d, %v, want 1, nil", fault, n, err)
			}
			if err := far.WriteControl(slow); err != nil {
				t.Errorf("fault %d: WriteControl() = %v, want nil", fault, err)
			}
			check := func(what string, got [][]byte, want [][]byte) {
				t.Helper()
				if !slices.EqualFunc(got, want, bytes.Equal) {
					t.Errorf("fault %d, outward %v: %d %s frames %x, want %x", fault, outward, len(got), what, got, want)
				}
			}
			check("data", readAll(t, near), want(frame))
			check("slow-protocols", readAllControl(t, near), want(slow))
		}
	}
}

// readAll reads what has arrived at a link.
func readAll(t *testing.T, l link.Link) (all [][]byte) {
	t.Helper()
	for pending(l) {
		bufs, frames := [][]byte{make([]byte, 2048)}, make([]link.Frame, 1)
		n, err := l.Read(bufs, frames)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range frames[:n] {
			all = append(all, slices.Clone(f.Data))
		}
	}
	return all
}

// pending reports whether Read would return at once.
func pending(l link.Link) bool {
	if f, ok := l.(*Faulty); ok {
		return len(f.data) > 0 || pending(f.Link)
	}
	return l.(*Link).Pending() > 0
}

// readAllControl is readAll for slow-protocols frames.
func readAllControl(t *testing.T, l link.Link) (all [][]byte) {
	t.Helper()
	end := l
	if f, ok := l.(*Faulty); ok {
		end = f.Link
	}
	for buf := make([]byte, 2048); ; {
		if f, ok := l.(*Faulty); len(end.(*Link).control) == 0 && (!ok || len(f.controls) == 0) {
			return all
		}
		if f, ok := l.(*Faulty); ok && f.in(nil) == Drop { // it would wait for the next
			return all
		}
		n, err := l.ReadControl(buf)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, slices.Clone(buf[:n]))
	}
}
