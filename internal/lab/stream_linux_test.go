package lab

import (
	"encoding/binary"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

// stream holds the results of numbered datagrams of many flows.
type stream struct {
	sent, lost, duplicate int
	reordered             int         // arrived after a later one of their flow
	lostBy                map[int]int // by flow
	gap                   time.Duration
}

const streamPort = 7447

// sendStream sends count datagrams, spread over flows, one each interval, and calls at with
// the number of each before it is sent.
func sendStream(t testing.TB, from, to *netlab.NS, dst string, flows, count int, interval time.Duration, at func(i int)) stream {
	t.Helper()
	var in net.PacketConn
	to.Must(t, func() (err error) {
		in, err = net.ListenPacket("udp4", net.JoinHostPort(dst, "7447"))
		return err
	})
	defer in.Close()
	_ = in.(*net.UDPConn).SetReadBuffer(4 << 20)
	type datagram struct {
		flow, seq int
		at        time.Time
	}
	got := make(chan datagram, 2*count+100)
	go func() {
		defer close(got)
		buf := make([]byte, 2048)
		for {
			n, _, err := in.ReadFrom(buf)
			if err != nil {
				return
			}
			if n >= 8 {
				got <- datagram{int(binary.BigEndian.Uint32(buf)), int(binary.BigEndian.Uint32(buf[4:])), time.Now()}
			}
		}
	}()
	out := make([]net.PacketConn, flows)
	from.Must(t, func() (err error) {
		for i := range out {
			if out[i], err = net.ListenPacket("udp4", ":0"); err != nil {
				return err
			}
		}
		return nil
	})
	defer func() {
		for _, c := range out {
			c.Close()
		}
	}()
	addr := &net.UDPAddr{IP: net.ParseIP(dst), Port: streamPort}
	s := stream{sent: count, lostBy: make(map[int]int)}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for i := range count {
		at(i)
		<-ticker.C
		b := make([]byte, 200)
		binary.BigEndian.PutUint32(b, uint32(i%flows))
		binary.BigEndian.PutUint32(b[4:], uint32(i))
		if _, err := out[i%flows].WriteTo(b, addr); err != nil && !errors.Is(err, unix.ENOBUFS) && !errors.Is(err, unix.ENETUNREACH) {
			t.Errorf("datagram %d: %v", i, err)
		}
	}
	last := make(map[int]int)
	seen := make(map[int]bool)
	var before time.Time
	late := time.After(time.Second)
	for {
		select {
		case d := <-got:
			if !before.IsZero() && d.at.Sub(before) > s.gap {
				s.gap = d.at.Sub(before)
			}
			before = d.at
			if seen[d.seq] {
				s.duplicate++
				continue
			}
			seen[d.seq] = true
			if l, ok := last[d.flow]; ok && d.seq < l {
				s.reordered++
			} else {
				last[d.flow] = d.seq
			}
			continue
		case <-late:
		}
		break
	}
	for i := range count {
		if !seen[i] {
			s.lost++
			s.lostBy[i%flows]++
		}
	}
	return s
}
