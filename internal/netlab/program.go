package netlab

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BuildCommand returns the command that builds the program in a folder to a file, whatever
// module of this repository the folder belongs to.
func BuildCommand(folder, file string, flags ...string) *exec.Cmd {
	args := append([]string{"build", "-C", folder, "-o", file}, flags...)
	return exec.Command("go", append(args, ".")...)
}

// NeedFolder skips a test without a folder of another module: the zip of the module that
// the test belongs to does not have it.
func NeedFolder(t testing.TB, folder string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(folder, "go.mod")); err != nil {
		t.Skipf("needs a clone of the repository: %v", err)
	}
}
