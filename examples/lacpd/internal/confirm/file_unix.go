//go:build unix

package confirm

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// own gives f the owner and group of another file. A process that may not change them, such as
// lacpd as an ordinary user, keeps f as its own.
func own(f *os.File, as fs.FileInfo) error {
	want, ok := as.Sys().(*syscall.Stat_t)
	info, err := f.Stat()
	if err != nil || !ok {
		return err
	}
	if have, ok := info.Sys().(*syscall.Stat_t); ok && have.Uid == want.Uid && have.Gid == want.Gid {
		return nil
	}
	if err := f.Chown(int(want.Uid), int(want.Gid)); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// syncDir makes a rename in a directory survive a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}
