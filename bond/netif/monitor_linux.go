package netif

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/ethtool"
	"github.com/lagkit/lagkit/internal/rtnl"
	"github.com/lagkit/lagkit/lacp"
)

// monitor watches the links of one network namespace. rtnetlink reports changes to it. The
// kernel sends at most one carrier event a second per device; where that delays an event,
// polling detects the loss of carrier in time.
//
// The carrier in a message may be out of date by the time the message is read, so a message
// only makes the monitor ask the driver again.
type monitor struct {
	rt    *rtnl.Conn
	ioctl int
	conn  *netlink.Conn
	event int // eventfd: links or pace have changed, or the monitor stops
	stop  chan struct{}
	done  sync.WaitGroup

	inspecting sync.Mutex // held before mu

	mu       sync.Mutex
	links    []*watch
	burst    time.Time // poll fast until then
	arrivals []chan struct{}
}

// watch is one link under the monitor.
type watch struct {
	index    int32
	opened   string // the name at the start
	name     string // the name now
	poll     *ethtool.CarrierPoll
	every    time.Duration // at least how often to poll its carrier; 0: no wish
	state    link.State
	overruns uint32
	reports  link.Reports
	added    time.Time
	guarded  bool          // kept from the host's IP stack
	asked    uint32        // flags that it was given
	pokes    chan struct{} // of attend; nil: no reader
	// changed runs after each message about the link, for settings that depend on its
	// features. May be nil.
	changed func(name string)
	moved   bool // it went to another network namespace
}

func startMonitor(rt *rtnl.Conn, ioctl int) (*monitor, error) {
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		return nil, fmt.Errorf("open link monitor: %w", err)
	}
	for _, group := range []uint32{unix.RTNLGRP_LINK, unix.RTNLGRP_TC, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR} {
		if err := conn.JoinGroup(group); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("open link monitor: %w", err)
		}
	}
	// Best effort: a short buffer only means more resynchronisations.
	_ = conn.SetReadBuffer(1 << 20)
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("open link monitor: %w", err)
	}
	m := &monitor{rt: rt, ioctl: ioctl, conn: conn, event: event, stop: make(chan struct{})}
	m.done.Add(2)
	go m.receive()
	go m.pollLoop()
	return m, nil
}

func (m *monitor) close() error {
	close(m.stop)
	m.kick()
	err := m.conn.Close()
	m.done.Wait()
	return errors.Join(err, unix.Close(m.event))
}

// add starts watching a link. The channel has its first state at once.
func (m *monitor) add(index int32, name string, every time.Duration, changed func(string)) (*watch, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := &watch{index: index, opened: name, name: name, poll: ethtool.NewCarrierPoll(name),
		every: every, changed: changed, added: time.Now()}
	// Read under the lock: a message that comes meanwhile is handled after it.
	li, err := m.rt.LinkByIndex(index)
	if err != nil {
		return nil, err
	}
	w.state.MTU = -1 // makes the first state a change
	m.links = append(m.links, w)
	m.update(w, li)
	m.kick()
	return w, nil
}

// settlingTime is how long after add a message may be older than the state that add has read.
const settlingTime = time.Second

// attend returns a channel that receives a value when the addresses of a link have changed, or
// an interface on top of it.
func (m *monitor) attend(w *watch) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	w.pokes = make(chan struct{}, 1)
	return w.pokes
}

// poke sends on the channel of attend. The caller holds the lock.
func (w *watch) poke() {
	select {
	case w.pokes <- struct{}{}:
	default:
	}
}

// remove stops watching a link, and reports whether the link went to another network
// namespace.
func (m *monitor) remove(w *watch) (moved bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.links = slices.DeleteFunc(m.links, func(x *watch) bool { return x == w })
	return w.moved
}

// receive handles rtnetlink's notifications.
func (m *monitor) receive() {
	defer m.done.Done()
	for {
		msgs, err := m.conn.Receive()
		select {
		case <-m.stop:
			return
		default:
		}
		if err != nil {
			if errors.Is(err, unix.ENOBUFS) {
				m.resync()
				continue
			}
			// Polling goes on; only MTU, names and removals are missed.
			return
		}
		touched := make(map[int32]link.Faults)
		m.mu.Lock()
		for _, msg := range msgs {
			typ := uint16(msg.Header.Type)
			index, about := rtnl.MessageIndex(typ, msg.Data), link.FaultHostFilter
			switch {
			case index == 0:
				index, about = m.handle(msg), link.FaultUpper
			case typ == unix.RTM_NEWADDR || typ == unix.RTM_DELADDR:
				about = link.FaultHostAddress
			}
			if w := m.find(index); w != nil {
				w.poke()
				if w.guarded {
					touched[index] |= about
				}
			}
		}
		m.mu.Unlock()
		m.inspect(touched)
	}
}

