package ebpf

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

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
		const batches = 2000
		start := time.Now()
		for range batches {
			if _, err := s.Write(batch); err != nil {
				t.Fatal(err)
			}
		}
		return time.Since(start) / (batches * 32)
	}
	var ratios []float64
	var peers, devices []time.Duration
	for range 15 {
		byPeer, byDevice := run(egress, b.device.Peer()), run(ingress, b.device.Index())
		peers, devices = append(peers, byPeer), append(devices, byDevice)
		ratios = append(ratios, float64(byPeer)/float64(byDevice))
	}
	slices.Sort(ratios)
	slices.Sort(peers)
	slices.Sort(devices)
	t.Logf("egress of the peer %v a frame, ingress of the device %v; median of the ratios %.3f, quartiles %.3f and %.3f",
		peers[7], devices[7], ratios[7], ratios[3], ratios[11])
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
