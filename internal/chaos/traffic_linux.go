package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

const trafficPort = 9000

// traffic sends and receives numbered datagrams in one namespace. Its sockets outlive
// every interface.
type traffic struct {
	ns     *namespace
	ledger *ledger
	dir    int           // of the frames it sends
	every  time.Duration // between two frames of a flow
	to     *net.UDPAddr
	out    [flows]*net.UDPConn
	in     *net.UDPConn
	host   *hostTap
}

func newTraffic(ns *namespace, l *ledger, dir int, every time.Duration, partner string) (*traffic, error) {
	t := &traffic{ns: ns, ledger: l, dir: dir, every: every, to: &net.UDPAddr{IP: net.ParseIP(partner), Port: trafficPort}}
	err := ns.do(func() (err error) {
		if t.in, err = net.ListenUDP("udp4", &net.UDPAddr{Port: trafficPort}); err != nil {
			return err
		}
		for i := range t.out {
			if t.out[i], err = net.ListenUDP("udp4", &net.UDPAddr{Port: 20000 + i}); err != nil {
				return err
			}
		}
		return t.in.SetReadBuffer(1 << 20)
	})
	if err != nil {
		return nil, fmt.Errorf("sockets for traffic: %w", err)
	}
	if t.host, err = newHostTap(ns, l, dir); err != nil {
		return nil, err
	}
	return t, nil
}

// run sends and receives until ctx is done.
func (t *traffic) run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { t.send(ctx) })
	both.Go(t.receive)
	both.Go(func() { t.host.run(ctx) })
	both.Go(func() { t.hurryNeighbours(ctx) })
	<-ctx.Done()
	_ = t.in.Close()
	both.Wait()
	for _, c := range t.out {
		_ = c.Close()
	}
}

// send sends a frame of each flow in turn.
func (t *traffic) send(ctx context.Context) {
	tick := time.NewTicker(t.every / flows)
	defer tick.Stop()
	buf := make([]byte, 0, frameLen)
	for i := 0; ; i = (i + 1) % flows {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			id := frameID{t.dir, i, t.ledger.sent(t.dir, i, now)}
			buf = id.append(buf[:0])
			_, _ = t.out[i].WriteToUDP(buf, t.to) // without a route the frame is lost
		}
	}
}

func (t *traffic) receive() {
	buf := make([]byte, 2048)
	for {
		n, _, err := t.in.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if id, ok := parseFrameID(buf[:n]); ok && id.dir != t.dir {
			t.ledger.got(id, time.Now())
		}
	}
}

// hurryNeighbours makes the host ask for its neighbour every 100 ms instead of every second,
// on any device that exists, so that an interruption is not longer than its cause.
func (t *traffic) hurryNeighbours(ctx context.Context) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	_ = t.ns.do(func() error {
		for {
			for _, device := range []string{"bond0", "bondx", "br0"} {
				dir := "/proc/sys/net/ipv4/neigh/" + device
				_ = os.WriteFile(dir+"/retrans_time_ms", []byte("100"), 0) // the device may not exist
				_ = os.WriteFile(dir+"/locktime", []byte("0"), 0)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}
