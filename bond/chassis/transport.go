package chassis

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

// Transport carries datagrams between the chassis of a group. Datagrams may be lost, late or
// repeated; the [Chassis] finds out which are authentic.
type Transport interface {
	// Send sends a datagram to another chassis, by all paths that there are, and does not wait.
	Send(to ID, datagram []byte)
	// Receive waits for the next datagram and copies it to b. The error is [net.ErrClosed] after
	// Close.
	Receive(b []byte) (int, error)
	Close() error
}

// UDP is a [Transport] over one or more networks. Of several paths to a chassis, one that works is
// enough.
type UDP struct {
	conns   []*net.UDPConn
	peers   map[ID][]netip.AddrPort
	arrived chan []byte
	closed  chan struct{}
	once    sync.Once
	readers sync.WaitGroup
}

// maxDatagram is the longest datagram that is read.
const maxDatagram = maxMessage + sealLen

// ListenUDP opens a transport with the own addresses, one for each path, and the addresses of the
// other chassis. A datagram is sent from the first own address of the same family and index.
func ListenUDP(own []netip.AddrPort, peers map[ID][]netip.AddrPort) (*UDP, error) {
	u := &UDP{peers: peers, arrived: make(chan []byte, 64), closed: make(chan struct{})}
	for _, a := range own {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(a))
		if err != nil {
			return nil, errors.Join(err, u.Close())
		}
		u.conns = append(u.conns, conn)
		u.readers.Add(1)
		go u.read(conn)
	}
	return u, nil
}

// Addrs returns the own addresses, with the ports that the kernel chose for those of port 0.
func (u *UDP) Addrs() (own []netip.AddrPort) {
	for _, c := range u.conns {
		own = append(own, c.LocalAddr().(*net.UDPAddr).AddrPort())
	}
	return own
}

// Send implements [Transport].
func (u *UDP) Send(to ID, datagram []byte) {
	for i, a := range u.peers[to] {
		if len(u.conns) > 0 {
			// An error means that the datagram is lost, as any may be.
			_, _ = u.conns[min(i, len(u.conns)-1)].WriteToUDPAddrPort(datagram, a)
		}
	}
}

// Receive implements [Transport].
func (u *UDP) Receive(b []byte) (int, error) {
	select {
	case d := <-u.arrived:
		return copy(b, d), nil
	case <-u.closed:
		return 0, net.ErrClosed
	}
}

// Close implements [Transport].
func (u *UDP) Close() error {
	var err error
	u.once.Do(func() {
		close(u.closed)
		for _, c := range u.conns {
			err = errors.Join(err, c.Close())
		}
		u.readers.Wait()
	})
	return err
}

// read passes on what arrives at one address.
func (u *UDP) read(c *net.UDPConn) {
	defer u.readers.Done()
	for {
		b := make([]byte, maxDatagram+1)
		n, err := c.Read(b)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil || n > maxDatagram: // a refusal of an earlier datagram, or no message
			continue
		}
		select {
		case u.arrived <- b[:n]:
		case <-u.closed:
			return
		}
	}
}
