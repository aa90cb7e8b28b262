package ethtool

import (
	"bytes"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/lacp"
)

// ethtoolReq is a struct ifreq that points at an ethtool command. It and its command stay in
// place, so that a poll costs one system call and no allocation.
type ethtoolReq struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [24]byte // the rest of the kernel's union
}

func (q *ethtoolReq) setName(name string) {
	clear(q.name[:])
	copy(q.name[:unix.IFNAMSIZ-1], name)
}

func (q *ethtoolReq) ioctl(fd int) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(q)))
	return errno
}

// CarrierPoll reads one interface's carrier with ETHTOOL_GLINK.
type CarrierPoll struct {
	req   ethtoolReq
	value struct{ cmd, data uint32 }
}

func NewCarrierPoll(name string) *CarrierPoll {
	p := new(CarrierPoll)
	p.req.setName(name)
	p.req.data = unsafe.Pointer(&p.value)
	return p
}

func (p *CarrierPoll) SetName(name string) { p.req.setName(name) }

// Carrier reports whether the link is up. ok is false if the driver can't tell or the
// interface is gone.
func (p *CarrierPoll) Carrier(fd int) (up, ok bool) {
	p.value.cmd, p.value.data = unix.ETHTOOL_GLINK, 0
	if p.req.ioctl(fd) != 0 {
		return false, false
	}
	return p.value.data != 0, true
}

// The kernel's values of ethtool_link_settings.duplex.
const (
	duplexHalf = 0
	duplexFull = 1
)

// linkSettings is struct ethtool_link_settings with room for the longest masks.
type linkSettings struct {
	cmd, speed uint32
	duplex     uint8
	_          [6]uint8
	maskWords  int8
	_          [4]uint8
	_          [7]uint32
	_          [3 * 127]uint32
}

// SpeedDuplex reads the speed in Mb/s, 0 if unknown, and the duplex mode.
func SpeedDuplex(fd int, name string) (uint32, lacp.Duplex) {
	var s linkSettings
	var req ethtoolReq
	req.setName(name)
	req.data = unsafe.Pointer(&s)
	// The first call only negotiates the length of the kernel's masks.
	s.cmd = unix.ETHTOOL_GLINKSETTINGS
	if req.ioctl(fd) != 0 || s.maskWords >= 0 {
		return 0, lacp.DuplexUnknown
	}
	words := -s.maskWords
	s = linkSettings{cmd: unix.ETHTOOL_GLINKSETTINGS, maskWords: words}
	if words <= 0 || req.ioctl(fd) != 0 {
		return 0, lacp.DuplexUnknown
	}
	speed := s.speed
	if int32(speed) == unix.SPEED_UNKNOWN {
		speed = 0
	}
	switch s.duplex {
	case duplexHalf:
		return speed, lacp.DuplexHalf
	case duplexFull:
		return speed, lacp.DuplexFull
	}
	return speed, lacp.DuplexUnknown
}

// SetOffload sets whether the host may hand large segments and unfinished checksums to an
// interface. The interface must be able to switch these features.
func SetOffload(fd int, name string, on bool) error {
	features := []uint32{unix.ETHTOOL_STXCSUM, unix.ETHTOOL_SSG, unix.ETHTOOL_STSO} // each needs those before it
	if !on {
		slices.Reverse(features)
	}
	for _, command := range features {
		value := struct{ cmd, data uint32 }{cmd: command}
		if on {
			value.data = 1
		}
		var req ethtoolReq
		req.setName(name)
		req.data = unsafe.Pointer(&value)
		if errno := req.ioctl(fd); errno != 0 {
			return errno
		}
	}
	return nil
}

// gsoFeatures are the features needed to send large frames. If one is missing, the kernel has
// to cut frames before the driver gets them.
var gsoFeatures = []string{
	"tx-tcp-segmentation", "tx-tcp6-segmentation", "tx-tcp-ecn-segmentation", "tx-udp-segmentation",
}

const (
	maxFeatures   = 256
	featureWords  = maxFeatures / 32
	gstringLen    = 32
	ethSSFeatures = 4
)

// HasGSO reports whether the interface takes every kind of large frame that a TAP device
// makes.
func HasGSO(fd int, name string) bool {
	var strs struct {
		cmd, set, n uint32
		data        [maxFeatures][gstringLen]byte
	}
	var info struct {
		cmd, _ uint32
		mask   uint64
		data   uint32
		_      uint32
	}
	var req ethtoolReq
	req.setName(name)
	req.data = unsafe.Pointer(&info)
	info.cmd, info.mask = unix.ETHTOOL_GSSET_INFO, 1<<ethSSFeatures
	if req.ioctl(fd) != 0 || info.mask == 0 || info.data == 0 || info.data > maxFeatures {
		return false
	}
	n := info.data
	strs.cmd, strs.set, strs.n = unix.ETHTOOL_GSTRINGS, ethSSFeatures, n
	req.data = unsafe.Pointer(&strs)
	if req.ioctl(fd) != 0 {
		return false
	}
	var feats struct {
		cmd, size uint32
		words     [featureWords]struct{ available, requested, active, neverChanged uint32 }
	}
	feats.cmd, feats.size = unix.ETHTOOL_GFEATURES, (n+31)/32
	req.data = unsafe.Pointer(&feats)
	if req.ioctl(fd) != 0 {
		return false
	}
	found := 0
	for i := range n {
		s := strs.data[i][:]
		if end := bytes.IndexByte(s, 0); end >= 0 {
			s = s[:end]
		}
		for _, want := range gsoFeatures {
			if string(s) == want {
				if feats.words[i/32].active&(1<<(i%32)) == 0 {
					return false
				}
				found++
			}
		}
	}
	return found == len(gsoFeatures)
}
