package main

import (
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pipe returns a pipe that can be the stderr of a process.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// goesOn checks that LACP of the process is alive. Its partner receives more LACPDUs and
// carries data on both members, status answers, and SIGTERM ends the process as always.
func goesOn(t *testing.T, p, partner *process) {
	t.Helper()
	heard := func() (n uint64) {
		for _, m := range partner.bond("bond0").Members {
			n += m.Counters.LACPDUsRx
		}
		return n
	}
	await(t, "both members carry data", 20*time.Second, func() bool {
		return partner.bond("bond0").Carrying() == 2 && p.bond("bond0").Carrying() == 2
	})
	before := heard()
	await(t, "eight more LACPDUs", 10*time.Second, func() bool { return heard() >= before+8 })
	if got := partner.bond("bond0").Carrying(); got != 2 {
		t.Errorf("%d of the partner's members carry data, want 2", got)
	}
	if out, code := p.run(t, "status"); code != exitOK {
		t.Errorf("status exits with %d: %s", code, out)
	}
	if code := p.end(t); code != exitOK {
		t.Errorf("exits with %d after SIGTERM, want %d: %v", code, exitOK, p.err)
	}
}

// TestLogWithoutAReaderBOX05 checks that lacpd works after the reader of its log is gone.
func TestLogWithoutAReaderBOX05(t *testing.T) {
	t.Parallel()
	a, b := pairOf(t)
	r, w := pipe(t)
	p, partner := startProcess(t, a, oneBond, w), startProcess(t, b, oneBond, nil)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	goesOn(t, p, partner)
}

// TestLogThatIsNotReadBOX05 checks that lacpd works after the reader of its log has stopped and
// the pipe is full.
func TestLogThatIsNotReadBOX05(t *testing.T) {
	t.Parallel()
	a, b := pairOf(t)
	r, w := pipe(t)
	fill(t, w)
	p, partner := startProcess(t, a, oneBond, w), startProcess(t, b, oneBond, nil)
	goesOn(t, p, partner)
	if n, err := r.Read(make([]byte, 1<<20)); n < 4096 {
		t.Errorf("%d octets were in the pipe, want it full: %v", n, err)
	}
}

// fill writes to a pipe until it has no room for another octet.
func fill(t *testing.T, w *os.File) {
	t.Helper()
	conn, err := w.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = conn.Write(func(fd uintptr) bool {
		for _, size := range []int{4096, 1} {
			for {
				if _, err := unix.Write(int(fd), make([]byte, size)); errors.Is(err, unix.EAGAIN) {
					break
				}
			}
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
}
