package netif

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/bpf"
)

func TestLinkNeverReadsWhatThisMachineSends(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.config())
	other, far := c.near.Wire(t, nearName), c.far.Wire(t, farName)
	if _, err := l.Write([]link.Frame{{Data: frameOf(macA, nil, "own")}}); err != nil {
		t.Fatal(err)
	}
	other.Send(t, frameOf(macA, nil, "another socket's"))
	slow := frameOf(afpacket.SlowGroups[0], []byte{0x88, 0x09}, "own slow")
	if err := l.WriteControl(slow); err != nil {
		t.Fatal(err)
	}
	other.Send(t, frameOf(afpacket.SlowGroups[0], []byte{0x88, 0x09}, "another's slow"))
	// All four have left.
	for _, want := range []string{"own", "another socket's"} {
		got := far.Next(t, isExperiment)
		if payloadOf(got) != want {
			t.Fatalf("far end received %q, want %q", payloadOf(got), want)
		}
	}
	far.Next(t, func(f []byte) bool { return bytes.Contains(f, []byte("another's slow")) })

	far.Send(t, frameOf(macA, nil, "from outside"))
	far.Send(t, frameOf(afpacket.SlowGroups[0], []byte{0x88, 0x09}, "slow from outside"))
	if got := payloadOf(nextData(t, l).Data); got != "from outside" {
		t.Errorf("read %q, want the frame from outside only", got)
	}
	if got := nextControl(t, l); !bytes.Contains(got, []byte("slow from outside")) {
		t.Errorf("read slow-protocols frame %q, want the one from outside only", got)
	}
}

func TestLinkPutsVLANTagsBack(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.config())
	far := c.far.Wire(t, farName)
	for _, tt := range []struct {
		name  string
		types []byte
	}{
		{"untagged", []byte{0x88, 0xb5}},
		{"single", []byte{0x81, 0, 0, 5, 0x88, 0xb5}},
		{"with priority", []byte{0x81, 0, 0xa0, 5, 0x88, 0xb5}},
		{"priority tag", []byte{0x81, 0, 0xe0, 0, 0x88, 0xb5}},
		{"service tag", []byte{0x88, 0xa8, 0, 7, 0x88, 0xb5}},
		{"double", []byte{0x88, 0xa8, 0, 7, 0x81, 0, 0, 9, 0x88, 0xb5}},
		{"double of the old kind", []byte{0x81, 0, 0, 7, 0x81, 0, 0, 9, 0x88, 0xb5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := frameOf(macA, tt.types, tt.name)
			far.Send(t, want)
			if got := nextData(t, l).Data; !bytes.Equal(got, want) {
				t.Errorf("read %x\nsent %x", got, want)
			}
		})
	}
}

// A slow-protocols frame that is untagged or priority-tagged is read as control. One with a
// VLAN id or several tags is counted, and read neither as control nor as data.
func TestTaggedSlowFramesAreIgnoredBOX35(t *testing.T) {
	t.Parallel()
	slow := []byte{0x88, 0x09, 1, 1}
	tag := func(tags ...byte) []byte { return append(tags, slow...) }
	for _, tt := range []struct {
		name  string
		types []byte
		read  bool
	}{
		{"untagged", slow, true},
		{"priority tag", tag(0x81, 0, 0xe0, 0), true},
		{"service tag of priority only", tag(0x88, 0xa8, 0xe0, 0), true},
		{"VLAN 5", tag(0x81, 0, 0, 5), false},
		{"VLAN 5 with priority", tag(0x81, 0, 0xe0, 5), false},
		{"VLAN 4095", tag(0x81, 0, 0x0f, 0xff), false},
		{"service tag", tag(0x88, 0xa8, 0, 5), false},
		{"tag of the old kind", tag(0x91, 0, 0, 5), false},
		{"double-tagged", tag(0x88, 0xa8, 0, 7, 0x81, 0, 0, 5), false},
		{"double-tagged of one kind", tag(0x81, 0, 0, 7, 0x81, 0, 0, 5), false},
		{"double-tagged, the outer for priority", tag(0x81, 0, 0xe0, 0, 0x81, 0, 0, 5), false},
		{"double-tagged, the inner for priority", tag(0x81, 0, 0, 5, 0x81, 0, 0xe0, 0), false},
		{"double-tagged for priority", tag(0x81, 0, 0xe0, 0, 0x81, 0, 0xe0, 0), false},
		{"eight tags", tag(bytes.Repeat([]byte{0x81, 0, 0, 5}, 8)...), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := layCable(t)
			l := c.open(t, c.config())
			far := c.far.Wire(t, farName)
			for i, group := range afpacket.SlowGroups {
				far.Send(t, frameOf(group, append(bytes.Clone(tt.types), 0x88, 0xb5), tt.name))
				far.Send(t, frameOf(group, []byte{0x88, 0x09, 3, 1, 0x88, 0xb5}, "last")) // of OAM, queued with the ignored ones
				far.Send(t, frameOf(macA, nil, "data"))
				want := []string{"last"}
				if tt.read {
					want = []string{"last", tt.name}
				}
				var got []string
				for range want {
					f := nextControl(t, l)
					if !bytes.Equal(f[:6], group) {
						t.Errorf("ReadControl() = a frame to %x, want one to %s", f[:6], group)
					}
					got = append(got, payloadOf(f))
				}
				if slices.Sort(got); !slices.Equal(got, want) {
					t.Errorf("to %s: ReadControl() = %q, want %q", group, got, want)
				}
				if got := payloadOf(nextData(t, l).Data); got != "data" {
					t.Errorf("to %s: Read() = %q, want %q", group, got, "data")
					nextData(t, l)
				}
				counted := uint64(i + 1)
				if tt.read {
					counted = 0
				}
				if s := l.Stats(); s.TaggedSlow != counted || s.Truncated != 0 {
					t.Errorf("to %s: TaggedSlow %d, Truncated %d, want %d and 0", group, s.TaggedSlow, s.Truncated, counted)
				}
			}
			// A Marker does not wait for frames that were left out.
			mark := l.Mark()
			far.Send(t, frameOf(macA, nil, "data"))
			nextData(t, l)
			if !l.Passed(mark) {
				t.Errorf("Passed(%d) = false after all data was read, want true", mark)
			}
		})
	}
}

