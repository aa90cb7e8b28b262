// Package echo sends ICMP echo requests over many flows and reports the results. The lab's
// tests use it on the host, and its agent inside a guest, so that the figures of both mean the
// same.
package echo

import (
	"encoding/binary"
	"fmt"
	"net"
	"time"
)

// Flows is the number of ICMP identifiers that requests are spread over. With a hash over
// layers 3 and 4 each is a flow.
const Flows = 16

// firstID is the identifier of the first flow.
const firstID = 0x4c00

// Result holds the results of echo requests.
type Result struct {
	Sent      int
	Lost      []int // numbers of the requests without an answer
	Duplicate int   // repeated answers
}

// settle is how long to wait for answers, and duplicates, after the last request.
const settle = time.Second

// Listen opens a socket for Run.
func Listen(from string) (net.PacketConn, error) { return net.ListenPacket("ip4:icmp", from) }

// Run sends count requests, one each interval, and calls at, if it is not nil, with
// the number of each before it is sent. A request that can't be sent is lost.
func Run(conn net.PacketConn, to string, count int, interval time.Duration, at func(i int)) (Result, error) {
	dst := &net.IPAddr{IP: net.ParseIP(to)}
	if dst.IP == nil {
		return Result{}, fmt.Errorf("%q is not an IP address", to)
	}
	answers := make(chan int, 2*count)
	go receive(conn, answers)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for i := range count {
		if at != nil {
			at(i)
		}
		<-ticker.C
		_, _ = conn.WriteTo(request(uint16(firstID+i%Flows), uint16(i)), dst)
	}
	// Wait a little longer than for the last answer, to receive its duplicates.
	return tally(answers, count, time.After(settle)), nil
}

// receive passes on the numbers of the answers until the socket is closed.
func receive(conn net.PacketConn, answers chan<- int) {
	defer close(answers)
	buf := make([]byte, 2048)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if n >= 8 && buf[0] == 0 && binary.BigEndian.Uint16(buf[4:])-firstID < Flows { // echo reply
			answers <- int(binary.BigEndian.Uint16(buf[6:]))
		}
	}
}

func tally(answers <-chan int, count int, end <-chan time.Time) Result {
	got := make([]int, count)
	r := Result{Sent: count}
	for open := true; open; {
		select {
		case i, more := <-answers:
			if open = more; !more || i >= count {
				continue
			}
			if got[i]++; got[i] > 1 {
				r.Duplicate++
			}
		case <-end:
			open = false
		}
	}
	for i, n := range got {
		if n == 0 {
			r.Lost = append(r.Lost, i)
		}
	}
	return r
}

func request(id, seq uint16) []byte {
	b := make([]byte, 64)
	b[0] = 8
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	sum = sum>>16 + sum&0xffff
	sum += sum >> 16
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum))
	return b
}
