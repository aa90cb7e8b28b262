package main

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/netlab"
)

// These tests run the program itself, in network namespaces of their own.

var buildOnce = sync.OnceValues(func() (string, error) {
	if p := os.Getenv("LACPD"); p != "" { // another build, to compare
		return p, nil
	}
	dir, err := os.MkdirTemp("", "lacpd-build")
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "lacpd")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	if err != nil {
		err = errors.New(err.Error() + ": " + string(out))
	}
	return program, err
})

func TestMain(m *testing.M) {
	netlab.Parallel(4)
	code := m.Run()
	if program, err := buildOnce(); err == nil && os.Getenv("LACPD") == "" {
		_ = os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

// process is a lacpd process in a namespace.
type process struct {
	cmd    *exec.Cmd
	ns     *netlab.NS
	dir    string
	log    *logBuffer
	done   chan struct{} // closed when it has ended
	err    error         // how it ended
	config string
	under  []string // the command that runs the program, with its arguments; nil: none
}

// startProcess starts lacpd with a file. Its log goes to stderr, or to p.log if stderr is nil.
func startProcess(t *testing.T, ns *netlab.NS, config string, stderr *os.File, flags ...string) *process {
	t.Helper()
	p := newProcess(t, ns, config)
	p.start(t, stderr, flags...)
	return p
}

// newProcess returns a lacpd that is not started, with its file.
func newProcess(t *testing.T, ns *netlab.NS, config string) *process {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: runs the program")
	}
	dir, err := os.MkdirTemp("", "lacpd") // a short name, for the socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &process{ns: ns, dir: dir, config: filepath.Join(dir, "lacpd.yaml")}
	p.write(t, config)
	return p
}

// start starts the program, again if it has ended.
func (p *process) start(t *testing.T, stderr *os.File, flags ...string) {
	t.Helper()
	program, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	log, done := &logBuffer{line: make(chan struct{}, 1)}, make(chan struct{})
	p.log, p.done = log, done
	args := slices.Concat(p.under, []string{program, "run", "-config", p.config, "-socket", p.socket(), "-state-dir", filepath.Join(p.dir, "state")}, flags)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = log
	if stderr != nil {
		cmd.Stderr = stderr
	}
	if err := p.ns.Start(cmd); err != nil {
		t.Fatal(err)
	}
	p.cmd = cmd
	go func() { p.err = cmd.Wait(); close(done) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		if t.Failed() {
			t.Logf("log of lacpd:\n%s", log)
		}
	})
}

func (p *process) socket() string { return filepath.Join(p.dir, "s") }

func (p *process) write(t *testing.T, config string) {
	t.Helper()
	if err := os.WriteFile(p.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a command of the program in p's namespace. It returns what the command printed and
// its exit status.
func (p *process) run(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	program, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, append(args, "-socket", p.socket())...)
	var b strings.Builder
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := p.ns.Start(cmd); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the caller checks the exit status
	return b.String(), cmd.ProcessState.ExitCode()
}

// status asks the socket for the status.
func (p *process) status() (v view.Status, err error) {
	conn, err := net.DialTimeout("unix", p.socket(), 2*time.Second)
	if err != nil {
		return v, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return v, err
	}
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil { // lacpd then answers at once
		return v, err
	}
	return v, json.NewDecoder(conn).Decode(&v)
}

// bond returns the view of a bond, or an empty one if the status lacks it. On a loaded machine
// an answer can come late, so it asks again.
func (p *process) bond(name string) *view.Bond {
	v, err := p.status()
	for deadline := time.Now().Add(time.Minute); errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(deadline); {
		v, err = p.status()
	}
	for i := range v.Bonds {
		if v.Bonds[i].Name == name {
			return &v.Bonds[i]
		}
	}
	return &view.Bond{}
}

// end sends SIGTERM and returns the exit status.
func (p *process) end(t *testing.T) int {
	t.Helper()
	if err := p.cmd.Process.Signal(unix.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(netlab.Patience):
		t.Fatalf("lacpd did not end within %v of SIGTERM", netlab.Patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// reload sends SIGHUP and waits until the file has been read.
func (p *process) reload(t *testing.T) {
	t.Helper()
	const read = "configuration read again"
	before := strings.Count(p.log.String(), read)
	if err := p.cmd.Process.Signal(unix.SIGHUP); err != nil {
		t.Fatal(err)
	}
	await(t, read, 10*time.Second, func() bool { return strings.Count(p.log.String(), read) > before })
}

const oneBond = "bonds:\n- {name: bond0, ports: [v0, v1], lacpdu_rate: FAST, aggregate_wait: 0}\n"

// pairOf makes two namespaces with two cables between them.
func pairOf(t *testing.T) (a, b *netlab.NS) {
	t.Helper()
	a, b = netlab.New(t), netlab.New(t)
	for _, name := range []string{"v0", "v1"} {
		netlab.Pair(t, a, name, b, name)
	}
	return a, b
}
