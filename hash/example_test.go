package hash_test

import (
	"fmt"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// This example spreads connections of one pair of hosts over the three members of a LAG.
func Example() {
	policy, err := hash.ParsePolicy("layer3+4")
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := hash.New(policy, hash.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	members := spread.NewTable([]uint16{0, 1, 2})

	frame := []byte{
		0x02, 0, 0, 0, 0, 0x05, 0x02, 0, 0, 0, 0, 0x0b, 0x08, 0x00, // Ethernet
		0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4, TCP
		0x03, 0xe8, 0, 80, // ports
	}
	for port := byte(80); port < 84; port++ {
		frame[37] = port
		sum := h.Sum32(frame)
		member, ok := members.Pick(sum)
		fmt.Printf("port %d: hash %#08x, member %d, %v\n", port, sum, member, ok)
	}
	// Output:
	// port 80: hash 0x29a9dddc, member 0, true
	// port 81: hash 0x29295d5c, member 0, true
	// port 82: hash 0x28a8dcdd, member 1, true
	// port 83: hash 0x28285c5d, member 1, true
}
