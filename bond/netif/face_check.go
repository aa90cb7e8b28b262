package netif

import (
	"fmt"
	"net"
	"strconv"

	"github.com/lagkit/lagkit/bond/link"
)

// defaultMTU is Ethernet's.
const defaultMTU = 1500

// The MTUs that devices have. That of a TAP device is lower than the greatest of the kernel's.
const (
	minDeviceMTU = 68
	maxDeviceMTU = 65535
	maxTAPMTU    = 65521
)

// maxNameLen is the length of the longest name of an interface, in octets.
const maxNameLen = 15

// checkFace refuses a name, a MAC address (nil: none yet) and a MTU that no device of the kernel
// can have.
func checkFace(name string, addr net.HardwareAddr, mtu, maxMTU int) error {
	if name == "" || len(name) > maxNameLen {
		return &link.Error{Name: name, Op: "make", Field: "Name", Value: strconv.Quote(name), Allowed: "1 to 15 octets"}
	}
	if err := checkAddr(name, "make", addr); addr != nil && err != nil {
		return err
	}
	return checkMTU(name, "make", mtu, maxMTU)
}

func checkAddr(name, op string, addr net.HardwareAddr) error {
	if link.IsIndividual(addr) {
		return nil
	}
	return &link.Error{Name: name, Op: op, Field: "HardwareAddr", Value: strconv.Quote(addr.String()),
		Allowed: "6 octets, neither a group address nor zero"}
}

func checkMTU(name, op string, mtu, most int) error {
	if mtu >= minDeviceMTU && mtu <= most {
		return nil
	}
	return &link.Error{Name: name, Op: op, Field: "MTU", Value: strconv.Itoa(mtu), Allowed: fmt.Sprintf("%d to %d", minDeviceMTU, most)}
}
