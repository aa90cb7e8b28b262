package ebpf_test

import (
	"log"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/bond/plane/ebpf"
)

// A bond whose frames the kernel carries. It needs root, and interfaces that are up.
func Example() {
	if err := ebpf.Check(); err != nil {
		log.Fatal(err) // such as a kernel before 5.8: use the plane of package user
	}
	var ports []link.Port
	for _, name := range []string{"eth1", "eth2"} {
		p, err := netif.OpenPort(netif.PortConfig{Name: name})
		if err != nil {
			log.Fatal(err)
		}
		ports = append(ports, p)
	}
	device, err := ebpf.OpenDevice(ebpf.DeviceConfig{Name: "bond0"})
	if err != nil {
		log.Fatal(err)
	}
	b, err := bond.New(bond.Config{
		Name: "bond0", Mode: bond.ModeLACP, HardwareAddr: device.HardwareAddr(),
		Device: device, Plane: ebpf.New(ebpf.Config{Pins: ebpf.DefaultPins}),
	}, ports...)
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close() // removes the device and the programs
	select {}
}
