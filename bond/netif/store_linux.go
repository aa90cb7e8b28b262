package netif

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// stateStore is the directory of records. Every use of it holds a lock that also excludes
// other processes. It opens files by name inside the directory that was checked, and does not
// follow links.
type stateStore struct {
	dir string
	fd  int
}

const (
	maxRecord = 1 << 20 // octets
	maxAside  = 16      // files set aside

	defaultLockTimeout = 10 * time.Second
	// A file that is being made gets its final name within this time.
	makingTime = time.Minute

	recordSuffix    = ".json"
	asideSuffix     = ".bad"
	temporaryPrefix = ".record-"
)

// lockTimeout limits how long to wait for other processes. Tests change it.
var lockTimeout = defaultLockTimeout

var errNotOwned = errors.New("owner or mode lets another user write to it")

// openState opens and locks the directory, and creates it if necessary.
func openState(dir string) (_ *stateStore, err error) {
	if dir == "" {
		dir = DefaultStateDir
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	s := &stateStore{dir, fd}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: dir, Err: err}
	}
	if !trusted(&st) {
		return nil, &fs.PathError{Op: "use", Path: dir, Err: fmt.Errorf("%w: user %d, mode %#o", errNotOwned, st.Uid, st.Mode&0o7777)}
	}
	if err := s.lock(); err != nil {
		return nil, err
	}
	s.sweep(0, func(name string) bool { return strings.HasPrefix(name, temporaryPrefix) })
	return s, nil
}

// trusted reports whether only this user and root can have written to a file.
func trusted(st *unix.Stat_t) bool {
	return (st.Uid == 0 || st.Uid == uint32(os.Geteuid())) && st.Mode&0o022 == 0
}

// lock waits for other processes, but not for ever, because one may be stopped.
func (s *stateStore) lock() error {
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		err := unix.Flock(s.fd, unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR):
			return &fs.PathError{Op: "lock", Path: s.dir, Err: err}
		case time.Since(start) > lockTimeout:
			return &fs.PathError{Op: "lock", Path: s.dir, Err: fmt.Errorf("another process has held the lock for %s", lockTimeout)}
		}
	}
}

// close releases the lock.
func (s *stateStore) close() { _ = unix.Close(s.fd) }

// stateDirError returns the error of a takeover or a restore that can't use the directory.
func stateDirError(name, op, dir string, err error) *link.Error {
	if dir == "" {
		dir = DefaultStateDir
	}
	allowed := "a directory, not a symbolic link, that only root and the user of this process can write to"
	if errors.Is(err, fs.ErrPermission) && !errors.Is(err, errNotOwned) {
		allowed = "run as root, or with CAP_NET_ADMIN and CAP_NET_RAW and a state directory of your own"
	}
	return &link.Error{Name: name, Op: op, Field: "StateDir", Value: dir, Err: err, Allowed: allowed}
}

// names lists the files of the directory.
func (s *stateStore) names() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// sweep removes the files, and directories with their contents, whose names stale accepts and that
// are older than an age.
func (s *stateStore) sweep(age time.Duration, stale func(name string) bool) {
	names, _ := s.names()
	for _, name := range names {
		var st unix.Stat_t
		if !stale(name) || unix.Fstatat(s.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
			continue
		}
		if age == 0 || time.Since(time.Unix(st.Mtim.Unix())) > age {
			// A later start tries again to remove what remains.
			_ = os.RemoveAll(filepath.Join(s.dir, name))
		}
	}
}

// sweepTemporaries removes files that a killed process had not finished in the directory,
// including status sockets and saved protocol states.
func (s *stateStore) sweepTemporaries() {
	s.sweep(makingTime, func(name string) bool {
		return strings.HasPrefix(name, ".lacpd") || strings.HasSuffix(name, ".new")
	})
}

// recordKey returns the prefix of a namespace's records. It contains the cookie, which no
// other namespace has until the next boot, or the inode if the kernel has no cookies.
func recordKey(cookie, inode uint64) string {
	if cookie == 0 {
		return "inode" + strconv.FormatUint(inode, 10)
	}
	return strconv.FormatUint(cookie, 10)
}

// recordName returns the name of the record's file.
func recordName(r *record) string {
	return "member-" + recordKey(r.Cookie, r.Namespace) + "-" + strconv.Itoa(int(r.Index)) + recordSuffix
}

// isRecord reports whether a file has the name of a record of this version or of version 1.
func isRecord(name string) bool {
	if !strings.HasSuffix(name, recordSuffix) {
		return false
	}
	return strings.HasPrefix(name, "member-") || isFirstRecord(name)
}

