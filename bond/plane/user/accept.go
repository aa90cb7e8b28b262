package user

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// accept selects the frames that the bond's device takes of those that members receive.
// Members receive frames to other stations too; the device gets these only while it is
// promiscuous itself, like a bond of the kernel. The zero value takes every frame: a device
// that does not report its state gets all.
type accept struct {
	v      atomic.Uint64 // the device's address in the upper 48 bits; 0: every frame
	looked atomic.Int64  // when the device was last asked because of a frame, in Unix nanoseconds
}

// set records the address of the device, which then takes only its own frames and those to
// groups. If the device is promiscuous it takes every frame.
func (a *accept) set(addr lacp.MAC, promiscuous bool) { a.v.Store(acceptValue(addr, promiscuous)) }

func acceptValue(addr lacp.MAC, promiscuous bool) uint64 {
	if promiscuous {
		return 0
	}
	return binary.BigEndian.Uint64(append(addr[:], 0, 1))
}

// askEvery is the least time between two reads of the device's state.
const askEvery = 20 * time.Millisecond

// ask reads which frames the device takes, unless that was done just now.
func (a *accept) ask(device link.StateReader) {
	now, last := time.Now().UnixNano(), a.looked.Load()
	if now-last < int64(askEvery) || !a.looked.CompareAndSwap(last, now) {
		return
	}
	// A value that control has set meanwhile is newer.
	old := a.v.Load()
	if st, ok := device.State(); ok && !st.Removed {
		a.v.CompareAndSwap(old, acceptValue(st.Addr, st.Promiscuous))
	}
}

// accepted returns the frames that the device takes, in the same slice. Before it drops a
// frame it asks the device, because nothing reports that the device has become promiscuous for
// a macvlan in another namespace, and this may be the macvlan's first frame.
func (u *Plane) accepted(frames []link.Frame) []link.Frame {
	if u.accept.takes(frames) {
		return frames
	}
	if device, ok := u.device.(link.StateReader); ok {
		u.accept.ask(device)
	}
	return u.accept.keep(frames)
}

// takes reports whether the device takes all of the frames.
func (a *accept) takes(frames []link.Frame) bool {
	v := a.v.Load()
	if v == 0 {
		return true
	}
	for i := range frames {
		if !acceptable(frames[i].Data, v) {
			return false
		}
	}
	return true
}

// keep returns the frames that the device takes, in the same slice.
func (a *accept) keep(frames []link.Frame) []link.Frame {
	v := a.v.Load()
	if v == 0 {
		return frames
	}
	n := 0
	for n < len(frames) && acceptable(frames[n].Data, v) {
		n++
	}
	if n == len(frames) {
		return frames
	}
	kept := frames[:n]
	for _, f := range frames[n+1:] {
		if acceptable(f.Data, v) {
			kept = append(kept, f)
		}
	}
	return kept
}

// acceptable reports whether a frame is to a group or to the address in v's upper 48
// bits.
func acceptable(frame []byte, v uint64) bool {
	return len(frame) >= link.HeaderLen && (frame[0]&1 != 0 || (binary.BigEndian.Uint64(frame)^v)>>16 == 0)
}

// isFor reports whether a frame is to a group or to this address.
func isFor(frame []byte, addr net.HardwareAddr) bool {
	return frame[0]&1 != 0 || bytes.Equal(frame[:6], addr)
}
