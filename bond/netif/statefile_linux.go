package netif

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// maxStateFile is the length of the longest file that is read from the state directory.
const maxStateFile = 64 << 10

// readFile reads a file of the state directory that this user has written. The error is
// [fs.ErrNotExist] if there is none.
func (s *stateStore) readFile(name string) ([]byte, error) {
	path := filepath.Join(s.dir, name)
	// A symbolic link leads elsewhere, and a fifo would hang.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, fmt.Errorf("%s: not a regular file", path)
	case st.Uid != uint32(os.Geteuid()) || st.Mode&0o022 != 0:
		return nil, fmt.Errorf("%s: another user can write it", path)
	case st.Size > maxStateFile:
		return nil, fmt.Errorf("%s: %d octets, at most %d", path, st.Size, maxStateFile)
	}
	return io.ReadAll(io.LimitReader(f, maxStateFile))
}

// writeFile writes a file of the state directory whole or not at all.
func (s *stateStore) writeFile(name string, b []byte) error {
	f, err := os.CreateTemp(s.dir, ".record-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func (s *stateStore) removeFile(name string) error {
	err := os.Remove(filepath.Join(s.dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
