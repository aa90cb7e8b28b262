package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// manager keeps descriptors as systemd does.
type manager struct {
	path string
	conn *net.UnixConn

	mu    sync.Mutex
	names []string
	files []*os.File
}

func newManager(t *testing.T, dir string) *manager {
	t.Helper()
	m := &manager{path: filepath.Join(dir, "notify")}
	var err error
	if m.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.path, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); m.serve(t) }()
	t.Cleanup(func() {
		_ = m.conn.Close()
		<-done
		for _, f := range m.files {
			_ = f.Close()
		}
	})
	return m
}

// serve stores and forgets what it is asked to.
func (m *manager) serve(t *testing.T) {
	b, oob := make([]byte, 4096), make([]byte, unix.CmsgSpace(64))
	for {
		n, size, _, _, err := m.conn.ReadMsgUnix(b, oob)
		if err != nil {
			return
		}
		lines := strings.Split(string(b[:n]), "\n")
		var name string
		for _, line := range lines {
			name, _ = strings.CutPrefix(line, "FDNAME=")
		}
		messages, err := unix.ParseSocketControlMessage(oob[:size])
		if err != nil {
			t.Error(err)
		}
		m.mu.Lock()
		for i := range messages {
			fds, err := unix.ParseUnixRights(&messages[i])
			if err != nil {
				t.Error(err)
			}
			for _, fd := range fds {
				f := os.NewFile(uintptr(fd), name)
				if lines[0] == "BARRIER=1" {
					_ = f.Close() // all before it was read
					continue
				}
				m.names, m.files = append(m.names, name), append(m.files, f)
			}
		}
		if lines[0] == "FDSTOREREMOVE=1" {
			for i := slices.Index(m.names, name); i >= 0; i = slices.Index(m.names, name) {
				_ = m.files[i].Close()
				m.names, m.files = slices.Delete(m.names, i, i+1), slices.Delete(m.files, i, i+1)
			}
		}
		m.mu.Unlock()
	}
}

// stored returns how many descriptors are kept.
func (m *manager) stored() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.names)
}

// start starts lacpd with what is kept, and with more flags.
func (m *manager) start(t *testing.T, p *process, flags ...string) *process {
	t.Helper()
	program, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	next := &process{ns: p.ns, dir: p.dir, config: p.config}
	next.log, next.done = &logBuffer{line: make(chan struct{}, 1)}, make(chan struct{})
	m.mu.Lock()
	cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$@"`, "sh", program, "run", "-config", p.config, "-socket", p.socket(), "-state-dir", filepath.Join(p.dir, "state"))
	cmd.Args = append(cmd.Args, flags...)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+m.path, "LISTEN_FDS="+strconv.Itoa(len(m.files)), "LISTEN_FDNAMES="+strings.Join(m.names, ":"))
	cmd.ExtraFiles = m.files
	cmd.Stderr = next.log
	err = p.ns.Start(cmd)
	m.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	next.cmd = cmd
	go func() { next.err = cmd.Wait(); close(next.done) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-next.done
		if t.Failed() {
			t.Logf("log of lacpd:\n%s", next.log)
		}
	})
	next.log.await(t, "msg=running")
	return next
}

// A service manager restarts lacpd and keeps its descriptors meanwhile. Nothing is lost that fits
// the kernel's queues, and neither the partner nor the host notices anything.
func TestRestartWithTheServiceManagersStore(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "lacpdu_rate: FAST", false)
	m := newManager(t, r.dir)
	if code := r.end(t); code != exitOK {
		t.Fatalf("lacpd exits with %d, want %d", code, exitOK)
	}
	r.process = m.start(t, r.process, "-fd-store")
	r.awaitBoth(t)
	r.a.Run(t, "ping", "-c", "1", "-w", "60", relayFar)
	r.lengthen(t)
	unnoticed, end := r.unnoticed(t), r.flow(t, 5*time.Millisecond)
	for range rounds(2, 5) {
		if code := r.end(t); code != exitOK {
			t.Errorf("lacpd exits with %d, want %d", code, exitOK)
		}
		if m.stored() == 0 {
			t.Fatal("nothing is stored")
		}
		r.process = m.start(t, r.process, "-fd-store")
		if n := m.stored(); n != 0 {
			t.Errorf("%d descriptors are still stored, want none", n)
		}
	}
	end()
	unnoticed()
}

// What the service manager has kept only in part is dropped, and lacpd begins as after a kill.
func TestRestartWithAnIncompleteStore(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "lacpdu_rate: FAST", false)
	r.end(t)
	m := newManager(t, r.dir)
	r.process = m.start(t, r.process, "-fd-store")
	r.awaitBoth(t)
	r.end(t)
	m.mu.Lock()
	i := slices.Index(m.names, "lagkit-4")
	if i < 0 {
		t.Fatalf("stored are %v, want more", m.names)
	}
	_ = m.files[i].Close()
	m.names, m.files = slices.Delete(m.names, i, i+1), slices.Delete(m.files, i, i+1)
	m.mu.Unlock()
	r.process = m.start(t, r.process, "-fd-store")
	r.awaitBoth(t)
	if n := m.stored(); n != 0 {
		t.Errorf("%d descriptors are still stored, want none", n)
	}
}

// lacpd handover prepares one restart. Without it SIGTERM leaves the LAGs.
func TestPreparedRestart(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "lacpdu_rate: FAST", false)
	m := newManager(t, r.dir)
	r.end(t)
	r.process = m.start(t, r.process)
	r.awaitBoth(t)
	partner, host := r.known(t), r.host(t)
	if out, code := r.run(t, "handover"); code != exitOK || !strings.HasPrefix(out, "prepared: restart lacpd within 60 s") {
		t.Fatalf("lacpd handover exits with %d: %s", code, out)
	}
	if code := r.end(t); code != exitOK || m.stored() == 0 {
		t.Fatalf("lacpd exits with %d and leaves %d descriptors, want %d and some", code, m.stored(), exitOK)
	}
	r.process = m.start(t, r.process)
	r.wantKnown(t, partner)
	if got := r.host(t); got != host {
		t.Errorf("the host has\n%s\nwant\n%s", got, host)
	}
	if code := r.end(t); code != exitOK || m.stored() != 0 {
		t.Errorf("lacpd exits with %d and leaves %d descriptors, want %d and none", code, m.stored(), exitOK)
	}
	if _, err := os.Stat(r.socket()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("socket after the end: %v, want it removed", err)
	}
}

// A file that the next lacpd would refuse is no reason to leave the interfaces as they are.
func TestRestartWithAFileThatIsRefused(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "lacpdu_rate: FAST", false)
	m := newManager(t, r.dir)
	r.end(t)
	r.process = m.start(t, r.process, "-fd-store")
	r.write(t, "bonds: [{name: bond0}]\n")
	if code := r.end(t); code != exitOK || m.stored() != 0 {
		t.Errorf("lacpd exits with %d and leaves %d descriptors, want %d and none", code, m.stored(), exitOK)
	}
	r.log.await(t, "left, interfaces restored")
}
