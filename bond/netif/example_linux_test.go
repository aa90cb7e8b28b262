package netif_test

import (
	"fmt"
	"log"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/bond/plane"
)

// A program watches a link by LACP while the host goes on using the interface: nothing on it is
// changed. It needs the capability NET_RAW alone.
func ExampleOpenPort() {
	port, err := netif.OpenPort(netif.PortConfig{Name: "eth0"})
	if err != nil {
		log.Fatal(err)
	}
	b, err := bond.New(bond.Config{Plane: new(plane.None)}, port)
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close()
	fmt.Println(b.Status().Members[0].Reason)
}

// A member of a bond that the program puts together itself. Close restores the interface.
func ExampleOpenLink() {
	l, err := netif.OpenLink(netif.Config{Name: "eth0", MTU: 9000})
	if err != nil {
		log.Fatal(err)
	}
	b, err := bond.New(bond.Config{}, l)
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close()
}
