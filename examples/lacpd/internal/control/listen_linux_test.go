package control

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestSocketIsOpenToItsOwnerAndTheGroup(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("gives files to another group, which needs root")
	}
	for _, tt := range []struct {
		group     int
		file, dir os.FileMode
	}{
		{NoGroup, 0o600, 0o700},
		{12345, 0o660, 0o750},
	} {
		path := filepath.Join(filepath.Dir(socketPath(t)), "made", "s")
		listen(t, path, tt.group)
		for name, want := range map[string]os.FileMode{path: tt.file, filepath.Dir(path): tt.dir} {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("group %d: mode of %s is %v, want %v", tt.group, name, got, want)
			}
			if got := info.Sys().(*syscall.Stat_t).Gid; tt.group != NoGroup && int(got) != tt.group {
				t.Errorf("group of %s is %d, want %d", name, got, tt.group)
			}
		}
	}
}
