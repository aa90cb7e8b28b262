//go:build !linux

package main

import "net"

// hardwareType goes by the length of the address: these systems do not tell the type.
func hardwareType(ifi *net.Interface) (int, error) {
	if len(ifi.HardwareAddr) == 6 {
		return ethernet, nil
	}
	return 0, nil
}
