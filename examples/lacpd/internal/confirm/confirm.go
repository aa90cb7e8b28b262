// Package confirm replaces a file in two steps, so that a change can be tried before it is kept.
// [Prepare] writes the new text next to the file, [Change.Keep] puts it in the file's place in one
// step, and [Change.Drop] forgets it.
//
// A process or a machine that stops at any moment leaves the old file or the new one, whole. The
// new text waits in the file's own directory, so it survives a reboot where the file does, and
// Keep needs no more space or permission than Prepare. After a restart, [Sweep] removes a text
// that was not kept: the change has been undone.
package confirm

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrChanged is returned by [Change.Keep] if another program has changed the file meanwhile.
var ErrChanged = errors.New("the file was changed by another program meanwhile")

// Change is a new text for a file that is not in its place yet.
type Change struct {
	file   string // with symbolic links resolved
	waits  string // where the new text is
	before []byte // the text of the file; nil: it did not exist
}

// waiting returns the file, with symbolic links resolved, and where its new text waits.
func waiting(file string) (resolved, waits string, err error) {
	resolved, err = filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		resolved, err = filepath.Clean(file), nil
	}
	return resolved, filepath.Join(filepath.Dir(resolved), "."+filepath.Base(resolved)+".pending"), err
}

// Prepare writes a new text for a file next to it, with the owner and mode of the file. It
// replaces the text of an earlier change that was neither kept nor dropped.
func Prepare(file string, text []byte) (*Change, error) {
	resolved, waits, err := waiting(file)
	if err != nil {
		return nil, err
	}
	c := &Change{file: resolved, waits: waits}
	if c.before, err = os.ReadFile(resolved); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := c.write(text); err != nil {
		return nil, errors.Join(fmt.Errorf("new text not written next to the file: %w", err), c.Drop())
	}
	return c, nil
}

func (c *Change) write(text []byte) error {
	if err := c.Drop(); err != nil {
		return err
	}
	f, err := os.OpenFile(c.waits, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if info, e := os.Stat(c.file); e == nil {
		err = errors.Join(err, own(f, info), f.Chmod(info.Mode().Perm()))
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// Keep puts the new text in the place of the file. It returns [ErrChanged], and changes nothing,
// if the file is not what it was.
func (c *Change) Keep() error {
	now, err := os.ReadFile(c.file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.before == nil:
	case err != nil:
		return err
	case !bytes.Equal(now, c.before):
		return fmt.Errorf("%s: %w", c.file, ErrChanged)
	}
	if err := os.Rename(c.waits, c.file); err != nil {
		return err
	}
	return syncDir(filepath.Dir(c.file))
}

// Drop forgets the new text.
func (c *Change) Drop() error {
	if err := os.Remove(c.waits); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Sweep removes the new text of a change that was neither kept nor dropped before the last end
// of the program. It returns when the text was written; zero: there was no change.
func Sweep(file string) (at time.Time, err error) {
	_, waits, err := waiting(file)
	if err != nil {
		return at, err
	}
	info, err := os.Lstat(waits)
	if errors.Is(err, fs.ErrNotExist) {
		return at, nil
	}
	if err != nil {
		return at, err
	}
	return info.ModTime(), os.Remove(waits)
}
