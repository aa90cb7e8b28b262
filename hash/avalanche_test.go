package hash_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
	"github.com/lagkit/lagkit/internal/race"
)

// TestAvalanche checks that each bit of addresses and ports flips each bit of the hash
// with probability 0.5 +/- 0.02. The standard error of each figure is 0.0035, and 0.0025 with
// LAGKIT_LAB.
func TestAvalanche(t *testing.T) {
	if testing.Short() || race.Enabled {
		t.Skip("takes seconds, and minutes with the race detector")
	}
	const within = 0.02
	samples := rounds(20000, 40000)
	r := rand.New(rand.NewPCG(13, 14))
	kinds := []struct {
		name string
		make func() []byte
		bits [2]int // range of octets with bits to flip, from and to
	}{
		{"IPv4", func() []byte {
			p := ipv4(r)
			p.Proto, p.Payload = traffic.UDP, octets(r, 8)
			return ether4(r, nil, p)
		}, [2]int{26, 38}},
		{"IPv6", func() []byte {
			p := ipv6(r)
			p.Next, p.Payload = traffic.UDP, octets(r, 8)
			return ether6(r, nil, p)
		}, [2]int{22, 58}},
		{"Ethernet", func() []byte {
			return traffic.Ether(mac(r), mac(r), nil, 0x0101, nil)
		}, [2]int{0, 12}},
	}
	for _, v := range flowVariants {
		for _, k := range kinds {
			frame := k.make()
			flips := make([][32]int, 8*(k.bits[1]-k.bits[0]))
			hashers := []hash.Hasher{hasher(t, hash.Flow, v.options)} // the zero seed
			for i := range 7 {
				o := v.options
				o.Seed = seed(i)
				hashers = append(hashers, hasher(t, hash.Flow, o))
			}
			for s := range samples {
				h := hashers[s%len(hashers)]
				for i := k.bits[0]; i < k.bits[1]; i += 4 {
					binary.LittleEndian.PutUint32(frame[i:], r.Uint32())
				}
				before := h.Sum32(frame)
				for bit := range flips {
					octet := &frame[k.bits[0]+bit/8]
					*octet ^= 1 << (bit % 8)
					changed := before ^ h.Sum32(frame)
					*octet ^= 1 << (bit % 8)
					for j := range flips[bit] {
						flips[bit][j] += int(changed >> j & 1)
					}
				}
			}
			worst := 0.0
			for bit := range flips {
				for j, n := range flips[bit] {
					share := float64(n) / float64(samples)
					off := max(share-0.5, 0.5-share)
					worst = max(worst, off)
					if off > within {
						t.Errorf("%s %s: bit %d of octet %d flips bit %d with probability %.3f",
							v.name, k.name, bit%8, k.bits[0]+bit/8, j, share)
					}
				}
			}
			t.Logf("%-24s %-8s worst 0.5 +/- %.4f", v.name, k.name, worst)
		}
	}
}
