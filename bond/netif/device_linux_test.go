package netif

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/ethtool"
)

func (c *cable) openDevice(t *testing.T, cfg DeviceConfig) link.Device {
	t.Helper()
	var d link.Device
	c.near.Must(t, func() (err error) {
		d, err = OpenDevice(cfg)
		return err
	})
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// raise gives the device its carrier, and waits until the kernel sends through it.
func (c *cable) raise(t *testing.T, d link.Device) {
	t.Helper()
	if err := d.SetCarrier(true); err != nil {
		t.Fatal(err)
	}
	c.near.AwaitUp(t, d.Name())
}

func TestDeviceSettings(t *testing.T) {
	c := layCable(t)
	addr := net.HardwareAddr{2, 0, 0, 0, 0, 7}
	one, two := netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("2001:db8::1/64")
	d := c.openDevice(t, DeviceConfig{Name: "bond0", HardwareAddr: addr, MTU: 9000, Addresses: []netip.Prefix{one}})
	ifi := c.near.Interface(t, "bond0")
	if ifi.MTU != 9000 || !bytes.Equal(ifi.HardwareAddr, addr) || ifi.Flags&net.FlagUp == 0 {
		t.Errorf("interface is %+v; want MTU 9000, %s, up", ifi, addr)
	}
	carrier := func(want bool) {
		t.Helper()
		// The flag RUNNING would be set a second later.
		up, ok := ethtool.NewCarrierPoll("bond0").Carrier(d.(*Device).ns.ioctl)
		if !ok || up != want {
			t.Errorf("carrier is %v, want %v", up, want)
		}
	}
	carrier(false)
	has := func(want ...netip.Prefix) {
		t.Helper()
		got := map[string]bool{}
		for _, a := range snap(t, c.near, "bond0").Addrs {
			if !a.Local.IsLinkLocalUnicast() {
				got[fmt.Sprintf("%s/%d", a.Local, a.Bits)] = true
			}
		}
		for _, p := range want {
			if !got[p.String()] {
				t.Errorf("addresses are %v, want %v", got, want)
			}
		}
		if len(got) != len(want) {
			t.Errorf("addresses are %v, want %v", got, want)
		}
	}
	has(one)
	set := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	set(d.SetAddresses([]netip.Prefix{one, two}))
	has(one, two)
	set(d.SetAddresses([]netip.Prefix{two}))
	has(two)
	set(d.SetMTU(1400))
	other := net.HardwareAddr{2, 0, 0, 0, 0, 8}
	set(d.SetHardwareAddr(other))
	set(d.SetCarrier(true))
	carrier(true)
	ifi = c.near.Interface(t, "bond0")
	if ifi.MTU != 1400 || !bytes.Equal(ifi.HardwareAddr, other) || !bytes.Equal(d.HardwareAddr(), other) {
		t.Errorf("interface is %+v; want MTU 1400, %s", ifi, other)
	}
	if err := d.SetHardwareAddr(net.HardwareAddr{1, 0, 0, 0, 0, 0}); err == nil {
		t.Error("a group address was accepted")
	}
	set(d.Close())
	if err := c.near.Do(func() error { _, err := net.InterfaceByName("bond0"); return err }); err == nil {
		t.Error("the interface is still there after Close")
	}
	if err := d.SetMTU(1500); !errors.Is(err, net.ErrClosed) {
		t.Errorf("SetMTU after Close: %v, want net.ErrClosed", err)
	}
	if _, err := d.Read([][]byte{make([]byte, 100)}, make([]link.Frame, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read after Close: %v, want net.ErrClosed", err)
	}
}

func TestDeviceCloseEndsRead(t *testing.T) {
	c := layCable(t)
	d := c.openDevice(t, DeviceConfig{Name: "bond0"})
	done := make(chan error, 1)
	go func() {
		bufs, frames := [][]byte{make([]byte, link.BufferSize)}, make([]link.Frame, 1)
		for {
			if _, err := d.Read(bufs, frames); err != nil {
				done <- err
				return
			}
		}
	}()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("blocked Read ended with %v, want net.ErrClosed", err)
	}
}

// pump copies frames until the reader is closed and counts the large ones.
func pump(read func([][]byte, []link.Frame) (int, error), write func([]link.Frame) (int, error), large *atomic.Int64) {
	bufs, frames := make([][]byte, afpacket.Batch), make([]link.Frame, afpacket.Batch)
	for i := range bufs {
		bufs[i] = make([]byte, link.BufferSize)
	}
	for {
		n, err := read(bufs, frames)
		if err != nil {
			return
		}
		for _, f := range frames[:n] {
			if f.Offload.GSO != link.GSONone {
				large.Add(1)
			}
		}
		for out := frames[:n]; len(out) > 0; {
			sent, err := write(out)
			if err != nil {
				sent++ // the frame that the error is about is lost
			}
			out = out[sent:]
		}
	}
}

// bulk sends size octets from one namespace to a listener in the other.
func bulk(from, to func(func() error) error, addr string, size int) error {
	var ln net.Listener
	err := to(func() (err error) {
		ln, err = net.Listen("tcp", net.JoinHostPort(addr, "0"))
		return err
	})
	if err != nil {
		return err
	}
	defer ln.Close()
	deadline := time.Now().Add(20 * time.Second)
	_ = ln.(*net.TCPListener).SetDeadline(deadline)
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i ^ i>>8 ^ i>>16)
	}
	result := make(chan error, 1)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			result <- err
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(deadline)
		got, err := io.ReadAll(conn)
		if err == nil && !bytes.Equal(got, data) {
			err = fmt.Errorf("received %d octets that are not the %d sent", len(got), len(data))
		}
		result <- err
	}()
	var conn net.Conn
	err = from(func() (err error) {
		conn, err = net.DialTimeout("tcp", ln.Addr().String(), 10*time.Second)
		return err
	})
	if err != nil {
		return err
	}
	_ = conn.SetDeadline(deadline)
	if _, err := conn.Write(data); err != nil {
		return err
	}
	if err := conn.Close(); err != nil {
		return err
	}
	return <-result
}

