package user

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// ethernetFrame returns a frame of 60 octets.
func ethernetFrame(to, from [6]byte, etherType uint16, payload ...byte) []byte {
	f := append(append(to[:], from[:]...), byte(etherType>>8), byte(etherType))
	f = append(f, payload...)
	return append(f, make([]byte, max(0, 60-len(f)))...)
}

// arp returns an ARP request from a station with the address sender for the address target, 4
// octets each.
func arp(from [6]byte, sender, target byte) []byte {
	payload := []byte{0, 1, 8, 0, 6, 4, 0, 1}
	payload = append(append(payload, from[:]...), 10, 0, 0, sender, 0, 0, 0, 0, 0, 0, 10, 0, 0, target)
	return ethernetFrame([6]byte{255, 255, 255, 255, 255, 255}, from, 0x0806, payload...)
}

var (
	ours    = [6]byte{2, 0, 0, 0, 0, 1}
	theirs  = [6]byte{2, 0, 0, 0, 0, 2}
	another = [6]byte{2, 0, 0, 0, 0, 3}
	toAll   = [6]byte{255, 255, 255, 255, 255, 255}
)

// Frames that the bond has sent do not come in again, frames to groups come in on one member,
// and a station that has moved away announces itself.
func TestStations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStations()
		admits := func(f []byte, takesGroups bool) bool {
			return len(s.admit([]link.Frame{{Data: f}}, takesGroups)) == 1
		}
		sent := func(f []byte) { s.learn([]link.Frame{{Data: f}}) }
		sent(ethernetFrame(toAll, ours, 0x0800))
		for _, c := range []struct {
			about  string
			frame  []byte
			groups bool
			want   bool
		}{
			{"a stranger's to us", ethernetFrame(ours, theirs, 0x0800), false, true},
			{"a stranger's to all, on the member for that", ethernetFrame(toAll, theirs, 0x0800), true, true},
			{"a stranger's to all, on another", ethernetFrame(toAll, theirs, 0x0800), false, false},
			{"our own to all", ethernetFrame(toAll, ours, 0x0800), true, false},
			{"our own to a station that the switch does not know", ethernetFrame(theirs, ours, 0x0800), false, false},
			{"our own announcement", arp(ours, 1, 1), true, false},
			{"a station that has not sent", ethernetFrame(ours, another, 0x0800), false, true},
			{"a frame cut short", []byte{1, 2, 3}, false, true},
		} {
			if got := admits(c.frame, c.groups); got != c.want {
				t.Errorf("%s: admitted %v, want %v", c.about, got, c.want)
			}
		}
		time.Sleep(10 * time.Second)
		if admits(arp(ours, 1, 2), true) {
			t.Error("an ARP request of our own station is admitted, want it dropped")
		}
		if !admits(arp(ours, 1, 1), true) {
			t.Error("the announcement of a station that has moved away is dropped, want it admitted")
		}
		if !admits(ethernetFrame(toAll, ours, 0x0800), true) {
			t.Error("a frame of a station that has moved away is dropped, want it admitted")
		}
		sent(ethernetFrame(toAll, ours, 0x0800))
		time.Sleep(59 * time.Second)
		if admits(ethernetFrame(toAll, ours, 0x0800), true) {
			t.Error("a frame of our own station is admitted after 59 s, want it dropped")
		}
		time.Sleep(2 * time.Second)
		if !admits(ethernetFrame(toAll, ours, 0x0800), true) {
			t.Error("a frame of our own station is dropped after 61 s, want it admitted")
		}
	})
}

// However many stations send, the table keeps its size, and the newest stations are in it.
func TestManyStations(t *testing.T) {
	s := newStations()
	for i := range 100_000 {
		from := [6]byte{2, 1, byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}
		s.learn([]link.Frame{{Data: ethernetFrame(toAll, from, 0x0800)}})
		if len(s.admit([]link.Frame{{Data: ethernetFrame(theirs, from, 0x0800)}}, true)) != 0 {
			t.Fatalf("station %d is missing right after it sent, want it in the table", i)
		}
	}
}

func TestStationsDoNotAllocate(t *testing.T) {
	s := newStations()
	frames := []link.Frame{{Data: ethernetFrame(toAll, ours, 0x0800)}, {Data: ethernetFrame(theirs, another, 0x0800)}}
	if n := testing.AllocsPerRun(100, func() {
		s.learn(frames)
		s.admit(frames[:1:1], true)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
