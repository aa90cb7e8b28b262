package lab

import (
	"encoding/binary"
	"net"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// echoes is what became of ICMP echo requests.
type echoes struct {
	lost      []int // numbers of those without an answer
	duplicate int   // answers that came again
}

// echoFlows is over how many ICMP identifiers requests are spread: with
// LAYER3+4 each is a flow.
const echoFlows = 16

// sendEchoes sends count requests from a namespace, one each interval, and calls
// at with the number of each before it is sent.
func sendEchoes(t testing.TB, ns *netlab.NS, from, to string, count int, interval time.Duration, at func(i int)) echoes {
	t.Helper()
	var conn net.PacketConn
	ns.Must(t, func() (err error) {
		conn, err = net.ListenPacket("ip4:icmp", from)
		return err
	})
	defer conn.Close()
	answers := make(chan int, 2*count)
	go func() {
		defer close(answers)
		buf := make([]byte, 2048)
		for {
			n, _, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if n >= 8 && buf[0] == 0 { // echo reply
				answers <- int(binary.BigEndian.Uint16(buf[6:]))
			}
		}
	}()
	dst := &net.IPAddr{IP: net.ParseIP(to)}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for i := range count {
		at(i)
		<-ticker.C
		if _, err := conn.WriteTo(echoRequest(uint16(0x4c00+i%echoFlows), uint16(i)), dst); err != nil {
			t.Errorf("echo request %d: %v", i, err)
		}
	}
	got := make([]int, count)
	missing := count
	var e echoes
	late := time.After(time.Second)
	// A little longer than the last answer, so that a duplicate of it is seen.
	for {
		select {
		case i := <-answers:
			if i >= count {
				continue
			}
			got[i]++
			if got[i] == 1 {
				missing--
			} else {
				e.duplicate++
			}
			continue
		case <-late:
		}
		break
	}
	for i, n := range got {
		if n == 0 {
			e.lost = append(e.lost, i)
		}
	}
	if len(e.lost) != missing {
		t.Fatalf("%d lost, %d missing", len(e.lost), missing)
	}
	return e
}

func echoRequest(id, seq uint16) []byte {
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