func TestBulkTCPThroughDeviceAndLink(t *testing.T) {
	for _, tt := range []struct {
		name       string
		near, far  string
		offloadOff bool // of the member
		noOffload  bool // of the device
	}{
		{"IPv4", "192.0.2.1", "192.0.2.2", false, false},
		{"IPv6", "2001:db8::1", "2001:db8::2", false, false},
		{"member without segmentation", "192.0.2.1", "192.0.2.2", true, false},
		{"device without offload", "192.0.2.1", "192.0.2.2", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := layCable(t)
			bits := "/24"
			if netip.MustParseAddr(tt.near).Is6() {
				bits = "/64"
			}
			c.far.AddAddr(t, farName, tt.far+bits)
			if tt.offloadOff {
				c.near.Run(t, "ethtool", "-K", nearName, "tso", "off", "gso", "off", "tx", "off")
			}
			d := c.openDevice(t, DeviceConfig{Name: "bond0", HardwareAddr: bondAddr, NoOffload: tt.noOffload})
			if err := d.SetCarrier(true); err != nil {
				t.Fatal(err)
			}
			c.near.AddAddr(t, "bond0", tt.near+bits) // without duplicate address detection
			cfg := c.config()
			cfg.HardwareAddr = bondAddr
			l := c.open(t, cfg)
			if got := l.tx.Bypass(); got == tt.offloadOff {
				t.Errorf("Bypass() = %v, want %v", got, !tt.offloadOff)
			}
			var out, in atomic.Int64
			ended := make(chan struct{}, 2)
			go func() { pump(d.Read, l.Write, &out); ended <- struct{}{} }()
			go func() { pump(l.Read, d.Write, &in); ended <- struct{}{} }()
			const size = 8 << 20
			start := time.Now()
			if err := bulk(c.near.Do, c.far.Do, tt.far, size); err != nil {
				t.Errorf("to the far end: %v", err)
			}
			if err := bulk(c.far.Do, c.near.Do, tt.near, size); err != nil {
				t.Errorf("from the far end: %v", err)
			}
			t.Logf("%d large frames out, %d in, %v for 2 x 8 MiB; %+v", out.Load(), in.Load(), time.Since(start), l.Stats())
			if (out.Load() == 0) != tt.noOffload || in.Load() == 0 {
				t.Errorf("%d large frames out and %d in; want some in, and some out: %v", out.Load(), in.Load(), !tt.noOffload)
			}
			if err := errors.Join(d.Close(), l.Close()); err != nil {
				t.Fatal(err)
			}
			<-ended
			<-ended
		})
	}
}

