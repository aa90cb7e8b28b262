package control

import (
	"errors"
	"io/fs"
	"net"
	"time"
)

// Answers reports whether a lacpd answers at path.
func Answers(path string) bool {
	used, err := answers(path)
	return used && err == nil
}

// answers reports whether a program listens at path. A program that was just being started may hold
// a copy of a listener whose owner has ended. Connections to it are reset once the copy is closed,
// so they say nothing yet.
func answers(path string) (bool, error) {
	deadline := time.Now().Add(askTimeout)
	for {
		conn, err := net.DialTimeout("unix", path, askTimeout)
		switch {
		case isStale(err) || errors.Is(err, fs.ErrNotExist):
			return false, nil
		case err != nil:
			return false, err
		}
		if !closedUnheard(conn.(*net.UnixConn), deadline) {
			return true, nil
		}
	}
}

// closedUnheard reports whether a connection ended because nothing accepts it any more. It closes it.
// What else it hears, or nothing until the deadline, is the work of a program that listens.
func closedUnheard(conn *net.UnixConn, deadline time.Time) bool {
	defer conn.Close()
	if conn.CloseWrite() != nil || conn.SetReadDeadline(deadline) != nil {
		return false
	}
	_, err := conn.Read(make([]byte, 1))
	return isReset(err)
}
