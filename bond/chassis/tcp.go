package chassis

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// TCP implements [Ends] by connections between the processes, over one or more networks. The kernel closes
// them when a process ends, however that happens. Each end proves to the other that it has the secret of
// the group. If a host or a network fails, a connection just falls silent, which is not reported.
type TCP struct {
	group     Group
	own       []netip.AddrPort
	listeners []net.Listener
	peers     map[ID][]netip.AddrPort
	ctx       context.Context
	cancel    context.CancelFunc
	work      sync.WaitGroup
	slots     chan struct{} // one for each accepted connection
	met       func(ID)      // for tests: called when a chassis of the group is at the other end
}

const (
	dialPause    = time.Second     // between two attempts to connect
	helloTimeout = 5 * time.Second // for the first exchange
	maxAccepted  = 64              // connections at once
)

// ListenTCP listens at the own addresses, one for each path, for chassis of a group; the addresses of the
// others are those they listen at. Of the Group only Name, Me and Secret are used.
func ListenTCP(g Group, own []netip.AddrPort, peers map[ID][]netip.AddrPort) (*TCP, error) {
	t := &TCP{group: g, own: own, peers: peers, slots: make(chan struct{}, maxAccepted)}
	t.group.Secret = slices.Clone(g.Secret)
	t.ctx, t.cancel = context.WithCancel(context.Background())
	for _, a := range own {
		l, err := net.Listen("tcp", a.String())
		if err != nil {
			return nil, errors.Join(err, t.Close())
		}
		t.listeners = append(t.listeners, l)
	}
	return t, nil
}

// Addrs returns the own addresses, with the ports that the kernel chose for those of port 0.
func (t *TCP) Addrs() (own []netip.AddrPort) {
	for _, l := range t.listeners {
		own = append(own, l.Addr().(*net.TCPAddr).AddrPort())
	}
	return own
}

// Run implements [Ends].
func (t *TCP) Run(boot uint64, ended func(id ID, boot uint64)) {
	for _, l := range t.listeners {
		t.work.Go(func() { t.accept(l, boot, ended) })
	}
	for id, addrs := range t.peers {
		if id < t.group.Me {
			continue // it connects to us
		}
		for i, a := range addrs {
			t.work.Go(func() { t.dial(id, i, a, boot, ended) })
		}
	}
	<-t.ctx.Done()
	t.work.Wait()
}

// Close implements [Ends].
func (t *TCP) Close() error {
	t.cancel()
	var err error
	for _, l := range t.listeners {
		if e := l.Close(); !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// accept accepts connections at one address.
func (t *TCP) accept(l net.Listener, boot uint64, ended func(id ID, boot uint64)) {
	for {
		c, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // there are too many files, or the connection is gone already
			t.wait(dialPause)
			continue
		}
		select {
		case t.slots <- struct{}{}:
		default:
			_ = c.Close() // it was never used
			continue
		}
		t.work.Go(func() {
			defer func() { <-t.slots }()
			t.serve(c, func() (*hello, error) { return t.answer(c, boot) }, ended)
		})
	}
}

// dial keeps a connection to an address of another chassis.
func (t *TCP) dial(id ID, path int, to netip.AddrPort, boot uint64, ended func(id ID, boot uint64)) {
	d := net.Dialer{Timeout: helloTimeout}
	if len(t.own) > 0 {
		from := t.own[min(path, len(t.own)-1)].Addr()
		d.LocalAddr = &net.TCPAddr{IP: from.AsSlice(), Zone: from.Zone()}
	}
	for t.ctx.Err() == nil {
		c, err := d.DialContext(t.ctx, "tcp", to.String())
		if err == nil {
			t.serve(c, func() (*hello, error) { return t.greet(c, id, boot) }, ended)
		}
		t.wait(dialPause)
	}
}

// wait waits unless the TCP is closed.
func (t *TCP) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-t.ctx.Done():
	}
}

// serve learns who is at the other end of a connection, and waits until the connection ends.
func (t *TCP) serve(c net.Conn, meet func() (*hello, error), ended func(id ID, boot uint64)) {
	stop := context.AfterFunc(t.ctx, func() { _ = c.Close() }) // ends the reading
	defer stop()
	defer c.Close()
	if c.SetDeadline(time.Now().Add(helloTimeout)) != nil {
		return
	}
	other, err := meet()
	if err != nil || c.SetDeadline(time.Time{}) != nil {
		return
	}
	if t.met != nil {
		t.met(other.from)
	}
	// Only the end of the process ends the stream without an error; its kernel does that.
	if _, err := io.Copy(io.Discard, c); err == nil && t.ctx.Err() == nil {
		ended(other.from, other.boot)
	}
}

// greet begins a connection to another chassis.
func (t *TCP) greet(c net.Conn, id ID, boot uint64) (*hello, error) {
	own := newHello(t.group.Name, t.group.Me, id, boot)
	if _, err := c.Write(own.raw); err != nil {
		return nil, err
	}
	other, err := readHello(c)
	switch {
	case err != nil:
		return nil, err
	case other.group != t.group.Name || other.from != id || other.to != t.group.Me:
		return nil, errHello
	}
	if err := readTag(c, helloTag(t.group.Secret, labelAccepted, own, other)); err != nil {
		return nil, err
	}
	_, err = c.Write(helloTag(t.group.Secret, labelDialed, own, other))
	return other, err
}

// answer answers a chassis that has connected.
func (t *TCP) answer(c net.Conn, boot uint64) (*hello, error) {
	other, err := readHello(c)
	if err != nil {
		return nil, err
	}
	if _, known := t.peers[other.from]; !known || other.group != t.group.Name || other.to != t.group.Me {
		return nil, errHello
	}
	own := newHello(t.group.Name, t.group.Me, other.from, boot)
	tag := helloTag(t.group.Secret, labelAccepted, other, own)
	if _, err := c.Write(slices.Concat(own.raw, tag)); err != nil {
		return nil, err
	}
	return other, readTag(c, helloTag(t.group.Secret, labelDialed, other, own))
}
