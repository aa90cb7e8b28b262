package ethtool

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// SetSpeed sets an interface's speed in Mb/s, 0 for unknown, and full duplex. Only
// interfaces without a wire, such as TAP devices, take any speed.
func SetSpeed(fd int, name string, mbps uint32) error {
	var s linkSettings
	var req ethtoolReq
	req.setName(name)
	req.data = unsafe.Pointer(&s)
	// The first call only negotiates the length of the kernel's masks.
	s.cmd = unix.ETHTOOL_GLINKSETTINGS
	if errno := req.ioctl(fd); errno != 0 {
		return errno
	}
	if s.maskWords >= 0 {
		return unix.EOPNOTSUPP
	}
	s = linkSettings{cmd: unix.ETHTOOL_GLINKSETTINGS, maskWords: -s.maskWords}
	if errno := req.ioctl(fd); errno != 0 {
		return errno
	}
	s.cmd = unix.ETHTOOL_SLINKSETTINGS
	s.speed, s.duplex = mbps, duplexFull
	if mbps == 0 {
		s.speed = ^uint32(0) // SPEED_UNKNOWN
	}
	if errno := req.ioctl(fd); errno != 0 {
		return errno
	}
	return nil
}