func TestDevicePerFrameAllocations(t *testing.T) {
	c := layCable(t)
	d := c.openDevice(t, DeviceConfig{Name: "bond0"})
	c.raise(t, d)
	host := c.near.Wire(t, "bond0")
	out := []link.Frame{{Data: frameOf(macA, nil, "to the host")}}
	n := testing.AllocsPerRun(200, func() {
		if _, err := d.Write(out); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for a frame written, want 0", n)
	}
	if got := payloadOf(host.Next(t, isExperiment)); got != "to the host" {
		t.Errorf("host received %q", got)
	}
	const frames = 200
	for range frames {
		host.Send(t, frameOf(macA, nil, "from the host"))
	}
	bufs, in := [][]byte{make([]byte, 2048)}, make([]link.Frame, 1)
	n = testing.AllocsPerRun(frames/2, func() {
		if n, err := d.Read(bufs, in); err != nil || n != 1 {
			t.Fatal(n, err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for a frame read, want 0", n)
	}
}

func TestDeviceRefusesANetworkOfAnotherInterface(t *testing.T) {
	c := layCable(t)
	c.near.AddAddr(t, nearName, "192.0.2.7/24")
	c.near.AddAddr(t, nearName, "2001:db8::7/64")
	d := c.openDevice(t, DeviceConfig{Name: "bond0", Addresses: []netip.Prefix{netip.MustParsePrefix("198.51.100.1/24")}})
	for _, s := range []string{"192.0.2.1/24", "192.0.2.1/30", "192.0.0.0/8", "2001:db8::1/48"} {
		err := d.SetAddresses([]netip.Prefix{netip.MustParsePrefix(s)})
		var le *link.Error
		if !errors.As(err, &le) || le.Field != "Addresses" || le.Value != s || !strings.Contains(le.Allowed, nearName+" has ") {
			t.Errorf("%s: %v, want a LinkError that says who has the network", s, err)
		}
	}
	if err := d.SetAddresses([]netip.Prefix{netip.MustParsePrefix("192.0.3.1/24"), netip.MustParsePrefix("fe80::1/64")}); err != nil {
		t.Error(err)
	}
}

// Every queue carries frames both ways.
func TestDeviceQueues(t *testing.T) {
	c := layCable(t)
	const queues = 4
	d := c.openDevice(t, DeviceConfig{Name: "bond0", Queues: queues}).(*Device)
	if d.Queues() != queues {
		t.Fatalf("%d queues, want %d", d.Queues(), queues)
	}
	c.raise(t, d)
	host := c.near.Wire(t, "bond0")
	for q := range queues {
		want := fmt.Sprintf("to the host by %d", q)
		if _, err := d.WriteQueue(q, []link.Frame{{Data: frameOf(macA, nil, want)}}); err != nil {
			t.Fatal(err)
		}
		if got := payloadOf(host.Next(t, isExperiment)); got != want {
			t.Errorf("host received %q, want %q", got, want)
		}
	}
	type got struct {
		queue int
		n     int
		err   error
	}
	results := make(chan got)
	for q := range queues {
		go func() {
			bufs, frames := [][]byte{make([]byte, link.BufferSize)}, make([]link.Frame, 1)
			for {
				n, err := d.ReadQueue(q, bufs, frames)
				if err == nil && payloadOf(frames[0].Data) == "" {
					continue
				}
				results <- got{q, n, err}
				if err != nil {
					return
				}
			}
		}()
	}
	const frames = 64
	for i := range frames {
		// UDP, with a port for each flow.
		head := []byte{8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
			4, byte(i), 0, 9, 0, 26, 0, 0, 0x88, 0xb5}
		host.Send(t, frameOf(macA, head, "from the host"))
	}
	guard := time.AfterFunc(5*time.Second, func() { _ = d.Close() })
	defer guard.Stop()
	by := make(map[int]int)
	for range frames {
		r := <-results
		if r.err != nil || r.n != 1 {
			t.Fatal(r, by)
		}
		by[r.queue]++
	}
	t.Logf("frames by queue: %v", by)
	if len(by) < 2 {
		t.Errorf("%d flows came by %d queues, want more than one", frames, len(by))
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for range queues {
		if r := <-results; !errors.Is(r.err, net.ErrClosed) {
			t.Errorf("queue %d ended with %v", r.queue, r.err)
		}
	}
}
