//go:build unix

package privilege

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckOwnerRefusesFilesOthersCanChange checks owner and mode of a file and of its
// directory.
func TestCheckOwnerRefusesFilesOthersCanChange(t *testing.T) {
	t.Setenv("SUDO_UID", "4321")
	const own = -1
	for _, tt := range []struct {
		name       string
		file, dir  os.FileMode
		owner      int // of the file; changing it needs root
		dirOwner   int
		wantInText string // empty: accepted
	}{
		{"private", 0o600, 0o700, own, own, ""},
		{"readable", 0o644, 0o755, own, own, ""},
		{"group can write", 0o664, 0o755, own, own, "bonds.yaml has mode 0664"},
		{"all can write", 0o606, 0o755, own, own, "bonds.yaml has mode 0606"},
		{"directory of a group", 0o600, 0o775, own, own, "etc has mode 0775"},
		{"shared directory", 0o600, 0o777 | os.ModeSticky, own, own, ""},
		{"other owner", 0o600, 0o755, 1234, own, "bonds.yaml belongs to user 1234"},
		{"owner with sudo", 0o600, 0o755, 4321, 4321, ""},
		{"directory of another owner", 0o600, 0o755, own, 1234, "etc belongs to user 1234"},
		{"shared directory of another owner", 0o600, 0o777 | os.ModeSticky, own, 1234, "etc belongs to user 1234"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.owner+tt.dirOwner > 2*own && os.Getuid() != 0 {
				t.Skip("needs root, to change an owner")
			}
			dir := filepath.Join(t.TempDir(), "etc")
			file := filepath.Join(dir, "bonds.yaml")
			for _, err := range []error{os.Mkdir(dir, 0o700), os.WriteFile(file, nil, 0o600), os.Chmod(file, tt.file), os.Chmod(dir, tt.dir),
				os.Chown(file, tt.owner, own), os.Chown(dir, tt.dirOwner, own)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			got := ""
			if err := CheckOwner(file, os.Geteuid()); err != nil {
				got = err.Error()
			}
			if (got == "") != (tt.wantInText == "") || !strings.Contains(got, tt.wantInText) {
				t.Errorf("CheckOwner() = %q, want %q", got, tt.wantInText)
			}
		})
	}
	if err := CheckOwner(filepath.Join(t.TempDir(), "none"), os.Geteuid()); !os.IsNotExist(err) {
		t.Errorf("CheckOwner of no file = %v, want that it does not exist", err)
	}
}
