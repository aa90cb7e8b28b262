package afpacket

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// socketBuffer is asked for on data sockets: large frames count with all their
// memory, and the default holds a handful of them.
const socketBuffer = 4 << 20

// packetSocket opens a raw packet socket that receives nothing yet.
func packetSocket() (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("open packet socket: %w", err)
	}
	return fd, nil
}

func bindPacket(fd int, index int32, protocol uint16) error {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], protocol)
	return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: binary.NativeEndian.Uint16(b[:]), Ifindex: int(index)})
}

// setPacketOption sets an option some kernels lack and says whether it took.
func setPacketOption(fd, option int) bool {
	return unix.SetsockoptInt(fd, unix.SOL_PACKET, option, 1) == nil
}

// setBuffer asks for more than an ordinary process may have, then for what it may.
func setBuffer(fd, force, option int) {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, force, socketBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, socketBuffer)
	}
}

// socketStats returns how many frames the kernel has queued, and how many it has
// dropped, since the last call.
func socketStats(fd int) (queued, dropped uint32) {
	st, err := unix.GetsockoptTpacketStats(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0, 0
	}
	return st.Packets - st.Drops, st.Drops // the kernel counts those it drops in both
}
