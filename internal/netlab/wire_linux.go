package netlab

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"
)

// Wire is one end of a cable where a test itself sends and receives frames.
type Wire struct {
	conn *packet.Conn
	buf  []byte
}

// Wire opens an interface of the namespace, and closes it with the test. If the interface is
// up and its cable is plugged in, Wire waits until frames pass: the kernel takes a moment for
// that, and loses earlier frames.
func (n *NS) Wire(t testing.TB, name string) *Wire {
	t.Helper()
	ifi := n.Interface(t, name)
	if ifi.Flags&net.FlagUp != 0 {
		n.operational(t, name, time.Second)
	}
	w := &Wire{buf: make([]byte, 1<<17)}
	n.Must(t, func() (err error) {
		w.conn, err = packet.Listen(ifi, packet.Raw, unix.ETH_P_ALL, nil)
		return err
	})
	t.Cleanup(func() { _ = w.conn.Close() })
	return w
}

// sendPatience is how long Send waits for room.
const sendPatience = 5 * time.Second

// Send sends a frame, padded to Ethernet's minimum length. On a busy machine the kernel may
// have no room for it; Send then tries again for up to sendPatience.
func (w *Wire) Send(t testing.TB, frame []byte) {
	t.Helper()
	err := w.TrySend(frame)
	for end := time.Now().Add(sendPatience); errors.Is(err, unix.ENOBUFS) && time.Now().Before(end); {
		<-time.After(time.Millisecond)
		err = w.TrySend(frame)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TrySend is like Send but tries only once.
func (w *Wire) TrySend(frame []byte) error {
	if pad := 60 - len(frame); pad > 0 {
		frame = append(frame[:len(frame):len(frame)], make([]byte, pad)...)
	}
	to := &packet.Addr{HardwareAddr: frame[:6]}
	_, err := w.conn.WriteTo(frame, to)
	return err
}

// Read waits for the next frame in either direction. The frame is valid until the next call.
// Read returns an error when the Wire is closed.
func (w *Wire) Read() ([]byte, error) {
	n, _, err := w.conn.ReadFrom(w.buf)
	return w.buf[:max(n, 0)], err
}

// IgnoreOutgoing stops the Wire from receiving what the namespace sends there.
func (w *Wire) IgnoreOutgoing(t testing.TB) {
	t.Helper()
	raw, err := w.conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var opt error
	if err := raw.Control(func(fd uintptr) {
		opt = unix.SetsockoptInt(int(fd), unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)
	}); err != nil || opt != nil {
		t.Fatal(err, opt)
	}
}

// Close closes the Wire before the test ends.
func (w *Wire) Close() { _ = w.conn.Close() }

// Next returns the next frame, in either direction, that want accepts, or fails the test after
// a while. The frame is valid until the next call.
func (w *Wire) Next(t testing.TB, want func(frame []byte) bool) []byte {
	t.Helper()
	if err := w.conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		n, _, err := w.conn.ReadFrom(w.buf)
		if err != nil {
			t.Fatalf("waiting for a frame: %v", err)
		}
		if f := w.buf[:n]; want(f) {
			return f
		}
	}
}

// Until calls see with every frame, in either direction, until a time. The frame is valid
// until see returns.
func (w *Wire) Until(t testing.TB, end time.Time, see func(frame []byte)) {
	t.Helper()
	if err := w.conn.SetReadDeadline(end); err != nil {
		t.Fatal(err)
	}
	for {
		n, _, err := w.conn.ReadFrom(w.buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return
		case err != nil:
			t.Fatalf("reading frames: %v", err)
		}
		see(w.buf[:n])
	}
}
