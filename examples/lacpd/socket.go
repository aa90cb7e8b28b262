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
	"strings"
	"sync"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

const defaultSocket = "/run/lagkit/lacpd.sock"

// maxSocketPath is the longest path of the socket. It leaves room in the 108 octets of a Unix
// address for the temporary path of the new socket.
const maxSocketPath = 85

// askTimeout limits the wait for an answer of the status socket.
const askTimeout = 5 * time.Second

// statusSocket is the Unix socket for lacpd's status. lacpd writes one JSON object to each
// client.
type statusSocket struct {
	path     string
	listener *net.UnixListener
	file     fs.FileInfo // of the socket, so that Close removes no other file
	close    sync.Once
	closeErr error
}

// listenStatus makes the socket with access for its owner only. It replaces a socket that has
// no listener.
func listenStatus(path string) (*statusSocket, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("-socket %s: allowed: a path of at most %d octets", path, maxSocketPath)
	}
	if err := checkSocketFree(path); err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
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
		return fmt.Errorf("socket %s: its directory belongs to another user: start lacpd as that user, or choose another -socket", path)
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("socket %s: another kind of file is there: remove it, or choose another -socket", path)
	}
	conn, err := net.DialTimeout("unix", path, askTimeout)
	switch {
	case err == nil:
		conn.Close()
		return fmt.Errorf("another lacpd is running and answers at %s: stop it, or give this one a -socket and a -state-dir of its own", path)
	case isStale(err):
		return nil
	}
	return fmt.Errorf("socket %s: can't find out whether another lacpd is running: %w", path, err)
}

// Limits for clients of the socket.
const (
	maxClients   = 16 // answered at the same time; others wait
	clientTime   = time.Second
	acceptFirst  = 5 * time.Millisecond // pause after a failed accept, doubled each time
	acceptLonger = time.Second
)

// serve answers clients until Close. If accept fails, for example because the process has no
// descriptor left, it logs that once and keeps trying.
func (s *statusSocket) serve(status func() view.Status, log *slog.Logger) {
	accept := func() (net.Conn, error) { return s.listener.Accept() }
	serve(accept, status, log)
}

func serve(accept func() (net.Conn, error), status func() view.Status, log *slog.Logger) {
	slots := make(chan struct{}, maxClients)
	pause, failing := time.Duration(0), false
	for {
		conn, err := accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			if !failing {
				log.Error("status socket does not accept clients, lacpd keeps trying", "error", err)
			}
			failing, pause = true, min(max(2*pause, acceptFirst), acceptLonger)
			time.Sleep(pause)
			continue
		case failing:
			log.Info("status socket accepts clients again")
			failing, pause = false, 0
		}
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			answer(conn, status)
		}()
	}
}

// answer writes the status. It gives up on a client that does not read within clientTime.
func answer(conn net.Conn, status func() view.Status) {
	defer conn.Close()
	v := status()
	if conn.SetDeadline(time.Now().Add(clientTime)) != nil {
		return
	}
	e := json.NewEncoder(conn)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // the client may be gone
}

// Close ends serve and removes the socket.
func (s *statusSocket) Close() error {
	s.close.Do(func() {
		s.closeErr = s.listener.Close()
		if now, err := os.Lstat(s.path); err == nil && os.SameFile(now, s.file) {
			s.closeErr = errors.Join(s.closeErr, os.Remove(s.path))
		}
	})
	return s.closeErr
}
