package team_test

import (
	"errors"
	"log"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/bond/plane/team"
)

// A bond whose frames the kernel's team driver carries. It needs root.
func Example() {
	device, err := team.OpenDevice(team.DeviceConfig{Name: "bond0"})
	if errors.Is(err, errors.ErrUnsupported) {
		log.Fatal("the kernel has no team driver: use the plane of package user")
	}
	if err != nil {
		log.Fatal(err)
	}
	var ports []link.Port
	for _, name := range []string{"eth1", "eth2"} {
		p, err := netif.OpenPort(netif.PortConfig{Name: name})
		if err != nil {
			log.Fatal(err)
		}
		ports = append(ports, p)
	}
	b, err := bond.New(bond.Config{
		Name: "bond0", Mode: bond.ModeLACP, HardwareAddr: device.HardwareAddr(),
		Device: device, Plane: team.New(),
	}, ports...)
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close() // removes the device; the ports are as before
	select {}
}
