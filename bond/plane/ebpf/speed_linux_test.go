package ebpf

import (
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
)

// TestReceiveSpeed compares two ways into the device: the egress of its peer, which is the
// plane's, and the ingress of the device itself, whose counters then miss the frames. The
// sender's thread does all of the work.
func TestReceiveSpeed(t *testing.T) {
	if os.Getenv("EBPF_SPEED") == "" {
		t.Skip("measures for some seconds: set EBPF_SPEED")
	}
	b := newBed(t, 1, "")
	m := b.plane.members[b.plan.Members[0].Port]
	egress := loaded(t, "egress", b.plane.maps.receiveCode(m.slot))
	ingress := loaded(t, "ingress", intoIngress(b.plane.maps.receiveCode(m.slot)))
	var s *afpacket.Sender
	index := int32(b.far.Index(t, "f0"))
	b.far.Must(t, func() (err error) {
		s, err = afpacket.OpenSender(index)
		return err
	})
	batch := make([]link.Frame, 32)
	for i := range batch {
		f := udp(i)
		batch[i].Data = f // not the tests' station: nothing collects them
	}
	run := func(p *ebpf.Program, to int) time.Duration {
		b.plane.maps.set(entryPeer, uint64(to))
		if err := m.rx.link.Update(p); err != nil {
			t.Fatal(err)
		}
		const batches = 300
		start := threadTime(t)
		for range batches {
			if _, err := s.Write(batch); err != nil {
				t.Fatal(err)
			}
		}
		return (threadTime(t) - start) / (batches * 32)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var ratios []float64
	var peers, devices []time.Duration
	const rounds = 101
	for i := range rounds {
		var byPeer, byDevice time.Duration
		if i%2 == 0 {
			byPeer = run(egress, b.device.Peer())
		}
		byDevice = run(ingress, b.device.Index())
		if i%2 == 1 {
			byPeer = run(egress, b.device.Peer())
		}
		peers, devices = append(peers, byPeer), append(devices, byDevice)
		ratios = append(ratios, float64(byPeer)/float64(byDevice))
	}
	slices.Sort(ratios)
	slices.Sort(peers)
	slices.Sort(devices)
	t.Logf("egress of the peer %v a frame, ingress of the device %v; median of the ratios %.3f, quartiles %.3f and %.3f",
		peers[rounds/2], devices[rounds/2], ratios[rounds/2], ratios[rounds/4], ratios[rounds*3/4])
}

// threadTime returns the CPU time of this thread. Other programs do not count.
func threadTime(t *testing.T) time.Duration {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

// intoIngress makes a receive program redirect to an interface's ingress.
func intoIngress(c code) code {
	c = slices.Clone(c)
	for i := range c {
		if c[i].IsBuiltinCall() && asm.BuiltinFunc(c[i].Constant) == asm.FnRedirect {
			c[i-1].Constant = 1 // BPF_F_INGRESS
		}
	}
	return c
}
