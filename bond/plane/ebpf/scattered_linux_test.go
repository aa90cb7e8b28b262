package ebpf

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

// sendScattered sends a frame of more than a page by a packet socket. Only the first octets are
// in the first piece of the kernel's buffer.
func sendScattered(t *testing.T, ns *netlab.NS, name string, f []byte, first int) {
	t.Helper()
	index := ns.Index(t, name)
	ns.Must(t, func() error {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1); err != nil {
			return err
		}
		header := make([]byte, 10) // struct virtio_net_hdr
		binary.NativeEndian.PutUint16(header[2:], uint16(first))
		var to unix.SockaddrLinklayer
		to.Ifindex, to.Halen = index, 6
		copy(to.Addr[:], f[:6])
		return unix.Sendto(fd, append(header, f...), 0, &to)
	})
}