// handle processes a message about a link. It returns the index of the link below, if any.
func (m *monitor) handle(msg netlink.Message) (lower int32) {
	li, ok := rtnl.ParseLink(msg.Data)
	if !ok {
		return 0
	}
	if sitsOn(li, li.Lower) {
		lower = li.Lower
	}
	w := m.find(li.Index)
	if w == nil {
		m.hurry()
		m.arrived()
		return lower
	}
	switch uint16(msg.Header.Type) {
	case unix.RTM_NEWLINK:
		if time.Since(w.added) < settlingTime {
			now, err := m.rt.LinkByIndex(li.Index)
			if err != nil {
				break
			}
			li = now
		}
		m.update(w, li)
	case unix.RTM_DELLINK:
		w.moved = li.Moved
		m.gone(w)
	}
	return lower
}

func (m *monitor) find(index int32) *watch {
	for _, w := range m.links {
		if w.index == index {
			return w
		}
	}
	return nil
}

// resync compares all links with the kernel after notifications were lost.
func (m *monitor) resync() {
	list, err := m.rt.Links()
	if err != nil {
		return
	}
	m.inspect(m.compare(list))
}

// compare applies a list of all links and returns the guarded ones, which may have any fault.
func (m *monitor) compare(list []rtnl.Link) (guarded map[int32]link.Faults) {
	guarded = make(map[int32]link.Faults)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.arrived()
	for _, w := range m.links {
		if w.guarded {
			guarded[w.index] = inspected
		}
		i := slices.IndexFunc(list, func(li rtnl.Link) bool { return li.Index == w.index })
		if i < 0 {
			m.gone(w)
		} else {
			w.overruns++
			m.update(w, list[i])
		}
	}
	return guarded
}

// update applies rtnetlink's report about a link.
func (m *monitor) update(w *watch, li rtnl.Link) {
	if w.state.Removed {
		return
	}
	s := w.state
	if li.Name != "" && li.Name != w.name {
		w.name = li.Name
		w.poll.SetName(li.Name)
	}
	s.Overruns = w.overruns
	s.Name = w.name
	s.Renamed = ""
	if w.name != w.opened {
		s.Renamed = w.name
	}
	s.MTU = int(li.MTU)
	s.AdminDown = li.Flags&unix.IFF_UP == 0
	s.Promiscuous = li.Promiscuity > 0
	if len(li.Addr) == len(s.Addr) {
		s.Addr = lacp.MAC(li.Addr)
	}
	s.Faults &^= link.FaultEnslaved | link.FaultReception
	if w.asked&^li.Flags != 0 {
		s.Faults |= link.FaultReception
	}
	s.Master = ""
	if li.Master != 0 && w.guarded {
		s.Faults |= link.FaultEnslaved
		s.Master = "interface " + strconv.Itoa(int(li.Master))
	}
	up, ok := w.poll.Carrier(m.ioctl)
	if !ok {
		up = li.Flags&unix.IFF_UP != 0 && li.Flags&unix.IFF_LOWER_UP != 0
	}
	m.setCarrier(w, &s, up, true)
	m.publish(w, s)
	if up && w.changed != nil { // sending can wait; a loss of carrier can't
		w.changed(w.name)
	}
}

// setCarrier stores the carrier, speed and duplex in s. Drivers report no speed while the
// carrier is off. The last speed is kept then, so that a short loss does not look like another
// kind of link.
func (m *monitor) setCarrier(w *watch, s *link.State, up, reread bool) {
	if up && (reread || !s.Up) {
		s.SpeedMbps, s.Duplex = ethtool.SpeedDuplex(m.ioctl, w.name)
	}
	if s.Up != up {
		m.hurry()
	}
	s.Up = up
}

// hurry polls fast for a while, because notifications may be late now.
func (m *monitor) hurry() {
	now := time.Now()
	if !now.Before(m.burst) {
		m.kick() // the poll loop is in a long wait
	}
	m.burst = now.Add(burstTime)
}

func (m *monitor) gone(w *watch) {
	s := w.state
	s.Up, s.Removed = false, true
	m.publish(w, s)
}

// publish reports a state if it is new.
func (m *monitor) publish(w *watch, s link.State) {
	if s == w.state {
		return
	}
	w.state = s
	w.reports.Put(s)
}
