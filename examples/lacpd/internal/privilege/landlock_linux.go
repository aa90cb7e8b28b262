package privilege

import (
	"errors"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

const (
	readFile = ll.AccessFSReadFile
	readAny  = readFile | ll.AccessFSReadDir
	change   = ll.AccessFSWriteFile | ll.AccessFSTruncate
	writeAny = readAny | change | ll.AccessFSMakeReg | ll.AccessFSMakeDir | ll.AccessFSMakeSock |
		ll.AccessFSRemoveFile | ll.AccessFSRemoveDir | ll.AccessFSRefer
)

// leastABI is the oldest interface that lets a file move between two directories, as the
// socket does when it is made.
const leastABI = 2

// The files that lacpd needs whatever its arguments are.
var (
	// The state of processes and of the kernel, which BPF programs are fitted to, and the
	// time zone of the log.
	alwaysRead = []string{"/proc", "/sys", "/etc/localtime", "/usr/share/zoneinfo"}
	// The settings of the bond's device and its members.
	settings = []string{"/proc/sys/net"}
	// Makes the bond's device.
	tun = []string{"/dev/net/tun"}
	// Keeps programs and maps while lacpd restarts.
	bpfFiles = []string{"/sys/fs/bpf"}
)

// restrictFiles allows the files of l and those that every lacpd needs.
func (r *Report) restrictFiles(l Limits) error {
	abi, err := ll.LandlockGetABIVersion()
	if err == nil && abi < leastABI {
		err = errors.New("its Landlock is older than Linux 5.19")
	}
	if err != nil {
		r.Missing = append(r.Missing, missing("landlock", err))
		return nil
	}
	var rules []landlock.Rule
	allow := func(files, dirs landlock.AccessFSSet, paths []string) {
		for _, path := range paths {
			if rights, ok := rightsFor(path, files, dirs); ok {
				rules = append(rules, landlock.PathAccess(rights, path).IgnoreIfMissing())
			}
		}
	}
	allow(readFile, readAny, alwaysRead)
	allow(readFile, readAny, l.Read)
	allow(readFile|change, readAny|change, settings)
	allow(readFile|change|ll.AccessFSIoctlDev, 0, tun)
	allow(readFile|change, writeAny, l.Files)
	if l.BPF {
		allow(0, writeAny, bpfFiles)
	}
	if err := landlock.V5.BestEffort().RestrictPaths(rules...); err != nil {
		return err
	}
	r.Landlock = abi
	return nil
}

// rightsFor returns the rights for a path, which Landlock wants to be those of its kind. It
// returns false if the path does not exist or its kind gets no right.
func rightsFor(path string, files, dirs landlock.AccessFSSet) (landlock.AccessFSSet, bool) {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return 0, false
	}
	rights := files
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		rights = dirs
	}
	return rights, rights != 0
}
