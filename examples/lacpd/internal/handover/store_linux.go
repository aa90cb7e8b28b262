package handover

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A service manager such as systemd can keep descriptors from the end of a process to the start of
// the next (FileDescriptorStoreMax). The first one stored is a file with the offer.

// storedName is the name of a stored descriptor, before its number.
const storedName = "lagkit-"

// storeTime is how long the service manager may take.
const storeTime = 2 * time.Second

// ErrNoStore is returned without a service manager.
var ErrNoStore = errors.New("handover: no service manager (NOTIFY_SOCKET is not set)")

// HasStore reports whether a service manager started this process. Whether it keeps descriptors
// shows when it has them.
func HasStore() bool { return os.Getenv("NOTIFY_SOCKET") != "" }

// Store gives an offer and copies of the descriptors to the service manager, which passes them to
// the next process that it starts. It returns once the service manager has them. After an error it
// may keep some, which the next process finds incomplete.
func Store(o *Offer, files []int) error {
	m, err := dialManager()
	if err != nil {
		return err
	}
	defer m.Close()
	b, err := encode(o, len(files))
	if err != nil {
		return err
	}
	file, err := memoryFile(b)
	if err != nil {
		return err
	}
	defer unix.Close(file)
	for i, fd := range append([]int{file}, files...) {
		// Without FDPOLL=0 the manager drops a socket that reports an error, as one of an
		// interface that is down does.
		if err := m.send("FDSTORE=1\nFDPOLL=0\nFDNAME="+storedName+strconv.Itoa(i), fd); err != nil {
			return err
		}
	}
	return m.await()
}

// memoryFile returns a file in memory.
func memoryFile(b []byte) (fd int, err error) {
	if fd, err = unix.MemfdCreate("lagkit", unix.MFD_CLOEXEC); err != nil {
		return -1, fmt.Errorf("handover: %w", err)
	}
	for at := 0; at < len(b); {
		n, err := unix.Pwrite(fd, b[at:], int64(at))
		if err != nil {
			_ = unix.Close(fd)
			return -1, fmt.Errorf("handover: %w", err)
		}
		at += n
	}
	return fd, nil
}

// Stock is what the service manager has kept of the process before.
type Stock struct {
	Offer *Offer
	Files []int // close-on-exec; see Close
	names []int // all numbers, also without an offer
}

// Stored returns what the service manager has kept; nil if that is nothing. After an error the stock
// has no offer. Stored takes the environment for itself: a second call returns nil.
func Stored() (*Stock, error) {
	fds := listened(os.Getpid(), os.Getenv)
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(name) // fails only for bad names
	}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
	}
	if len(fds) == 0 {
		return nil, nil
	}
	s := &Stock{names: slices.Sorted(maps.Keys(fds))}
	for _, number := range s.names {
		if number > 0 {
			s.Files = append(s.Files, fds[number])
		}
	}
	file, found := fds[0]
	if !found {
		return s, errors.New("handover: the service manager has kept descriptors without their description")
	}
	defer unix.Close(file)
	o, n, err := readStored(file)
	if err == nil && (n != len(s.Files) || s.names[n] != n) {
		err = fmt.Errorf("handover: the service manager has kept %d of %d descriptors: raise FileDescriptorStoreMax", len(s.Files), n)
	}
	if err == nil {
		s.Offer = o
	}
	return s, err
}

// Close closes the descriptors, and makes the service manager forget them.
func (s *Stock) Close() error {
	CloseFiles(s.Files)
	s.Files = nil
	m, err := dialManager()
	if err != nil {
		return err
	}
	defer m.Close()
	for _, number := range s.names {
		if err := m.send("FDSTOREREMOVE=1\nFDNAME=" + storedName + strconv.Itoa(number)); err != nil {
			return err
		}
	}
	return m.await()
}

// listened returns our descriptors of those that were passed to a process, by number.
func listened(pid int, env func(string) string) map[int]int {
	const first = 3
	fds := make(map[int]int)
	if env("LISTEN_PID") != strconv.Itoa(pid) {
		return fds
	}
	n, err := strconv.Atoi(env("LISTEN_FDS"))
	if err != nil {
		return fds
	}
	for i, name := range strings.Split(env("LISTEN_FDNAMES"), ":") {
		number, ours := strings.CutPrefix(name, storedName)
		if at, err := strconv.Atoi(number); ours && err == nil && at >= 0 && at <= maxFiles && i < n {
			fds[at] = first + i
		}
	}
	return fds
}

// readStored reads an offer from a file.
func readStored(fd int) (o *Offer, files int, err error) {
	r := io.NewSectionReader(fileAt(fd), 0, headerLen+maxOffer)
	var head [headerLen]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, 0, fmt.Errorf("handover: read what was stored: %w", err)
	}
	h, err := decodeHeader(head[:])
	if err != nil {
		return nil, 0, err
	}
	b := make([]byte, h.Octets)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, 0, fmt.Errorf("handover: read what was stored: %w", err)
	}
	o, err = decode(b)
	return o, int(h.Files), err
}

// fileAt reads a descriptor without owning it.
type fileAt int

func (f fileAt) ReadAt(b []byte, at int64) (int, error) {
	n, err := unix.Pread(int(f), b, at)
	if err == nil && n < len(b) {
		err = io.EOF
	}
	return max(n, 0), err
}

// manager is the connection to the service manager.
type manager struct{ *net.UnixConn }

func dialManager() (*manager, error) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil, ErrNoStore
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("handover: service manager: %w", err)
	}
	if err := conn.SetDeadline(time.Now().Add(storeTime)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &manager{conn}, nil
}

// send sends a message with descriptors.
func (m *manager) send(text string, fds ...int) error {
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	raw, err := m.SyscallConn()
	if err != nil {
		return err
	}
	// WriteMsgUnix refuses a connected datagram socket.
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		failed = unix.Sendmsg(int(fd), []byte(text), oob, nil, 0)
		return failed != unix.EAGAIN
	})
	if err := errors.Join(err, failed); err != nil {
		return fmt.Errorf("handover: service manager: %w", err)
	}
	return nil
}

// await waits until the manager has read all messages: it then closes the descriptor that it gets
// with the last one.
func (m *manager) await() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read
	raw, err := w.SyscallConn()
	if err == nil {
		var failed error
		err = raw.Control(func(fd uintptr) { failed = m.send("BARRIER=1", int(fd)) })
		err = errors.Join(err, failed)
	}
	if err := errors.Join(err, w.Close(), r.SetReadDeadline(time.Now().Add(storeTime))); err != nil {
		return err
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("handover: the service manager does not answer: %w", err)
	}
	return nil
}
