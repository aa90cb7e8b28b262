package main

import (
	"os"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// flowDecoder hashes frames as a program with gopacket does. It decodes the layers into
// its own memory and takes the fast hash of the last two flows.
type flowDecoder struct {
	parser  *gopacket.DecodingLayerParser
	decoded []gopacket.LayerType

	ether layers.Ethernet
	tag   layers.Dot1Q
	v4    layers.IPv4
	v6    layers.IPv6
	ext   layers.IPv6ExtensionSkipper
	tcp   layers.TCP
	udp   layers.UDP
	data  gopacket.Payload
}

func newFlowDecoder() *flowDecoder {
	d := &flowDecoder{}
	d.parser = gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet,
		&d.ether, &d.tag, &d.v4, &d.v6, &d.ext, &d.tcp, &d.udp, &d.data)
	d.parser.IgnoreUnsupported = true
	return d
}

func (d *flowDecoder) sum(frame []byte) (h uint64) {
	// As in our hash, only the layers that could be decoded count.
	_ = d.parser.DecodeLayers(frame, &d.decoded)
	for _, l := range d.decoded {
		switch l {
		case layers.LayerTypeIPv4:
			h = d.v4.NetworkFlow().FastHash()
		case layers.LayerTypeIPv6:
			h = d.v6.NetworkFlow().FastHash()
		case layers.LayerTypeTCP:
			h ^= d.tcp.TransportFlow().FastHash()
		case layers.LayerTypeUDP:
			h ^= d.udp.TransportFlow().FastHash()
		}
	}
	return h
}

// TestGopacketSpeed compares layer3+4 in batches, and policy flow with the table lookup, to
// gopacket's DecodingLayerParser and FastHash on the same frames. They take turns, and the
// test uses the median of ten. Set HASH_SPEED=1 to run it, and HASH_SPEED=check to
// fail below the target.
func TestGopacketSpeed(t *testing.T) {
	mode := os.Getenv("HASH_SPEED")
	if mode == "" {
		t.Skip("HASH_SPEED is not set; a timing test needs a quiet machine")
	}
	const rounds, target = 10, 40
	h, err := hash.New(hash.Layer34, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	flow, err := hash.New(hash.Flow, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := spread.NewDistributor(flow, spread.DistributorConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Update([]spread.Member{{ID: 0, Up: true}, {ID: 1, Up: true}}); err != nil {
		t.Fatal(err)
	}
	worker, decoder := d.NewWorker(), newFlowDecoder()
	total := uint64(0)
	for _, k := range []traffic.Kind{traffic.KindIPv4, traffic.KindMix} {
		frames := traffic.Batch(k, 256, 1)
		sums, ids := make([]uint32, len(frames)), make([]uint16, len(frames))
		timed := func(repeat int, f func()) float64 {
			start := time.Now()
			for range repeat {
				f()
			}
			return float64(time.Since(start).Nanoseconds()) / float64(repeat*len(frames))
		}
		var theirs, ours, whole, ratio, wholeRatio []float64
		for range rounds {
			g := timed(10, func() {
				for _, f := range frames {
					total += decoder.sum(f)
				}
			})
			o := timed(500, func() { h.Sum32s(sums, frames) })
			w := timed(500, func() { worker.PickBatch(ids, frames) })
			theirs, ours, whole = append(theirs, g), append(ours, o), append(whole, w)
			ratio, wholeRatio = append(ratio, g/o), append(wholeRatio, g/w)
		}
		r, rw := median(ratio), median(wholeRatio)
		t.Logf("%-4v gopacket %.1f ns, layer3+4 %.2f ns: %.0f times; flow with table %.2f ns: %.0f times; target at least %d",
			k, median(theirs), median(ours), r, median(whole), rw, target)
		if mode == "check" && r < target {
			t.Errorf("%v: got %.1f times the speed of gopacket, want at least %d", k, r, target)
		}
	}
	if total == 0 {
		t.Error("gopacket hashed nothing")
	}
}