func TestLinkCutsLongSlowFrames(t *testing.T) {
	c := layCable(t)
	c.far.Run(t, "ip", "link", "set", "dev", farName, "mtu", "9000")
	cfg := c.config()
	cfg.MTU = 9000
	l := c.open(t, cfg)
	far := c.far.Wire(t, farName)
	far.Send(t, append(frameOf(afpacket.SlowGroups[0], []byte{0x88, 0x09}, "long"), make([]byte, 5000)...))
	buf := make([]byte, 9000)
	n, err := l.ReadControl(buf)
	if err != nil || n != bpf.MaxControlFrame {
		t.Errorf("read %d octets, %v; want %d", n, err, bpf.MaxControlFrame)
	}
}

func TestLinkDropsFramesLongerThanTheBuffer(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.config())
	far := c.far.Wire(t, farName)
	far.Send(t, append(frameOf(macA, nil, "long"), make([]byte, 1000)...))
	far.Send(t, frameOf(macA, nil, "short"))
	bufs, frames := [][]byte{make([]byte, 200), make([]byte, 200)}, make([]link.Frame, 2)
	for {
		n, err := l.Read(bufs, frames)
		if err != nil {
			t.Fatal(err)
		}
		if i := n - 1; n > 0 && payloadOf(frames[i].Data) != "" {
			if got := payloadOf(frames[i].Data); got != "short" {
				t.Fatalf("read %q, want %q", got, "short")
			}
			if &frames[i].Data[0] != &bufs[i][link.TagLen] {
				t.Error("frame is not in the buffer of its number")
			}
			break
		}
	}
	if n := l.Stats().Truncated; n != 1 {
		t.Errorf("%d frames counted as too long, want 1", n)
	}
}

func TestLinkSendRefused(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.config())
	long := append(frameOf(macA, nil, "too long"), make([]byte, 3000)...)
	n, err := l.Write([]link.Frame{{Data: frameOf(macA, nil, "first")}, {Data: long}, {Data: frameOf(macA, nil, "third")}})
	if n != 1 || !errors.Is(err, unix.EMSGSIZE) {
		t.Errorf("wrote %d frames, error %v; want 1 and EMSGSIZE", n, err)
	}
	if s := l.Stats(); s.SendRefused != 1 || s.SendOverflows != 0 {
		t.Errorf("counted %d refused and %d without room, want 1 and 0", s.SendRefused, s.SendOverflows)
	}
}

func TestLinkPerFrameAllocations(t *testing.T) {
	c := layCable(t)
	a := c.open(t, c.config())
	b := openIn(t, c.far, Config{Name: farName, StateDir: c.dir})
	out := []link.Frame{{Data: frameOf(macA, nil, "x")}, {Data: frameOf(macA, nil, "y")}}
	bufs, in := [][]byte{make([]byte, 2048), make([]byte, 2048)}, make([]link.Frame, 2)
	n := testing.AllocsPerRun(500, func() {
		if _, err := a.Write(out); err != nil {
			t.Fatal(err)
		}
		for got := 0; got < len(out); {
			n, err := b.Read(bufs, in)
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for 2 frames written and read, want 0", n)
	}
}

func TestLinkCloseEndsBlockedCalls(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.config())
	errs := make(chan error, 2)
	go func() {
		bufs, frames := [][]byte{make([]byte, 2048)}, make([]link.Frame, 1)
		for {
			if _, err := l.Read(bufs, frames); err != nil {
				errs <- err
				return
			}
		}
	}()
	go func() {
		_, err := l.ReadControl(make([]byte, 2048))
		errs <- err
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-errs; !errors.Is(err, net.ErrClosed) {
			t.Errorf("blocked read ended with %v, want net.ErrClosed", err)
		}
	}
	if _, err := l.Write([]link.Frame{{Data: frameOf(macA, nil, "late")}}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after close: %v, want net.ErrClosed", err)
	}
	if err := l.WriteControl(frameOf(macA, nil, "late")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("slow-protocols write after close: %v, want net.ErrClosed", err)
	}
}

// The LACPDU that a partner sends as soon as it sees the carrier is not lost. Everything that
// arrives on an interface that is only now set up is received.
func TestControlFramesFromTheFirstOn(t *testing.T) {
	c := layCable(t)
	c.far.Run(t, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/"+farName+"/disable_ipv6")
	wire := c.far.Wire(t, farName)
	c.near.Down(t, nearName)
	var l link.Link
	opened := make(chan error, 1)
	go func() {
		opened <- c.near.Do(func() (err error) {
			l, err = OpenLink(c.config())
			return err
		})
	}()
	const count = 20 // the socket's buffer holds them
	passed := func() uint64 { return c.far.Traffic(t)[farName].TxPackets }
	for before := passed(); passed()-before < count; {
		_ = wire.TrySend(frameOf(afpacket.SlowGroups[0], []byte{0x88, 0x09, 1, 1}, "")) // refused while the near end comes up
		select {
		case err := <-opened:
			if err != nil {
				t.Fatal(err) // no frame will get through
			}
			opened <- nil
		default:
		}
	}
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	for range count {
		nextControl(t, l)
	}
}
