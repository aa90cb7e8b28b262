package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

const flows = 64

// flowLimit is how long all flows of a test together may take.
const flowLimit = 30 * time.Second

func TestFlowsUseEveryMember(t *testing.T) {
	needLong(t)
	for _, members := range []int{2, 4} {
		b := newBed(t, bedConfig{members: members})
		b.form(t, formLimit)
		for _, tt := range []struct {
			name string
			run  func(t *testing.T, client, server *netlab.NS, to string) error
		}{{"TCP", tcpFlows}, {"UDP", udpFlows}} {
			for _, way := range []struct {
				name           string
				client, server *netlab.NS
				to             string
			}{{"from bond0", b.near, b.far, ovsIP}, {"from Open vSwitch", b.far, b.near, ourIP}} {
				t.Run(fmt.Sprintf("members=%d/%s/%s", members, tt.name, way.name), func(t *testing.T) {
					flowSpread(t, b, func() error { return tt.run(t, way.client, way.server, way.to) })
				})
			}
		}
	}
}

// spreadLimit is how long Open vSwitch may take to use every member. With the first frame it
// assigns its hash buckets to the members that it has enabled by then, and moves them only
// when it rebalances, which the test makes it do each second.
const spreadLimit = 40 * time.Second

// flowSpread runs flows until they have used every member in both directions. Our end has to
// use every member in the first round.
func flowSpread(t *testing.T, b *bed, run func() error) {
	t.Helper()
	start, round := time.Now(), 0
	for {
		before := b.near.Traffic(t)
		if err := run(); err != nil {
			t.Fatal(err)
		}
		round++
		after := b.near.Traffic(t)
		all := true
		for _, name := range b.ours {
			c := after[name].Since(before[name])
			// A flow has many packets each way; there are two LACPDUs a second.
			if c.TxPackets < exchanges {
				t.Errorf("%s: %+v: want at least %d packets sent", name, c, exchanges)
			}
			all = all && c.RxPackets >= exchanges
			t.Logf("%s: sent %d packets, %d octets; received %d packets, %d octets; round %d",
				name, c.TxPackets, c.TxOctets, c.RxPackets, c.RxOctets, round)
		}
		if all || t.Failed() {
			return
		}
		if took := time.Since(start); took > spreadLimit {
			t.Fatalf("Open vSwitch does not use every member after %v", took)
		}
	}
}

const (
	exchanges = 10        // of each UDP flow
	bulk      = 256 << 10 // octets of each TCP flow, each way
)

// tcpFlows sends bulk data both ways over each connection and compares it.
func tcpFlows(t *testing.T, client, server *netlab.NS, to string) error {
	var l net.Listener
	server.Must(t, func() (err error) {
		l, err = net.Listen("tcp4", to+":0")
		return err
	})
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn) // the client notices a loss
			}()
		}
	}()
	return eachFlow(client, func(i int) (net.Conn, error) {
		d := net.Dialer{Timeout: flowLimit}
		return d.Dial("tcp4", l.Addr().String())
	}, func(i int, conn net.Conn) error {
		data := make([]byte, bulk)
		r := rand.NewChaCha8([32]byte{byte(i)})
		_, _ = r.Read(data)
		sent := make(chan error, 1)
		go func() {
			_, err := conn.Write(data)
			sent <- err
		}()
		got := make([]byte, bulk)
		if n, err := io.ReadFull(conn, got); err != nil {
			return errors.Join(fmt.Errorf("after %d octets: %w", n, err), conn.Close(), <-sent)
		}
		if !bytes.Equal(got, data) {
			return errors.New("data came back changed")
		}
		return <-sent
	})
}

// udpFlows exchanges datagrams over each socket. None may be lost or changed.
func udpFlows(t *testing.T, client, server *netlab.NS, to string) error {
	addr := echoUDP(t, server, to)
	return eachFlow(client, func(i int) (net.Conn, error) { return net.Dial("udp4", addr) },
		func(i int, conn net.Conn) error {
			data, got := make([]byte, 1000), make([]byte, 2000)
			for k := range exchanges {
				data[0], data[1] = byte(i), byte(k)
				if _, err := conn.Write(data); err != nil {
					return err
				}
				n, err := conn.Read(got)
				if err != nil {
					return fmt.Errorf("datagram %d: %w", k, err)
				}
				if !bytes.Equal(got[:n], data) {
					return fmt.Errorf("datagram %d: a different one came back", k)
				}
			}
			return nil
		})
}

// echoUDP answers datagrams until the test ends.
func echoUDP(t testing.TB, ns *netlab.NS, ip string) (addr string) {
	t.Helper()
	var conn net.PacketConn
	ns.Must(t, func() (err error) {
		conn, err = net.ListenPacket("udp4", ip+":0")
		return err
	})
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(buf[:n], from)
		}
	}()
	return conn.LocalAddr().String()
}

// eachFlow runs all flows at once. The sockets are made inside the namespace.
func eachFlow(ns *netlab.NS, dial func(i int) (net.Conn, error), talk func(i int, conn net.Conn) error) error {
	results := make(chan error)
	for i := range flows {
		go func() {
			results <- func() error {
				var conn net.Conn
				err := ns.Do(func() (err error) {
					conn, err = dial(i)
					return err
				})
				if err != nil {
					return fmt.Errorf("flow %d: %w", i, err)
				}
				defer conn.Close()
				if err := conn.SetDeadline(time.Now().Add(flowLimit)); err != nil {
					return err
				}
				if err := talk(i, conn); err != nil {
					return fmt.Errorf("flow %d: %w", i, err)
				}
				return nil
			}()
		}()
	}
	var errs []error
	for range flows {
		errs = append(errs, <-results)
	}
	return errors.Join(errs...)
}
