package bpf

import (
	"encoding/binary"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// packetType is the offset that a program loads a frame's packet type from (linux/filter.h).
const packetType = 0xfffff000 + 4 // SKF_AD_OFF + SKF_AD_PKTTYPE

const (
	loadByte = unix.BPF_LD | unix.BPF_B | unix.BPF_ABS
	loadHalf = unix.BPF_LD | unix.BPF_H | unix.BPF_ABS
	loadWord = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
)

// The targets of a jump: the next instruction, or a verdict, which assemble puts at the end of
// the program.
const (
	next   = 0
	accept = 255
	drop   = 254
	cut    = 253
)

// load loads the frame's data at an offset into the accumulator. A frame that is too short is
// dropped.
func load(size uint16, offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: size, K: offset}
}

// equal compares the accumulator with a value.
func equal(value uint32, then, otherwise uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: then, Jf: otherwise, K: value}
}

// assemble appends the values of the verdicts accept, drop and so on, and makes the jumps
// to them relative.
func assemble(prog []unix.SockFilter, verdicts ...uint32) []unix.SockFilter {
	for i := range prog {
		for _, to := range []*uint8{&prog[i].Jt, &prog[i].Jf} {
			if v := int(accept - *to); v < len(verdicts) {
				*to = uint8(len(prog) + v - i - 1)
			}
		}
	}
	for _, v := range verdicts {
		prog = append(prog, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: v})
	}
	return prog
}

// Attach makes a socket receive only frames that a program accepts.
func Attach(fd int, filter []unix.SockFilter) error {
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog)
	runtime.KeepAlive(filter)
	return err
}

// Bytes returns a program as rtnetlink carries it.
func Bytes(filter []unix.SockFilter) []byte {
	b := make([]byte, 0, len(filter)*int(unsafe.Sizeof(filter[0])))
	for _, f := range filter {
		b = binary.NativeEndian.AppendUint16(b, f.Code)
		b = append(b, f.Jt, f.Jf)
		b = binary.NativeEndian.AppendUint32(b, f.K)
	}
	return b
}
