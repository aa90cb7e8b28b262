package plane_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
)

// chip is a plane that programs a switch chip: the bond decides, and the chip carries the data.
type chip struct {
	host    plane.Host
	members map[link.Port]bool // whether they distribute
}

func (c *chip) Open(h plane.Host) error {
	c.host = h
	return nil
}

// Apply programs the chip with the members that distribute.
func (c *chip) Apply(p *plane.Plan) error {
	now := make(map[link.Port]bool)
	for _, m := range p.Members {
		if m.Port == nil {
			continue
		}
		now[m.Port] = m.Distributing
		if m.Distributing != c.members[m.Port] {
			fmt.Printf("%s carries data: %v\n", m.Port.Name(), m.Distributing)
		}
	}
	c.release(now)
	return nil
}

// release reports the members that are no longer used.
func (c *chip) release(now map[link.Port]bool) {
	for port := range c.members {
		if _, used := now[port]; !used {
			c.host.MemberReleased(port, plane.MemberCounters{})
		}
	}
	c.members = now
}

func (c *chip) Counters() plane.Counters                      { return plane.Counters{} }
func (c *chip) MemberCounters(link.Port) plane.MemberCounters { return plane.MemberCounters{} }

func (c *chip) Close() error {
	c.release(nil)
	return nil
}

// A plane of one's own. planetest.Test checks one that passes frames through this process.
func ExamplePlane() {
	b, err := bond.New(bond.Config{Mode: bond.ModeLoadBalance, Plane: new(chip)}, linktest.NewCable("port1", "far1").A)
	if err != nil {
		log.Fatal(err)
	}
	if err := b.WaitReady(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(b.Send(make([]byte, 60)))
	if err := b.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// port1 carries data: true
	// bond: the data plane does not pass frames through this process
	// port1 carries data: false
}
