package control

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func socketPath(t *testing.T) string {
	t.Helper()
	// The name of the test's own directory may be too long for a socket.
	dir, err := os.MkdirTemp("", "lacpd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

func listen(t *testing.T, path string, group int) *Socket {
	t.Helper()
	s, err := Listen(path, group)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestListenReplacesAStaleSocketAndNothingElse(t *testing.T) {
	path := socketPath(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Listen(path, NoGroup)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path, NoGroup); err == nil || !strings.Contains(err.Error(), "another kind of file is there") {
		t.Errorf("a plain file: error %v, want a refusal", err)
	}
}

// TestLeftoversOfTheSocketAreSweptBOX44 checks that lacpd removes the leftovers of a lacpd that
// was killed while it made its socket.
func TestLeftoversOfTheSocketAreSweptBOX44(t *testing.T) {
	path := socketPath(t)
	left := filepath.Join(filepath.Dir(path), ".lacpd-"+filepath.Base(path)+"-123")
	other := filepath.Join(filepath.Dir(path), ".lacpd-other-123")
	for _, dir := range []string{left, other} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	listen(t, path, NoGroup)
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s still exists: %v", left, err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("%s, which belongs to another socket, is gone: %v", other, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 2 {
		t.Errorf("directory has %v, want the socket and %s: %v", entries, other, err)
	}
}

func TestTooLongPathIsRefused(t *testing.T) {
	_, err := Listen("/tmp/"+strings.Repeat("x", 90), NoGroup)
	if err == nil || !strings.Contains(err.Error(), "at most 85 octets") {
		t.Errorf("error is %v, want the longest path named", err)
	}
}
