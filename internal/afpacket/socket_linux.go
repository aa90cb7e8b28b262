package afpacket

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// socketBuffer is the buffer size requested for data sockets. Large frames count with all
// their memory, and the default holds only a few of them.
const socketBuffer = 4 << 20

// packetSocket opens a raw packet socket that does not receive yet.
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

// setPacketOption sets an option that some kernels lack, and reports whether it succeeded.
func setPacketOption(fd, option int) bool {
	return unix.SetsockoptInt(fd, unix.SOL_PACKET, option, 1) == nil
}

// setBuffer requests a size beyond the limit for ordinary processes, then one within it.
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
	return st.Packets - st.Drops, st.Drops // Packets includes the dropped ones
}
