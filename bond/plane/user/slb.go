package user

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// A switch that does not know about the group floods to all members the broadcasts that the
// bond sends on one of them. These must not come back in. The switch's own floods arrive on
// each member, so the bond takes frames to groups from one member only. Open vSwitch's
// balance-slb does the same.

// A station counts as behind the bond for stationTime after its last frame. If it announces
// itself elsewhere more than reflectTime after that frame, it has moved away.
const (
	stationTime = 60 // seconds
	reflectTime = 5
)

// The table of stations has sets of a few places each. If a set is full, a new station
// replaces the one that sent longest ago.
const (
	stationSets   = 1024
	stationPlaces = 4
)

// stations are the MAC addresses that the bond has sent frames of. The upper 48 bits of an
// entry hold the address, the other bits the second of its last frame.
type stations struct {
	start   time.Time
	entries [stationSets][stationPlaces]atomic.Uint64
}

func newStations() *stations { return &stations{start: time.Now()} }

// second returns the present time as stored in an entry; it wraps after 18 hours.
func (s *stations) second() uint16 { return uint16(time.Since(s.start) / time.Second) }

// addressBits returns an address in the upper 48 bits.
func addressBits(addr []byte) uint64 {
	return uint64(binary.BigEndian.Uint32(addr))<<32 | uint64(binary.BigEndian.Uint16(addr[4:]))<<16
}

func (s *stations) set(bits uint64) *[stationPlaces]atomic.Uint64 {
	return &s.entries[(bits*0x9e3779b97f4a7c15)>>54]
}

// learn records the sources of frames that are sent.
func (s *stations) learn(frames []link.Frame) {
	now := s.second()
	for i := range frames {
		if f := frames[i].Data; len(f) >= link.HeaderLen {
			s.put(addressBits(f[6:12]), now)
		}
	}
}

func (s *stations) put(bits uint64, now uint16) {
	set := s.set(bits)
	oldest := &set[0]
	age := uint16(0)
	for i := range set {
		v := set[i].Load()
		if v&^0xffff == bits {
			if uint16(v) != now { // most entries are of this second and need no write
				set[i].Store(bits | uint64(now))
			}
			return
		}
		if v == 0 {
			oldest, age = &set[i], 1<<16-1
		} else if a := now - uint16(v); a > age {
			oldest, age = &set[i], a
		}
	}
	oldest.Store(bits | uint64(now))
}

// age returns how many seconds ago a station last sent. ok is false if it sent too long ago or
// never.
func (s *stations) age(bits uint64, now uint16) (seconds uint16, ok bool) {
	set := s.set(bits)
	for i := range set {
		if v := set[i].Load(); v&^0xffff == bits && v != 0 {
			seconds = now - uint16(v)
			return seconds, seconds < stationTime
		}
	}
	return 0, false
}

func (s *stations) forget(bits uint64) {
	set := s.set(bits)
	for i := range set {
		if v := set[i].Load(); v&^0xffff == bits {
			set[i].CompareAndSwap(v, 0)
		}
	}
}

// admit returns, in the same slice, the frames that a member may deliver: none from stations
// behind the bond, and frames to groups only on the member that takes them.
func (s *stations) admit(frames []link.Frame, takesGroups bool) []link.Frame {
	now := s.second()
	kept := frames[:0]
	for _, f := range frames {
		if s.admits(f.Data, takesGroups, now) {
			kept = append(kept, f)
		}
	}
	return kept
}

func (s *stations) admits(f []byte, takesGroups bool, now uint16) bool {
	if len(f) < link.HeaderLen {
		return true
	}
	if f[0]&1 != 0 && !takesGroups {
		return false
	}
	source := addressBits(f[6:12])
	age, own := s.age(source, now)
	if !own {
		return true
	}
	if age > reflectTime && isGratuitousARP(f) {
		s.forget(source)
		return true
	}
	return false
}

// isGratuitousARP reports whether a station announces itself by an ARP for its own address.
func isGratuitousARP(f []byte) bool {
	const (
		ethertype = 12
		sender    = link.HeaderLen + 14
		target    = link.HeaderLen + 24
	)
	f = f[link.TagsLen(f):] // the fields to compare follow the tags
	return len(f) >= target+4 && binary.BigEndian.Uint16(f[ethertype:]) == 0x0806 &&
		bytes.Equal(f[sender:sender+4], f[target:target+4])
}
