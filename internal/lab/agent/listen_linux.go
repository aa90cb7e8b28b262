package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// listener records the frames, or the payloads of datagrams, that arrive at a socket.
type listener struct {
	mu     sync.Mutex
	frames [][]byte
	last   time.Time
	close  func() error
}

const (
	listenedFrames = 1000 // the most that a listener keeps
	listenedOctets = 64   // of each
)

// listenWake is how long a listener may take to notice that it is closed.
var listenWake = unix.Timeval{Usec: 50_000}

var (
	listenersMu sync.Mutex
	listeners   = make(map[string]*listener)
)

// listen starts a listener with the request's name. It receives frames of the request's
// EtherType on its interface, joins its MAC group if it has one, and is promiscuous on
// request.
func listen(r *Request) error {
	ifi, err := net.InterfaceByName(r.Interface)
	if err != nil {
		return err
	}
	fd, err := openPacket(ifi.Index, uint16(r.Type))
	if err != nil {
		return err
	}
	if r.Promiscuous {
		m := &unix.PacketMreq{Ifindex: int32(ifi.Index), Type: unix.PACKET_MR_PROMISC}
		err = unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, m)
	}
	if err == nil && r.Group != "" {
		err = joinMAC(fd, ifi.Index, r.Group)
	}
	if err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	done := make(chan struct{})
	l := &listener{close: func() error { close(done); return nil }}
	go func() {
		buf := make([]byte, 1<<16)
		for {
			select {
			case <-done:
				_ = unix.Close(fd)
				return
			default:
			}
			if n, err := unix.Read(fd, buf); err == nil {
				l.add(buf[:n])
			}
		}
	}()
	return register(r.Name, l)
}

// openPacket opens a socket for received frames of an EtherType on an interface. Its reader
// wakes now and then to check whether it should continue.
func openPacket(index int, etherType uint16) (int, error) {
	protocol := etherType<<8 | etherType>>8 // in network order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(protocol))
	if err != nil {
		return -1, err
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &listenWake),
		unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: index}))
	if err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

func joinMAC(fd, index int, group string) error {
	mac, err := net.ParseMAC(group)
	if err != nil {
		return err
	}
	m := &unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_MULTICAST, Alen: uint16(len(mac))}
	copy(m.Address[:], mac)
	return unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, m)
}

// join starts a listener with the request's name for datagrams to the request's IP group and
// port. It joins the group on its interface.
func join(r *Request) error {
	ifi, err := net.InterfaceByName(r.Interface)
	if err != nil {
		return err
	}
	group := &net.UDPAddr{IP: net.ParseIP(r.To), Port: r.Port}
	if group.IP == nil {
		return fmt.Errorf("%q is not an IP address", r.To)
	}
	conn, err := net.ListenMulticastUDP("udp", ifi, group)
	if err != nil {
		return err
	}
	l := &listener{close: conn.Close}
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			l.add(buf[:n])
		}
	}()
	return register(r.Name, l)
}

func register(name string, l *listener) error {
	listenersMu.Lock()
	defer listenersMu.Unlock()
	if listeners[name] != nil {
		return errors.Join(fmt.Errorf("listener %q exists already", name), l.close())
	}
	l.last = time.Now()
	listeners[name] = l
	return nil
}

func (l *listener) add(frame []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.frames) < listenedFrames {
		l.frames = append(l.frames, bytes.Clone(frame[:min(len(frame), listenedOctets)]))
	}
	l.last = time.Now()
}

// heard waits until a listener has received want frames, or until limit, and then until it
// has received nothing for a while. It returns what it received since the last call.
func heard(name string, want int, limit, quiet time.Duration) ([][]byte, error) {
	listenersMu.Lock()
	l := listeners[name]
	listenersMu.Unlock()
	if l == nil {
		return nil, fmt.Errorf("no listener %q", name)
	}
	asked := time.Now()
	for {
		if frames, ok := l.take(want, asked.Add(limit), asked.Add(quiet), quiet); ok {
			return frames, nil
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// take returns and forgets what was received, once there is enough of it or the time is past
// the end, and silence has followed.
func (l *listener) take(want int, end, silent time.Time, quiet time.Duration) ([][]byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if len(l.frames) < want && now.Before(end) || now.Before(silent) || now.Before(l.last.Add(quiet)) {
		return nil, false
	}
	frames := l.frames
	l.frames = nil
	return frames, true
}

// unlisten ends a listener.
func unlisten(name string) error {
	listenersMu.Lock()
	l := listeners[name]
	delete(listeners, name)
	listenersMu.Unlock()
	if l == nil {
		return fmt.Errorf("no listener %q", name)
	}
	return l.close()
}

// send sends the request's frames on its interface, one each interval.
func send(r *Request) error {
	ifi, err := net.InterfaceByName(r.Interface)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for i, frame := range r.Frames {
		if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: ifi.Index}); err != nil {
			return fmt.Errorf("frame %d: %w", i, err)
		}
		time.Sleep(time.Duration(r.Interval) * time.Microsecond)
	}
	return nil
}