// list returns the records. It leaves out and reports files that are not records.
func (s *stateStore) list() (records []*record, bad []*RecordError, err error) {
	names, err := s.names()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if !isRecord(name) {
			continue
		}
		r, err := s.read(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			bad = append(bad, &RecordError{Path: filepath.Join(s.dir, name), Err: err, keep: mayBeRecord(err)})
		default:
			records = append(records, r)
		}
	}
	return records, bad, nil
}

// mayBeRecord reports whether a file could not be read for a reason outside the file, or is a
// record of a later version, which may be in use.
func mayBeRecord(err error) bool {
	if errors.As(err, new(*versionError)) {
		return true
	}
	var errno unix.Errno
	return errors.As(err, &errno) && errno != unix.ELOOP && errno != unix.ENXIO
}

// read reads one record.
func (s *stateStore) read(name string) (*record, error) {
	b, err := s.readFile(name)
	if err != nil {
		return nil, err
	}
	r := new(record)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, err
	}
	r.file = name
	return r, r.check()
}

// readFile reads a file that only this user and root can have written. It does not wait for
// the other end of a fifo.
func (s *stateStore) readFile(name string) ([]byte, error) {
	fd, err := unix.Openat(s.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), name)
	defer func() { _ = f.Close() }() // only read
	var st unix.Stat_t
	switch err := unix.Fstat(fd, &st); {
	case err != nil:
		return nil, err
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, errors.New("not a regular file")
	case !trusted(&st):
		return nil, fmt.Errorf("%w: user %d, mode %#o", errNotOwned, st.Uid, st.Mode&0o7777)
	case st.Size > maxRecord:
		return nil, fmt.Errorf("%d octets, allowed: at most %d", st.Size, maxRecord)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxRecord+1))
	if err == nil && len(b) > maxRecord {
		err = fmt.Errorf("allowed: at most %d octets", maxRecord)
	}
	return b, err
}

// setAside moves a bad record away, so that the next start does not see it. The record may
// hold the only copy of an address, so it is kept, with a bounded number of others.
func (s *stateStore) setAside(bad *RecordError) {
	name := filepath.Base(bad.Path)
	s.limitAside()
	if err := unix.Renameat2(s.fd, name, s.fd, name+asideSuffix, 0); err != nil {
		bad.Err = errors.Join(bad.Err, fmt.Errorf("not moved aside: %w", err))
		return
	}
	bad.Aside = bad.Path + asideSuffix
}

// limitAside makes room for one more file.
func (s *stateStore) limitAside() {
	names, _ := s.names()
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, recordSuffix+asideSuffix) })
	changed := func(name string) int64 {
		var st unix.Stat_t
		_ = unix.Fstatat(s.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
		return st.Ctim.Nano()
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(changed(a), changed(b)) })
	for len(names) >= maxAside {
		_ = os.RemoveAll(filepath.Join(s.dir, names[0]))
		names = names[1:]
	}
}

// save writes a record completely or not at all. It does not wait for the disk, because
// records are of no use after a loss of power.
func (s *stateStore) save(r *record) error {
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if len(b) >= maxRecord {
		return fmt.Errorf("the interface's state takes %d octets, allowed: at most %d; it has %d routes and %d neighbours",
			len(b), maxRecord, len(r.Routes), len(r.Neighbors))
	}
	if err := s.writeFile(recordName(r), b); err != nil {
		return err
	}
	if r.file != "" && r.file != recordName(r) {
		r.strays = append(r.strays, r.file)
	}
	r.file = recordName(r)
	for _, name := range r.strays {
		if name != r.file {
			err = errors.Join(err, s.removeFile(name))
		}
	}
	r.strays = nil
	return err
}

// writeFile writes a file, with a newline added, completely or not at all.
func (s *stateStore) writeFile(file string, b []byte) error {
	name := temporaryPrefix + strconv.Itoa(os.Getpid()) // unique under the lock
	fd, err := unix.Openat(s.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return &fs.PathError{Op: "create", Path: filepath.Join(s.dir, name), Err: err}
	}
	f := os.NewFile(uintptr(fd), name)
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = unix.Renameat2(s.fd, name, s.fd, file, 0)
	}
	if err != nil {
		_ = unix.Unlinkat(s.fd, name, 0)
	}
	return err
}

// remove removes the record's file.
func (s *stateStore) remove(r *record) error { return s.removeFile(r.file) }

// removeFile removes a file if it exists.
func (s *stateStore) removeFile(name string) error {
	err := unix.Unlinkat(s.fd, name, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}
