package confirm

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func newFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bonds.yaml")
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return file
}

func wantText(t *testing.T, file, want string) {
	t.Helper()
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("file has %q, %v, want %q", got, err, want)
	}
}

func wantAlone(t *testing.T, file string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 1 {
		t.Errorf("directory has %v, %v, want the file alone", entries, err)
	}
}

func prepare(t *testing.T, file, text string) *Change {
	t.Helper()
	c, err := Prepare(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFileChangesOnlyOnceKept(t *testing.T) {
	file := newFile(t, "old")
	c := prepare(t, file, "new")
	wantText(t, file, "old")
	if err := c.Keep(); err != nil {
		t.Fatal(err)
	}
	wantText(t, file, "new")
	wantAlone(t, file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode is %v, %v, want that of the old file, 0640", info.Mode(), err)
	}
}

func TestDroppedTextIsForgotten(t *testing.T) {
	file := newFile(t, "old")
	if err := prepare(t, file, "new").Drop(); err != nil {
		t.Fatal(err)
	}
	wantText(t, file, "old")
	wantAlone(t, file)
}

func TestSweepUndoesAChangeThatWasNotKept(t *testing.T) {
	file := newFile(t, "old")
	if at, err := Sweep(file); err != nil || !at.IsZero() {
		t.Errorf("Sweep() = %v, %v without a change, want zero", at, err)
	}
	before := time.Now().Add(-time.Minute)
	prepare(t, file, "new")
	if at, err := Sweep(file); err != nil || at.Before(before) {
		t.Errorf("Sweep() = %v, %v, want when the text was written", at, err)
	}
	wantText(t, file, "old")
	wantAlone(t, file)
}

// TestKeepDoesNotUndoTheChangeOfAnother checks that a file that was edited meanwhile stays.
func TestKeepDoesNotUndoTheChangeOfAnother(t *testing.T) {
	file := newFile(t, "old")
	c := prepare(t, file, "new")
	if err := os.WriteFile(file, []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Keep(); !errors.Is(err, ErrChanged) {
		t.Errorf("Keep() = %v, want ErrChanged", err)
	}
	wantText(t, file, "edited")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := c.Keep(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Keep() of a removed file = %v, want that it is gone", err)
	}
}

// TestLinkStaysALink checks that the file that a symbolic link leads to is replaced.
func TestLinkStaysALink(t *testing.T) {
	file := newFile(t, "old")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(file, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := prepare(t, link, "new").Keep(); err != nil {
		t.Fatal(err)
	}
	wantText(t, file, "new")
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is %v, %v, want a link", info, err)
	}
}

func TestPrepareFailsWhereItCantWrite(t *testing.T) {
	if c, err := Prepare(filepath.Join(t.TempDir(), "no", "bonds.yaml"), nil); err == nil {
		t.Errorf("Prepare() = %+v, want an error", c)
	}
}

func TestFileThatDoesNotExistIsMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bonds.yaml")
	if err := prepare(t, file, "new").Keep(); err != nil {
		t.Fatal(err)
	}
	wantText(t, file, "new")
}
