package control

import (
	"errors"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCopyOfAListenerIsNoAnswer checks that a copy of a listener, which a program that is being
// started holds for a moment, does not count as a lacpd that answers.
func TestCopyOfAListenerIsNoAnswer(t *testing.T) {
	path := socketPath(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	copied, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- errors.Join(awaitClient(copied), copied.Close()) }()
	if s, err := Listen(path, NoGroup); err != nil {
		t.Errorf("while a copy of the old listener was open: %v", err)
	} else if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// awaitClient waits until a client has connected to a listener.
func awaitClient(l *os.File) error {
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(l.Fd()), Events: unix.POLLIN}}, 60_000)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err == nil && n == 0:
			return errors.New("no client within a minute")
		}
		return err
	}
}

func TestListenerThatIsBusyAnswers(t *testing.T) {
	path := socketPath(t)
	s := listen(t, path, NoGroup)
	go func() {
		if conn, err := s.Accept(); err == nil {
			_ = conn.Close() // without a word
		}
	}()
	if _, err := Listen(path, NoGroup); !errors.Is(err, ErrInUse) {
		t.Errorf("a second listener: %v, want %v", err, ErrInUse)
	}
}
