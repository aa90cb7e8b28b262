package netif

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/ethtool"
)

// Link is a [Member] whose data frames pass through this process.
type Link struct {
	Member
	rx *afpacket.Receiver
	tx *afpacket.Sender

	mu      sync.Mutex // guards stats and arrived
	stats   link.Stats // what the sockets have reported so far
	arrived uint32     // data frames that the kernel has queued; it wraps

	returned uint32        // data frames that Read has returned; only Read's caller uses it
	passed   atomic.Uint32 // data frames that the caller is done with or Read left out
}

// OpenLink makes an Ethernet interface of the calling thread's network namespace a member
// link. The host's IP stack loses the interface. It carries the bond's MAC address, receives
// the frames that [Config.Receive] selects, and is set up. Close restores it as it was found;
// after the process was killed, the next OpenLink or [Restore] does. Errors are of type
// [*link.Error]. OpenLink needs CAP_NET_RAW and, to change any setting of the interface,
// CAP_NET_ADMIN. The link has a method Stats() [link.Stats].
func OpenLink(cfg Config) (*Link, error) {
	l := new(Link)
	l.name = cfg.Name
	open := func(ns *namespace) error {
		l.ns = ns
		if cfg.Handed != nil {
			return l.adopt(&cfg)
		}
		return l.open(&cfg)
	}
	if err := openInterface(&cfg.Name, open, l.release); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *Link) open(cfg *Config) (err error) {
	if err := l.begin(cfg, false); err != nil {
		return err
	}
	index := l.taken.rec.Index
	slots := 0
	if cfg.ReceiveRing {
		slots = afpacket.RingSlots
	}
	if l.rx, err = afpacket.OpenRingReceiver(index, slots); err != nil {
		return err
	}
	if l.tx, err = afpacket.OpenSender(index); err != nil {
		return err
	}
	l.rx.CloseWith(l.tx)
	heard := &reception{rx: l.rx, policy: cfg.Receive}
	l.hears = heard
	own, bond, err := l.stations(cfg)
	if err == nil {
		err = heard.begin(own, bond)
	}
	if err != nil {
		return err
	}
	return l.finish(cfg, l.featuresChanged)
}

// featuresChanged runs in the monitor.
func (l *Link) featuresChanged(name string) {
	if !l.rx.Use() {
		return
	}
	defer l.rx.Unuse()
	l.tx.SetBypass(ethtool.HasGSO(l.ns.ioctl, name))
}

// release undoes open, even if open failed half way.
func (l *Link) release() error {
	if r, ok := l.hears.(*reception); ok && !l.isKept() {
		r.end()
	}
	if l.rx != nil {
		l.rx.Close()
	}
	return l.Member.release()
}

// Read receives data frames. The buffers should be of [link.BufferSize].
func (l *Link) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	l.passed.Store(l.returned + uint32(l.rx.LeftOut()))
	n, err := l.rx.Read(bufs, frames)
	l.returned += uint32(n)
	return n, err
}

// Mark returns the place after the last data frame that the kernel has queued.
func (l *Link) Mark() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rx.Use() {
		l.readStats()
		l.rx.Unuse()
	}
	return l.arrived
}

// Passed reports whether the reader is done with the frames before a mark. It may be late by
// one frame for each frame that the present Read has left out.
func (l *Link) Passed(mark uint32) bool { return int32(l.passed.Load()-mark) >= 0 }

// readStats reads what the kernel has counted.
func (l *Link) readStats() {
	queued, dropped := l.rx.Stats()
	l.arrived = uint32(queued)
	l.stats.KernelDrops = dropped
}

// Write sends data frames and returns how many it sent, n. An error is about frame n, and
// Write did not try the frames after it. An error that means "later" (EAGAIN, ENOBUFS,
// ENETDOWN) would also meet those.
func (l *Link) Write(frames []link.Frame) (int, error) {
	if !l.rx.Use() {
		return 0, net.ErrClosed
	}
	defer l.rx.Unuse()
	return l.tx.Write(frames)
}

// Stats returns the counters, which survive Close.
func (l *Link) Stats() link.Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rx.Use() {
		l.readStats()
		l.rx.Unuse()
		l.stats.ControlDrops += l.control.Drops()
	}
	s := l.stats
	s.TaggedSlow = l.control.Tagged() + l.rx.Tagged()
	s.Truncated = l.rx.Truncated()
	s.Unreadable = l.rx.Unreadable()
	s.RingsRefused = l.rx.RingsRefused()
	s.RingResets = l.rx.RingResets()
	s.Segmented = l.tx.Segmented()
	s.SendRefused = l.tx.Refused()
	s.SendOverflows = l.tx.Overflows()
	return s
}

// Close ends all calls and restores the interface as it was found.
func (l *Link) Close() error { return l.close(l.release) }
