package main

import (
	"encoding/binary"
	"net"
	"syscall"
)

// hardwareType asks rtnetlink: unlike /sys it always speaks of the network
// namespace the process is in.
func hardwareType(ifi *net.Interface) (int, error) {
	b, err := syscall.NetlinkRIB(syscall.RTM_GETLINK, syscall.AF_UNSPEC)
	if err != nil {
		return 0, err
	}
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil {
		return 0, err
	}
	for _, m := range messages {
		if m.Header.Type != syscall.RTM_NEWLINK || len(m.Data) < syscall.SizeofIfInfomsg {
			continue
		}
		typ := int(binary.NativeEndian.Uint16(m.Data[2:]))
		index := int(binary.NativeEndian.Uint32(m.Data[4:]))
		if index == ifi.Index {
			return typ, nil
		}
	}
	return 0, errNoInterface
}
