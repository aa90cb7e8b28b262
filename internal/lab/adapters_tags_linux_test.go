package lab

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

// vlanTag is one VLAN tag of a frame.
type vlanTag struct{ tpid, id uint16 }

const (
	tpidC = 0x8100
	tpidS = 0x88a8
)

// taggedEnd is a hostEnd that passes frames on with their VLAN tag, which the kernel removes
// from the frames it gives to a packet socket.
type taggedEnd struct {
	*hostEnd
	raw syscall.RawConn
}

func newTaggedEnd(t testing.TB, ns *netlab.NS, name string) *taggedEnd {
	t.Helper()
	e := &taggedEnd{hostEnd: newHostEnd(t, ns, name)}
	raw, err := e.file.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	e.raw = raw
	var opt error
	if err := raw.Control(func(fd uintptr) {
		opt = unix.SetsockoptInt(int(fd), unix.SOL_PACKET, unix.PACKET_AUXDATA, 1)
	}); err != nil || opt != nil {
		t.Fatal(err, opt)
	}
	return e
}

func (e *taggedEnd) read(buf []byte) (int, error) {
	for {
		var n int
		var failed error
		err := e.raw.Read(func(fd uintptr) bool {
			n, failed = readTagged(int(fd), buf)
			return !errors.Is(failed, unix.EAGAIN)
		})
		if err = errors.Join(err, failed); err == nil || !isDown(err) {
			return n, err
		}
	}
}

// until calls see with each frame until a time, or until see returns false.
func (e *taggedEnd) until(end time.Time, see func(frame []byte) (more bool)) error {
	if err := e.file.SetReadDeadline(end); err != nil {
		return err
	}
	buf := make([]byte, 1<<16)
	for {
		n, err := e.read(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return err
		case !see(buf[:n]):
			return nil
		}
	}
}

// readTagged reads a frame with its tag.
func readTagged(fd int, buf []byte) (int, error) {
	const macs, tag = 12, 4
	var control [64]byte
	n, controlled, _, _, err := unix.Recvmsg(fd, buf[:len(buf)-tag], control[:], 0)
	if err != nil {
		return 0, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:controlled])
	if err != nil {
		return 0, err
	}
	for _, m := range messages {
		// struct tpacket_auxdata: status, lengths and offsets, then TCI and TPID.
		if m.Header.Level != unix.SOL_PACKET || m.Header.Type != unix.PACKET_AUXDATA || len(m.Data) < 20 || n < macs {
			continue
		}
		if binary.NativeEndian.Uint32(m.Data)&unix.TP_STATUS_VLAN_VALID == 0 {
			continue
		}
		copy(buf[macs+tag:], buf[macs:n])
		binary.BigEndian.PutUint16(buf[macs:], binary.NativeEndian.Uint16(m.Data[18:]))
		binary.BigEndian.PutUint16(buf[macs+2:], binary.NativeEndian.Uint16(m.Data[16:]))
		n += tag
	}
	return n, nil
}

// makeFrame makes a frame with tags, padded to Ethernet's minimum length.
func makeFrame(to, from []byte, tags []vlanTag, etherType uint16, payload []byte) []byte {
	f := slices.Concat(to, from)
	for _, tag := range tags {
		f = binary.BigEndian.AppendUint16(f, tag.tpid)
		f = binary.BigEndian.AppendUint16(f, tag.id)
	}
	f = binary.BigEndian.AppendUint16(f, etherType)
	f = append(f, payload...)
	return append(f, make([]byte, max(0, 60-len(f)))...)
}

// splitFrame returns the payload of a frame that has exactly these tags.
func splitFrame(f []byte, tags []vlanTag) (etherType uint16, payload []byte, ok bool) {
	at := 12
	for _, tag := range tags {
		if len(f) < at+4 || binary.BigEndian.Uint16(f[at:]) != tag.tpid || binary.BigEndian.Uint16(f[at+2:])&0xfff != tag.id {
			return 0, nil, false
		}
		at += 4
	}
	if len(f) < at+2 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint16(f[at:]), f[at+2:], true
}
