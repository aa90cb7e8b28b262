package bond

import (
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// member is one link of a bond with what belongs to it.
type member struct {
	id    uint16 // index in Bond.members, and its port number less one
	link  Link
	state LinkState
	data  dataCounters

	readers sync.WaitGroup
	stop    chan struct{} // closed when it is gone
	ended   atomic.Bool   // its readers have

	// The rest belongs to the control goroutine.
	removed    bool
	leaving    bool             // the mode no longer knows it, but it still collects
	drained    bool             // given no data by order of the operator
	seen       LinkState        // what the mode is told of state
	due        time.Time        // when it is told of a change of carrier; zero: at once
	dueSince   time.Time        // when that change came
	addr       net.HardwareAddr // what its interface was given under MACActive; nil: its own
	responder  marker.Responder
	mux        lacp.Mux
	source     lacp.MAC // of the frame that its newest change came by; zero: by none
	usable     bool     // in the plan
	reported   report   // as last told
	known      bool     // its state is
	wantAddr   lacp.MAC // that its interface shall have; zero: whatever it has next
	wantMTU    int
	shortSince time.Time    // its interface has a lower MTU than the bond; zero: it has not
	restores   *tokenBucket // of what somebody else changes
}

// port is the member's LACP port number.
func (m *member) port() lacp.PortNumber { return lacp.PortNumber(m.id) + 1 }

// batchSize is how many frames are read or written with one call.
const batchSize = 32

// controlLimit bounds how many slow-protocols frames of one member reach the
// control goroutine, so that a flood on one link costs the others nothing: more
// than all slow protocols together may send (ten of each, 802.3 Annex 57A).
const (
	controlPerSecond = 100
	controlBurst     = 32
)

// A member that is flooded is not read for floodPause after each floodFrames
// frames beyond the limit.
const (
	floodFrames = 64
	floodPause  = 10 * time.Millisecond
)

// controlPrefix is how much of a slow-protocols frame is looked at.
const controlPrefix = 160

// controlFrame is a received slow-protocols frame on its way to control.
type controlFrame struct {
	at   time.Time
	len  int
	data [controlPrefix]byte
}

// readControl passes the member's slow-protocols frames to control.
func (b *Bond) readControl(m *member) {
	defer m.readers.Done()
	buf := make([]byte, 2048)
	limit := newTokenBucket(time.Now(), controlPerSecond, controlBurst)
	for {
		n, err := m.link.ReadControl(buf)
		if err != nil {
			b.readerStopped(m, "slow-protocols", err)
			return
		}
		f := controlFrame{at: time.Now(), len: min(n, controlPrefix)}
		if !limit.take(f.at) {
			// Looking away bounds the time that a flood takes; the kernel drops.
			if m.data.controlLimited.Add(1)%floodFrames == 0 {
				select {
				case <-time.After(floodPause):
				case <-b.stopping:
					return
				}
			}
			continue
		}
		copy(f.data[:], buf[:n])
		if !b.tell(input{member: m, frame: f}) {
			return
		}
	}
}

// readChanges passes the member's link states to control.
func (b *Bond) readChanges(m *member) {
	defer m.readers.Done()
	for {
		select {
		case st, ok := <-m.link.Changes():
			if !ok || !b.tell(input{member: m, link: &st}) {
				return
			}
		case <-m.stop:
			return
		case <-b.stopping:
			return
		}
	}
}

// readData delivers the member's data frames while it collects.
func (b *Bond) readData(m *member) {
	defer m.readers.Done()
	// A link's system calls may bypass Go's scheduler; on a thread of their own
	// they keep no other goroutine waiting.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	bufs := frameBuffers(batchSize)
	frames := make([]Frame, batchSize)
	for {
		n, err := m.link.Read(bufs, frames)
		if err != nil {
			b.readerStopped(m, "data", err)
			return
		}
		b.deliver(m, frames[:n])
	}
}

// frameBuffers returns buffers for reading.
func frameBuffers(n int) [][]byte {
	bufs := make([][]byte, n)
	for i := range bufs {
		bufs[i] = make([]byte, FrameBufferSize)
	}
	return bufs
}
