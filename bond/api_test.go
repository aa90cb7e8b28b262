package bond_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/hash"
)

func TestSendBatchAndReceiveBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, mode := range []bond.Mode{bond.ModeLoadBalance, bond.ModeRoundRobin, bond.ModeBroadcast, bond.ModeFailover} {
			p := newPair(t, 2, bond.Config{Mode: mode, Hash: hash.Layer34}, bond.Config{Mode: bond.ModeLoadBalance})
			p.waitReady(t, time.Second)
			synctest.Wait()
			var frames [][]byte
			for i := range 100 {
				frames = append(frames, numbered(i))
			}
			frames[50] = make([]byte, 3) // too short for a frame
			frames[60] = append(udp(0), make([]byte, 2000)...)
			n, err := p.a.SendBatch(frames)
			if n != 98 || !errors.Is(err, bond.ErrTooLong) {
				t.Errorf("%v: %d frames taken, %v; want 98, ErrTooLong", mode, n, err)
			}
			synctest.Wait()
			bufs, sizes := make([][]byte, 64), make([]int, 64)
			for i := range bufs {
				bufs[i] = make([]byte, 100)
			}
			want := 98
			if mode == bond.ModeBroadcast {
				want *= 2
			}
			got := 0
			for got < want {
				n, err := p.b.ReceiveBatch(bufs, sizes)
				if err != nil {
					t.Fatal(err)
				}
				got += n
				for i := range n {
					if sizes[i] != 60 {
						t.Errorf("%v: frame of %d octets, want 60", mode, sizes[i])
					}
				}
			}
			if c := p.a.Status().Counters; c.TxTooLong != 1 || c.TxInvalid != 1 {
				t.Errorf("%v: counters %+v, want TxTooLong 1, TxInvalid 1", mode, c)
			}
			// A frame too long for its buffer is lost, and the error says so.
			if err := p.a.Send(numbered(1)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if n, err := p.b.ReceiveBatch([][]byte{make([]byte, 10)}, sizes); n != 0 || !errors.Is(err, io.ErrShortBuffer) {
				t.Errorf("%v: %d frames, %v; want ErrShortBuffer", mode, n, err)
			}
			p.close(t)
		}
	})
}

func TestPacketConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := bond.Config{Mode: bond.ModeLoadBalance}
		p := newPair(t, 2, cfg, cfg)
		p.waitReady(t, time.Second)
		synctest.Wait()
		const typ = 0x88b5
		a, err := p.a.PacketConn(typ)
		if err != nil {
			t.Fatal(err)
		}
		b, err := p.b.PacketConn(typ)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := a.WriteTo([]byte("to b"), bond.Addr{HardwareAddr: p.b.HardwareAddr()}); n != 4 || err != nil {
			t.Fatal(n, err)
		}
		buf := make([]byte, 100)
		n, from, err := b.ReadFrom(buf)
		if err != nil || string(buf[:n]) != "to b" || from.String() != p.a.HardwareAddr().String() || from.Network() != "ethernet" {
			t.Errorf("ReadFrom() = %q, %v, %v, want \"to b\" from the address of a", buf[:n], from, err)
		}
		// Other frames go where they went before.
		if err := p.a.Send(udp(1)); err != nil {
			t.Fatal(err)
		}
		if n, err := p.b.Receive(buf); n != 60 || err != nil {
			t.Errorf("Receive() = %d, %v, want 60", n, err)
		}
		start := time.Now()
		if err := b.SetReadDeadline(start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.ReadFrom(buf); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v, want the deadline's error after 1 s", time.Since(start), err)
		}
		var ce *bond.ConfigError
		for _, typ := range []uint16{typ, 0x8809, 0x05ff} {
			if _, err := p.b.PacketConn(typ); !errors.As(err, &ce) {
				t.Errorf("EtherType %#x: %v, want a ConfigError", typ, err)
			}
		}
		if _, err := a.WriteTo(nil, &net.UDPAddr{}); err == nil {
			t.Error("WriteTo accepted a UDP address, want an error")
		}
		if _, err := a.WriteTo(make([]byte, 1501), bond.Addr{HardwareAddr: p.b.HardwareAddr()}); !errors.Is(err, bond.ErrTooLong) {
			t.Errorf("1501 octets: %v, want ErrTooLong", err)
		}
		// Once a view is closed, its frames go to Receive again.
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.ReadFrom(buf); !errors.Is(err, net.ErrClosed) {
			t.Errorf("ReadFrom() after Close = %v, want net.ErrClosed", err)
		}
		if _, err := a.WriteTo([]byte("again"), bond.Addr{HardwareAddr: p.b.HardwareAddr()}); err != nil {
			t.Fatal(err)
		}
		if n, err := p.b.Receive(buf); err != nil || !bytes.Contains(buf[:n], []byte("again")) {
			t.Errorf("Receive() = %q, %v, want the frame sent again", buf[:n], err)
		}
		done := make(chan error)
		go func() { _, _, err := a.ReadFrom(buf); done <- err }()
		synctest.Wait()
		p.close(t)
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("ReadFrom() = %v when the bond was closed, want net.ErrClosed", err)
		}
		if _, err := p.a.PacketConn(typ); !errors.Is(err, net.ErrClosed) {
			t.Errorf("PacketConn() after Close = %v, want net.ErrClosed", err)
		}
	})
}

// slowLink takes a long time to close.
type slowLink struct {
	bond.Link
	wait time.Duration
}

func (l slowLink) Close() error {
	time.Sleep(l.wait)
	return l.Link.Close()
}

func TestCloseContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := bond.New(bond.Config{Mode: bond.ModeLoadBalance}, slowLink{linktest.NewCable("x", "y").A, time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := b.CloseContext(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("CloseContext() = %v after %v, want the deadline's error after 1 s", err, time.Since(start))
		}
		if err := b.CloseContext(t.Context()); err != nil || time.Since(start) != time.Minute {
			t.Errorf("%v after %v, want the end after 1 min", err, time.Since(start))
		}
	})
}

// Frames with VLAN tags pass. The tags count neither for the MTU nor, by themselves, as a
// flow.
func TestTagsPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := bond.Config{Mode: bond.ModeLoadBalance, MTU: 1492}
		p := newPair(t, 2, cfg, cfg)
		defer p.close(t)
		p.waitReady(t, time.Second)
		synctest.Wait()
		buf := make([]byte, 2000)
		for _, tags := range [][]byte{nil, {0x81, 0, 0, 5}, {0x81, 0, 0xe0, 0}, {0x88, 0xa8, 0, 7, 0x81, 0, 0, 5}} {
			for _, size := range []int{46, 1492, 1493} {
				f := slices.Concat([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, tags, []byte{0x88, 0xb5}, bytes.Repeat([]byte{7}, size))
				err := p.a.Send(f)
				if size > 1492 {
					if !errors.Is(err, bond.ErrTooLong) {
						t.Errorf("tags %x, %d octets: %v, want ErrTooLong", tags, size, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if n, err := p.b.Receive(buf); err != nil || !bytes.Equal(buf[:n], f) {
					t.Errorf("tags %x, %d octets: Receive() = %d, %v, want the frame that was sent", tags, size, n, err)
				}
			}
		}
		if c := p.a.Status().Counters; c.TxTooLong != 4 {
			t.Errorf("%d frames counted as too long, want 4", c.TxTooLong)
		}
	})
}
