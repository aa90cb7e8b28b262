package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// DefaultSocket is where lacpd listens and its commands ask.
const DefaultSocket = "/run/lagkit/lacpd.sock"

// maxSocketPath is the longest path of the socket. It leaves room in the 108 octets of a Unix
// address for the temporary path of the new socket.
const maxSocketPath = 85

// ErrInUse is returned by [Listen] if a program answers at the path.
var ErrInUse = errors.New("a program answers there: stop it, or choose another path")

// Socket is the listening Unix socket.
type Socket struct {
	path     string
	group    int
	listener *net.UnixListener
	file     fs.FileInfo // of the socket, so that Close removes no other file
	close    sync.Once
	closeErr error
}

// Listen makes the socket. Its owner has access, and so has the group unless that is NoGroup.
// It replaces a socket that has no listener. The error is [ErrInUse] if there is one.
func Listen(path string, group int) (*Socket, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("socket %s: allowed: a path of at most %d octets", path, maxSocketPath)
	}
	if err := checkSocketFree(path); err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := makeDir(dir, group); err != nil {
		return nil, err
	}
	// The socket is made in a directory that only its owner can enter, and then moved to path.
	// So it is never open to others, and it replaces a stale socket in one step.
	temporary := ".lacpd-" + filepath.Base(path) + "-"
	sweep(dir, temporary)
	private, err := os.MkdirTemp(dir, temporary)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(private) }() // the next start sweeps what is left
	made := filepath.Join(private, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	s := &Socket{path: path, group: group, listener: l}
	if err = share(made, 0o600, group); err == nil {
		if s.file, err = os.Lstat(made); err == nil {
			err = os.Rename(made, path)
		}
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return s, nil
}

// makeDir makes the directory of the socket if it does not exist, for the owner and the group.
func makeDir(dir string, group int) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return share(dir, 0o700, group)
}

// share sets the mode of a file and gives the group what the owner may do, but not to write to
// a directory.
func share(name string, mode fs.FileMode, group int) error {
	if group == NoGroup {
		return os.Chmod(name, mode)
	}
	// The unit of systemd forbids chown, and its own group needs none.
	if info, err := os.Lstat(name); err != nil || !belongsTo(info, group) {
		if err := os.Chown(name, -1, group); err != nil {
			return fmt.Errorf("socket for group %d: %w", group, err)
		}
	}
	if mode&0o100 != 0 {
		return os.Chmod(name, mode|0o050)
	}
	return os.Chmod(name, mode|0o060)
}

// sweep removes the leftovers of a lacpd that was killed while it made its socket.
func sweep(dir, prefix string) {
	entries, _ := os.ReadDir(dir) // an unreadable directory can't be swept
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), prefix) {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// checkSocketFree refuses a path if a live lacpd answers there, or if it is not a socket.
func checkSocketFree(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("socket %s: its directory belongs to another user: start lacpd as that user, or choose another path", path)
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("socket %s: another kind of file is there: remove it, or choose another path", path)
	}
	used, err := answers(path)
	switch {
	case err != nil:
		return fmt.Errorf("socket %s: can't find out whether another lacpd is running: %w", path, err)
	case used:
		return fmt.Errorf("socket %s: %w", path, ErrInUse)
	}
	return nil
}

// Accept waits for the next client. With Addr and Close it makes a Socket a net.Listener.
func (s *Socket) Accept() (net.Conn, error) { return s.listener.Accept() }

// Addr returns the path of the socket.
func (s *Socket) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// Leave ends the server and leaves the socket to the process that has adopted it.
func (s *Socket) Leave() error {
	s.close.Do(func() { s.closeErr = s.listener.Close() })
	return s.closeErr
}

// Close ends the server and removes the socket.
func (s *Socket) Close() error {
	s.close.Do(func() {
		s.closeErr = s.listener.Close()
		if now, err := os.Lstat(s.path); err == nil && os.SameFile(now, s.file) {
			s.closeErr = errors.Join(s.closeErr, os.Remove(s.path))
		}
	})
	return s.closeErr
}
