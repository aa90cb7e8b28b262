package user

import (
	"errors"
	"maps"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// Plane carries a bond's frames through this process. Use [New] to make one. Apply, Moving,
// Quiet and BucketOctets must be called from one goroutine; the methods of [plane.DataPath] are
// safe for concurrent use.
type Plane struct {
	host     plane.Host
	device   link.Device // of the bond; nil: it has none
	queues   int         // of the device
	plan     atomic.Pointer[plan]
	counters counters
	fence    fence
	accept   accept // the frames that the device takes
	turns    turns
	queue    receiveQueue
	conns    conns
	views    atomic.Pointer[map[uint16]*packetConn] // nil: none

	// Of the goroutine that applies plans:
	reading  bool // whether the device is being read
	paused   bool // nothing is read
	stations *stations
	counts   *bucketCounts
	moves    plane.Moves
	old      []*plan // plans that a sender may still use

	mu      sync.Mutex
	members map[link.Port]*member // of the plan, and those whose readers have not ended
	readers sync.WaitGroup
}

// New returns a plane.
func New() *Plane {
	u := &Plane{members: make(map[link.Port]*member)}
	u.Permit(plane.Forever)
	return u
}

// Open starts the plane. The error is a [*lacp.FieldError] for a device that carries no data.
func (u *Plane) Open(h plane.Host) error {
	if h.Device != nil {
		d, ok := h.Device.(link.Device)
		if !ok {
			return &lacp.FieldError{Field: "Device", Value: h.Device.Name(), Allowed: "a device that carries data"}
		}
		u.device = d
	}
	u.host = h
	u.queue.init()
	u.queues = 1
	if q, ok := u.device.(link.MultiQueue); ok {
		u.queues = q.Queues()
	}
	return nil
}

// member is a link that data frames are written to and read from.
type member struct {
	id       uint16
	link     link.Link
	counters memberCounters
	ended    bool // its reader has ended; guarded by Plane.mu
	rest     rest
}

// Apply makes a plan the current one. The error is a [*lacp.FieldError] for a port that
// carries no data.
func (u *Plane) Apply(next *plane.Plan) error {
	cur := u.plan.Load()
	if cur != nil && cur.Generation == next.Generation {
		u.settle(cur, next)
		return nil
	}
	p, added, err := u.compile(next)
	if err != nil {
		return err
	}
	p.stations, p.counts = u.stationsOf(next), u.countsOf(next)
	if cur != nil {
		u.replace(cur, p)
	}
	stopped := p.stopCollecting(cur)
	u.plan.Store(p)
	for _, m := range stopped {
		m.rest.end(m.link)
	}
	u.startReading(added)
	return nil
}

// stationsOf returns the table of stations if the plan needs one. Later plans keep the same
// table.
func (u *Plane) stationsOf(next *plane.Plan) *stations {
	if !next.SLB {
		u.stations = nil
	} else if u.stations == nil {
		u.stations = newStations()
	}
	return u.stations
}

// compile makes a plan for the data path, and returns the members that are new.
func (u *Plane) compile(next *plane.Plan) (p *plan, added []*member, err error) {
	p = &plan{usage: new(usage), choice: choice{
		Plan: next, hasher: next.Hash, table: next.Table(), order: next.Order(), maxFrame: next.MTU + link.HeaderLen,
		members: make([]*member, len(next.Members)), collecting: make([]bool, len(next.Members)),
	}}
	u.mu.Lock()
	defer u.mu.Unlock()
	for id := range next.Members {
		port := next.Members[id].Port
		if port == nil {
			continue
		}
		m := u.members[port]
		if m == nil {
			l, ok := port.(link.Link)
			if !ok {
				return nil, nil, &lacp.FieldError{Field: "Port", Value: port.Name(), Allowed: "a link, which carries data"}
			}
			m = &member{id: uint16(id), link: l}
			added = append(added, m)
		}
		p.members[id], p.collecting[id] = m, next.Members[id].Collecting
	}
	maps.DeleteFunc(u.members, func(_ link.Port, m *member) bool { return m.ended && !slices.Contains(p.members, m) })
	for _, m := range added {
		u.members[m.link] = m
	}
	return p, added, nil
}

// startReading starts to read the new members and, the first time, the device.
func (u *Plane) startReading(added []*member) {
	if u.paused {
		return
	}
	for _, m := range added {
		u.readers.Add(1)
		go u.readMember(m)
	}
	if u.device != nil && !u.reading {
		u.reading = true
		for i := range u.queues {
			u.readers.Add(1)
			go u.readDevice(i)
		}
	}
}

// readMember delivers a member's frames while it collects.
func (u *Plane) readMember(m *member) {
	defer u.readers.Done()
	// A link's system calls may bypass Go's scheduler; on a thread of their own
	// they keep no other goroutine waiting.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var bufs readBuffers
	read := m.link.Read
	for {
		frames, err := bufs.read(read)
		if errors.Is(err, link.ErrPaused) {
			return
		}
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				u.host.MemberFailed(m.link, err)
			}
			u.release(m)
			return
		}
		u.deliver(m, frames)
	}
}

// release ends a member whose link is closed or can't be read.
func (u *Plane) release(m *member) {
	u.mu.Lock()
	m.ended = true
	u.mu.Unlock()
	u.host.MemberReleased(m.link, m.counters.read())
}

// readDevice sends the frames that the host sends through a queue of the device.
func (u *Plane) readDevice(queue int) {
	defer u.readers.Done()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var bufs readBuffers
	s := &batch{sender: uint32(queue)}
	read := u.device.Read
	if u.queues > 1 {
		read = func(bufs [][]byte, frames []link.Frame) (int, error) {
			return u.device.(link.MultiQueue).ReadQueue(queue, bufs, frames)
		}
	}
	for {
		frames, err := bufs.read(read)
		if err != nil {
			if !errors.Is(err, net.ErrClosed) && !errors.Is(err, link.ErrPaused) {
				u.host.DeviceFailed(err)
			}
			return
		}
		_ = u.transmit(s, frames) // errors are counted
	}
}

// DeviceChanged records the state of the device.
func (u *Plane) DeviceChanged(st link.State) { u.accept.set(st.Addr, st.Promiscuous) }

// Close ends the calls that wait for frames, and waits for the readers, whose links and device
// are closed already.
func (u *Plane) Close() error {
	u.queue.close()
	u.closeViews()
	u.readers.Wait()
	return nil
}
