package doctor

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/rtnl"
)

const (
	mostTargets = 4 // of a bond
	echoTries   = 2
	echoWait    = time.Second            // for the first answer
	moreWait    = 100 * time.Millisecond // for another one
)

// Probe asks gateways and neighbours of the bonds' devices for answers to small packets and to ones
// of the MTU, and adds the answers to the host. It takes about 4 s if something
// does not answer.
func Probe(s *view.Status, h *Host) {
	conn, err := rtnl.Open()
	if err != nil {
		h.Unseen = append(h.Unseen, "the path beyond the links: "+err.Error())
		return
	}
	defer func() { _ = conn.Close() }() // it was only read
	var mu sync.Mutex
	var work sync.WaitGroup
	var failed error
	for _, p := range probers(conn, s, h) {
		if err := p.open(); err != nil { // here, in the caller's network namespace
			failed = cmp.Or(failed, err)
			continue
		}
		work.Go(func() {
			e, err := p.probe()
			mu.Lock()
			defer mu.Unlock()
			if failed = cmp.Or(failed, err); err == nil {
				h.Echoes = append(h.Echoes, e)
			}
		})
	}
	work.Wait()
	slices.SortFunc(h.Echoes, func(a, b Echo) int { return cmp.Or(cmp.Compare(a.Bond, b.Bond), a.Target.Compare(b.Target)) })
	if errors.Is(failed, fs.ErrPermission) {
		h.Unseen = append(h.Unseen, "the path beyond the links: ask as root")
	} else if failed != nil {
		h.Unseen = append(h.Unseen, "the path beyond the links: "+failed.Error())
	}
}

// probers returns a prober for each target of each bond that is up.
func probers(conn *rtnl.Conn, s *view.Status, h *Host) (list []*prober) {
	for i := range s.Bonds {
		b := &s.Bonds[i]
		device := h.find(b.Device.Name)
		if device == nil || !b.Up {
			continue
		}
		for _, target := range targets(conn, device.Index) {
			list = append(list, &prober{bond: b, device: device.Names[0], index: device.Index, target: target})
		}
	}
	return list
}

// targets returns the gateways on an interface, then the neighbours that the host knows.
func targets(conn *rtnl.Conn, index int) (list []netip.Addr) {
	routes, _ := conn.Routes(int32(index)) // without them there are neighbours
	for _, r := range routes {
		list = append(list, r.Gateway())
	}
	neighbors, _ := conn.KnownNeighbors(int32(index))
	var some []netip.Addr
	for _, a := range append(list, neighbors...) {
		if a.IsValid() && !slices.Contains(some, a) && len(some) < mostTargets {
			some = append(some, a)
		}
	}
	return some
}

// prober sends echo requests to one target.
type prober struct {
	bond   *view.Bond
	device string
	index  int
	target netip.Addr
	fd     int
}

// probe asks for answers. It closes the socket.
func (p *prober) probe() (e Echo, err error) {
	defer func() { err = errors.Join(err, unix.Close(p.fd)) }()
	e = Echo{Bond: p.bond.Name, Target: p.target, Size: p.bond.MTU}
	if e.Small, err = p.answers(smallPacket); err != nil || e.Small == 0 {
		return e, err
	}
	e.Large, err = p.answers(e.Size)
	return e, err
}

// open opens a socket that sends through the device, and never splits a packet.
func (p *prober) open() (err error) {
	type setting struct{ level, name, value int }
	family, protocol := unix.AF_INET, unix.IPPROTO_ICMP
	settings := []setting{{unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE}}
	if p.target.Is6() {
		family, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
		settings = []setting{{unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE}, {unix.IPPROTO_IPV6, unix.IPV6_DONTFRAG, 1}}
	}
	if p.fd, err = unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol); err != nil {
		return os.NewSyscallError("socket", err)
	}
	err = unix.BindToDevice(p.fd, p.device)
	for _, s := range settings {
		if err == nil {
			err = unix.SetsockoptInt(p.fd, s.level, s.name, s.value)
		}
	}
	if err != nil {
		return errors.Join(os.NewSyscallError("setsockopt", err), unix.Close(p.fd))
	}
	return nil
}

// answers returns the most answers to one packet of a size.
func (p *prober) answers(size int) (most int, err error) {
	for range echoTries {
		id := rand.Uint32()
		err := unix.Sendto(p.fd, p.request(size, id), 0, p.address())
		switch {
		case errors.Is(err, unix.EMSGSIZE): // longer than the device's own MTU
			return most, nil
		case err != nil && !errors.Is(err, unix.ENOBUFS): // ENOBUFS: it was dropped on the way
			return most, os.NewSyscallError("sendto", err)
		}
		n, err := p.count(size, id)
		if err != nil {
			return most, err
		}
		if most = max(most, n); most > 0 {
			break
		}
	}
	return most, nil
}

func (p *prober) address() unix.Sockaddr {
	if p.target.Is4() {
		return &unix.SockaddrInet4{Addr: p.target.As4()}
	}
	a := &unix.SockaddrInet6{Addr: p.target.As16()}
	if p.target.IsLinkLocalUnicast() {
		a.ZoneId = uint32(p.index)
	}
	return a
}

// The types of ICMP messages.
const (
	echoRequest4, echoReply4 = 8, 0
	echoRequest6, echoReply6 = 128, 129
)

// request makes an echo request with an identifier and a sequence number, which are the halves of id.
func (p *prober) request(size int, id uint32) []byte {
	if p.target.Is6() {
		b := make([]byte, size-ipv6Header)
		b[0] = echoRequest6
		binary.BigEndian.PutUint32(b[4:], id) // the kernel adds the checksum
		return b
	}
	b := make([]byte, size-ipv4Header)
	b[0] = echoRequest4
	binary.BigEndian.PutUint32(b[4:], id)
	sum := uint32(echoRequest4)<<8 + id>>16 + id&0xffff // the rest is 0
	sum = sum&0xffff + sum>>16
	sum = sum&0xffff + sum>>16
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum))
	return b
}

const (
	ipv4Header = 20
	ipv6Header = 40
	mostHeader = 60 // of IPv4, with options
)

// count counts the answers with an id.
func (p *prober) count(size int, id uint32) (n int, err error) {
	b := make([]byte, size+mostHeader)
	for end := time.Now().Add(echoWait); ; {
		left := time.Until(end)
		if left <= 0 {
			return n, nil
		}
		wait := unix.NsecToTimeval(max(left, time.Millisecond).Nanoseconds())
		if err := unix.SetsockoptTimeval(p.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
			return n, os.NewSyscallError("setsockopt", err)
		}
		length, from, err := unix.Recvfrom(p.fd, b, 0)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return n, os.NewSyscallError("recvfrom", err)
		}
		if p.isAnswer(b[:length], from, id) {
			if n++; n == 1 {
				end = time.Now().Add(moreWait)
			}
		}
	}
}

func (p *prober) isAnswer(b []byte, from unix.Sockaddr, id uint32) bool {
	reply := byte(echoReply6)
	switch from := from.(type) {
	case *unix.SockaddrInet4:
		if len(b) == 0 || netip.AddrFrom4(from.Addr) != p.target {
			return false
		}
		b = b[min(len(b), int(b[0]&15)*4):] // the IP header
		reply = echoReply4
	case *unix.SockaddrInet6:
		if netip.AddrFrom16(from.Addr) != p.target {
			return false
		}
	}
	return len(b) >= 8 && b[0] == reply && binary.BigEndian.Uint32(b[4:]) == id
}
