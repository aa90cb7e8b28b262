package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const defaultSocket = "/run/lagkit/lacpd.sock"

// maxSocketPath leaves room in the 108 octets of a Unix address for the name the
// socket is made under.
const maxSocketPath = 85

// askTimeout is how long an answer of the status socket may take.
const askTimeout = 5 * time.Second

// statusSocket is the Unix socket on which lacpd tells its status: it writes one
// JSON object to whoever connects.
type statusSocket struct {
	path     string
	listener *net.UnixListener
	file     fs.FileInfo // of the socket, to remove no other one
	close    sync.Once
	closeErr error
}

// listenStatus makes the socket, for its owner only. A socket nobody answers on
// is replaced.
func listenStatus(path string) (*statusSocket, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("socket %s: allowed: a path of at most %d octets", path, maxSocketPath)
	}
	if err := checkSocketFree(path); err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	// Made in a directory nobody else can enter and moved from there, it is never
	// open to others, and a stale one is replaced in one step.
	private, err := os.MkdirTemp(dir, ".lacpd")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	made := filepath.Join(private, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	s := &statusSocket{path: path, listener: l}
	if err = os.Chmod(made, 0o600); err == nil {
		if s.file, err = os.Lstat(made); err == nil {
			err = os.Rename(made, path)
		}
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return s, nil
}

// checkSocketFree refuses a path where a live lacpd answers, or something else stands.
func checkSocketFree(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("socket %s: a file of another kind is there", path)
	}
	conn, err := net.DialTimeout("unix", path, askTimeout)
	switch {
	case err == nil:
		conn.Close()
		return fmt.Errorf("socket %s: another lacpd is running and answers there", path)
	case nobodyListens(err):
		return nil
	}
	return fmt.Errorf("socket %s: can't tell whether another lacpd is running: %w", path, err)
}

// serve answers until Close.
func (s *statusSocket) serve(status func() statusView, log *slog.Logger) {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Error("status socket", "error", err)
			return
		}
		answer(conn, status())
	}
}

// answer writes the status. Clients are served one after the other; one that does
// not read must not hold up the rest for long.
func answer(conn net.Conn, v statusView) {
	defer conn.Close()
	if conn.SetWriteDeadline(time.Now().Add(time.Second)) != nil {
		return
	}
	e := json.NewEncoder(conn)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // a client that went away needs no answer
}

// Close ends serving and removes the socket.
func (s *statusSocket) Close() error {
	s.close.Do(func() {
		s.closeErr = s.listener.Close()
		if now, err := os.Lstat(s.path); err == nil && os.SameFile(now, s.file) {
			s.closeErr = errors.Join(s.closeErr, os.Remove(s.path))
		}
	})
	return s.closeErr
}
