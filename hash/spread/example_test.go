package spread_test

import (
	"fmt"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// Shares follow the speeds of three links, and the loss of one moves only its own buckets.
func ExampleDistributor() {
	h, err := hash.New(hash.Flow, hash.Options{Seed: hash.SeedFrom([]byte("this system"))})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := spread.NewDistributor(h, spread.DistributorConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	links := []spread.Member{{ID: 0, Weight: 10, Up: true}, {ID: 1, Weight: 10, Up: true}, {ID: 2, Weight: 20, Up: true}}
	if _, err := d.Update(links); err != nil {
		fmt.Println(err)
		return
	}
	links[2].Up = false
	change, err := d.Update(links)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d of %d buckets move\n", len(change.Moved), d.Snapshot().Buckets())
	links[2].Up = true
	if _, err := d.Update(links); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d are not at home\n", d.Away())
	// Output:
	// 512 of 1024 buckets move
	// 0 are not at home
}
