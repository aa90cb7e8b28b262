package control

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Hand returns a copy of the listener's descriptor, which another process gives to Adopt.
func (s *Socket) Hand() (fd int, err error) {
	raw, err := s.listener.SyscallConn()
	if err != nil {
		return -1, err
	}
	var failed error
	err = raw.Control(func(own uintptr) { fd, failed = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 3) })
	return fd, errors.Join(err, failed)
}

// Adopt returns the socket of another process, by a copy of the descriptor that Hand has returned
// there. The path and the group are those of that process.
func Adopt(path string, group, fd int) (*Socket, error) {
	fd, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), path)
	l, err := net.FileListener(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	u, ok := l.(*net.UnixListener)
	if !ok {
		return nil, errors.Join(fmt.Errorf("socket %s: %s is no Unix socket", path, l.Addr()), l.Close())
	}
	u.SetUnlinkOnClose(false)
	s := &Socket{path: path, group: group, listener: u}
	if s.file, err = os.Lstat(path); err != nil {
		return nil, errors.Join(err, u.Close())
	}
	return s, nil
}
