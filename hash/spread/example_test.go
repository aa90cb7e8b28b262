package spread_test

import (
	"fmt"
	"log"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// A table takes the hash modulo the number of members, as Linux does.
func ExampleNewTable() {
	table := spread.NewTable([]uint16{0, 1, 2})
	for _, sum := range []uint32{3, 4, 5} {
		id, _ := table.Pick(sum)
		fmt.Println(sum, "is on member", id)
	}
	// Output:
	// 3 is on member 0
	// 4 is on member 1
	// 5 is on member 2
}

// A Distributor gives members shares by their weight. If one goes down, only its own buckets
// move.
func ExampleDistributor() {
	d, err := spread.NewDistributor(hash.Hasher{}, spread.DistributorConfig{})
	if err != nil {
		log.Fatal(err)
	}
	members := []spread.Member{{ID: 0, Weight: 10, Up: true}, {ID: 1, Weight: 10, Up: true}, {ID: 2, Weight: 20, Up: true}}
	if _, err := d.Update(members); err != nil {
		log.Fatal(err)
	}
	members[0].Up = false
	change, err := d.Update(members)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(change.Moved), "of", d.Snapshot().Buckets(), "buckets moved")
	// Output: 256 of 1024 buckets moved
}
