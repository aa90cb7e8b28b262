package lab

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
	"golang.org/x/sys/unix"
)

// monotonic returns the time of a clock that all processes of the machine share.
func monotonic() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) // fails only for an unknown clock
	return time.Duration(ts.Nano())
}

// The flows of requests that the switch sends.
const (
	flowCount = 32
	flowEvery = 10 * time.Millisecond
	echoPort  = 7
)

// answer is what a box returns to a request: its number, the box, and when the box read it.
type answer struct {
	number   uint32
	box      byte
	accepted time.Duration
	arrived  time.Duration // at the switch
}

const answerLen = 4 + 1 + 8

// append appends the answer as it is sent.
func (a *answer) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, a.number)
	return binary.BigEndian.AppendUint64(append(b, a.box), uint64(a.accepted))
}

func parseAnswer(b []byte) (a answer, ok bool) {
	if len(b) != answerLen {
		return a, false
	}
	return answer{
		number: binary.BigEndian.Uint32(b), box: b[4], accepted: time.Duration(binary.BigEndian.Uint64(b[5:])),
	}, true
}

// flow is a flow of numbered requests, and what came back.
type flow struct {
	conn    *net.UDPConn
	sent    []time.Duration // when the request with each number was sent; only the sender writes it
	answers []answer        // only the receiver writes it
}

// flows are flows on their way.
type flows struct {
	list               []*flow
	stop               chan struct{}
	sending, receiving sync.WaitGroup
}

// startFlows sends requests to an address from a namespace until end.
func startFlows(t testing.TB, from *netlab.NS, to net.IP) *flows {
	t.Helper()
	f := &flows{stop: make(chan struct{})}
	for range flowCount {
		one := new(flow)
		from.Must(t, func() (err error) {
			one.conn, err = net.DialUDP("udp", nil, &net.UDPAddr{IP: to, Port: echoPort})
			return err
		})
		f.list = append(f.list, one)
	}
	for i, one := range f.list {
		f.receiving.Go(one.receive)
		f.sending.Go(func() { one.send(time.Duration(i)*flowEvery/flowCount, f.stop) })
	}
	return f
}

// send sends requests until stop is closed.
func (f *flow) send(delay time.Duration, stop <-chan struct{}) {
	<-time.After(delay)
	tick := time.NewTicker(flowEvery)
	defer tick.Stop()
	for number := uint32(0); ; number++ {
		f.sent = append(f.sent, monotonic())
		// An error reports that an earlier request was refused, or that this one is lost.
		_, _ = f.conn.Write(binary.BigEndian.AppendUint32(nil, number))
		select {
		case <-tick.C:
		case <-stop:
			return
		}
	}
}

// receive notes the answers until the socket is closed.
func (f *flow) receive() {
	var b [answerLen + 1]byte
	for {
		n, err := f.conn.Read(b[:])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if a, ok := parseAnswer(b[:n]); ok && err == nil {
			a.arrived = monotonic()
			f.answers = append(f.answers, a)
		}
	}
}

// lateAnswers is how long end waits for the last answers.
const lateAnswers = 300 * time.Millisecond

// end stops the flows.
func (f *flows) end() []*flow {
	close(f.stop)
	f.sending.Wait()
	<-time.After(lateAnswers)
	for _, one := range f.list {
		_ = one.conn.Close() // ends receive
	}
	f.receiving.Wait()
	return f.list
}

// answerRequests answers the requests that a socket gets, as a box, until the socket is closed.
func answerRequests(conn *net.UDPConn, box byte) {
	var b [64]byte
	for {
		n, from, err := conn.ReadFromUDPAddrPort(b[:])
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil || n != 4:
			continue
		}
		a := answer{number: binary.BigEndian.Uint32(b[:]), box: box, accepted: monotonic()}
		// An error means that the answer is lost.
		_, _ = conn.WriteToUDPAddrPort(a.append(nil), from)
	}
}
