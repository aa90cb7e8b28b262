//go:build unix

package privilege

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// CheckOwner returns an error if a user other than root, the one of lacpd and the one who started
// this process with sudo can change a file: by its owner or mode, or by those of its directory,
// where a file can be replaced. In a directory with the sticky bit, such as /tmp, only the owner of
// a file can do that. Of a symbolic link it checks the directory and the file that it leads to.
func CheckOwner(name string, user int) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	for _, path := range []string{target, filepath.Dir(target), filepath.Dir(name)} {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if err := trusted(path, info, user, info.IsDir() && info.Mode()&os.ModeSticky != 0); err != nil {
			return err
		}
	}
	return nil
}

// trusted returns why others can change a file or directory. Others may write to a shared
// directory.
func trusted(name string, info os.FileInfo, user int, shared bool) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil // a system without owners
	}
	if st.Uid != 0 && int(st.Uid) != user && strconv.Itoa(int(st.Uid)) != sudoUser() {
		return fmt.Errorf("%s belongs to user %d, who could change it: allowed: a file of root or user %d (chown)", name, st.Uid, user)
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 && !shared {
		return fmt.Errorf("%s has mode %#o, so that others could change it: allowed: one that only its owner can write (chmod go-w)", name, mode)
	}
	return nil
}

// Owner returns the user that a file belongs to. ok is false without such a file.
func Owner(name string) (user int, ok bool) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// sudoUser returns the number of the user who started the process as root with sudo, or "".
func sudoUser() string {
	if os.Geteuid() != 0 {
		return ""
	}
	return os.Getenv("SUDO_UID")
}
