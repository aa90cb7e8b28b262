package netif

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/rtnl"
)

const recordVersion = 1

// record is how an interface was found. It is on disk before anything is
// changed, so that whoever comes after a killed process can put it back.
type record struct {
	Version      int         `json:"version"`
	Namespace    uint64      `json:"namespace"`
	Index        int32       `json:"index"`
	Name         string      `json:"name"`
	PID          int         `json:"pid"`
	Started      uint64      `json:"started"` // the process's start time, in clock ticks since boot
	At           time.Time   `json:"at"`      // when the addresses were read
	HardwareAddr string      `json:"hardware_addr"`
	Permanent    string      `json:"permanent"`
	Member       string      `json:"member"` // the address it has as a member
	MTU          int         `json:"mtu"`
	Up           bool        `json:"up"`
	DisableIPv6  string      `json:"disable_ipv6,omitempty"` // empty: there is no such setting
	Ingress      bool        `json:"ingress"`                // it had an ingress qdisc
	Addresses    []rtnl.Addr `json:"addresses,omitempty"`
}

// stateStore is the directory of records. Every use of it is under a lock, also
// against other processes.
type stateStore struct {
	dir  string
	lock int
}

func openState(dir string) (*stateStore, error) {
	if dir == "" {
		dir = DefaultStateDir
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	for {
		err = unix.Flock(fd, unix.LOCK_EX)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return &stateStore{dir, fd}, nil
}

// close gives the lock back.
func (s *stateStore) close() { _ = unix.Close(s.lock) }

func recordPrefix(namespace uint64, index int32) string {
	return strconv.FormatUint(namespace, 10) + "-" + strconv.Itoa(int(index)) + "-"
}

func (s *stateStore) path(r *record) string {
	return filepath.Join(s.dir, recordPrefix(r.Namespace, r.Index)+r.Name+".json")
}

// list returns the records whose file names start with prefix. Files that can't be
// read as records are an error: they may hold the only copy of an address.
func (s *stateStore) list(prefix string) ([]*record, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var list []*record
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		path := filepath.Join(s.dir, e.Name())
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r := new(record)
		if err := json.Unmarshal(b, r); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if r.Version != recordVersion || s.path(r) != path {
			return nil, fmt.Errorf("%s: not a record of version %d of this interface", path, recordVersion)
		}
		list = append(list, r)
	}
	return list, nil
}

// save writes a record whole or not at all.
func (s *stateStore) save(r *record) error {
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, ".record-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.path(r))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func (s *stateStore) remove(r *record) error {
	err := os.Remove(s.path(r))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// alive says whether the process that made the record still runs.
func (r *record) alive() bool {
	started, err := processStart(r.PID)
	return err == nil && started == r.Started
}

// processStart returns when a process was started, in clock ticks since boot.
func processStart(pid int) (uint64, error) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold anything, spaces and parentheses too.
	_, rest, _ := strings.Cut(string(b[strings.LastIndexByte(string(b), ')')+1:]), " ")
	fields := strings.Fields(rest)
	const state, start = 3, 22 // numbers in proc(5)
	if len(fields) <= start-state {
		return 0, fmt.Errorf("process %d: short status", pid)
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return 0, os.ErrProcessDone
	}
	return strconv.ParseUint(fields[start-state], 10, 64)
}
