package bpf

import (
	"encoding/binary"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

const (
	// MaxControlFrame bounds what the kernel hands over of a slow-protocols
	// frame: 802.3 allows no more than a full untagged frame.
	MaxControlFrame = 1514

	// Offsets of the classic filter's ancillary data (linux/filter.h).
	bpfAncillary  = 0xfffff000 // SKF_AD_OFF
	bpfPacketType = bpfAncillary + 4
	bpfVLANTag    = bpfAncillary + 44

	tcActOK   = 0
	tcActShot = 2
)

func stmt(code uint16, k uint32) unix.SockFilter {
	return unix.SockFilter{Code: code, K: k}
}

func jump(code uint16, k uint32, jt, jf uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | code | unix.BPF_K, K: k, Jt: jt, Jf: jf}
}

const (
	loadHalf = unix.BPF_LD | unix.BPF_H | unix.BPF_ABS
	loadWord = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	verdict  = unix.BPF_RET | unix.BPF_K
)

// Control accepts slow-protocols frames that came from outside.
var Control = []unix.SockFilter{
	stmt(loadWord, bpfPacketType),
	jump(unix.BPF_JEQ, unix.PACKET_OUTGOING, 3, 0),
	stmt(loadHalf, 12),
	jump(unix.BPF_JEQ, link.EtherTypeSlow, 0, 1),
	stmt(verdict, MaxControlFrame),
	stmt(verdict, 0),
}

func Attach(fd int, filter []unix.SockFilter) error {
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog)
	runtime.KeepAlive(filter)
	return err
}

// Bytes is a program as rtnetlink carries it.
func Bytes(filter []unix.SockFilter) []byte {
	b := make([]byte, 0, len(filter)*int(unsafe.Sizeof(filter[0])))
	for _, f := range filter {
		b = binary.NativeEndian.AppendUint16(b, f.Code)
		b = append(b, f.Jt, f.Jf)
		b = binary.NativeEndian.AppendUint32(b, f.K)
	}
	return b
}
