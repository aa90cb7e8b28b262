package bond_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
)

// Two bonds with two cables between them, in memory. With real interfaces, use Open.
func ExampleNew() {
	first, second := linktest.NewCable("a0", "b0"), linktest.NewCable("a1", "b1")
	a, err := bond.New(bond.Config{Name: "a", Rate: bond.RateFast}, first.A, second.A)
	if err != nil {
		log.Fatal(err)
	}
	defer a.Close()
	b, err := bond.New(bond.Config{Name: "b", Rate: bond.RateFast, Passive: true}, first.B, second.B)
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, end := range []*bond.Bond{a, b} {
		if err := end.WaitReady(ctx); err != nil {
			log.Fatal(err)
		}
	}
	frame := []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x88\xb5hello from a")
	if err := a.Send(frame); err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 1514)
	n, err := b.Receive(buf)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", buf[14:n])
	// Output: hello from a
}

// A bond of two interfaces gives the host the interface bond0. It needs root, or the
// capabilities NET_ADMIN and NET_RAW.
func ExampleOpen() {
	b, err := bond.Open(bond.OpenConfig{
		Config:     bond.Config{Name: "bond0", MTU: 9000},
		Interfaces: []string{"eth0", "eth1"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close() // restores the interfaces
	for e := range b.Watch(context.Background()) {
		fmt.Println(e)
	}
}

// The second member gets three times as many flows as the first.
func ExampleBond_Set() {
	cable, other := linktest.NewCable("m0", "far0"), linktest.NewCable("m1", "far1")
	b, err := bond.New(bond.Config{Mode: bond.ModeLoadBalance}, cable.A, other.A)
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close()
	if err := b.Set(func(c *bond.Config) { c.Weights = map[string]uint16{"m1": 3} }); err != nil {
		log.Fatal(err)
	}
	err = b.Set(func(c *bond.Config) { c.Weights = map[string]uint16{"m7": 3} })
	fmt.Println(err)
	// Output: bond: Weights is "m7", allowed: names of members: m0, m1
}
