package netlab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Process is a program that runs in a namespace. It ends with the test.
type Process struct {
	Cmd  *exec.Cmd
	Log  Log           // what it has written to its standard error, and to its output unless Cmd has another
	Done chan struct{} // closed when it has ended
	err  error         // the result of Wait, valid once Done is closed
}

// Launch starts a command in the namespace: see [Launch].
func (n *NS) Launch(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	return Launch(t, cmd, func() error { return n.Start(cmd) })
}

// Launch starts a command with a function of the caller. Its standard error goes to the Log, and so
// does its standard output unless the command has a place for it.
func Launch(t testing.TB, cmd *exec.Cmd, start func() error) *Process {
	t.Helper()
	p := &Process{Cmd: cmd, Done: make(chan struct{})}
	cmd.Stderr = &p.Log
	if cmd.Stdout == nil {
		cmd.Stdout = &p.Log
	}
	if err := start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.Done)
	}()
	t.Cleanup(func() { p.End(t) })
	return p
}

// Ended reports whether the program has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.Done:
		return true
	default:
		return false
	}
}

// Err returns how the program ended, as [exec.Cmd.Wait] does. It waits for the end.
func (p *Process) Err() error {
	<-p.Done
	return p.err
}

// Signal sends a signal. A program that has ended ignores it.
func (p *Process) Signal(t testing.TB, sig os.Signal) {
	t.Helper()
	if err := p.Cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("signal %s: %v", p.Cmd.Path, err)
	}
}

// Kill ends the program as a crash does, also one that is stopped.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	p.Signal(t, syscall.SIGKILL)
	<-p.Done
}

// End asks the program to end, and kills it if it takes longer than [Patience].
func (p *Process) End(t testing.TB) {
	t.Helper()
	p.Signal(t, syscall.SIGTERM)
	p.Signal(t, syscall.SIGCONT) // a stopped program ends only once it goes on
	select {
	case <-p.Done:
	case <-time.After(Patience):
		t.Errorf("%s does not end: %s\n%s", p.Cmd.Path, p.WhereItIs(), &p.Log)
		p.Kill(t)
	}
}

// WhereItIs describes what the program's threads do in the kernel.
func (p *Process) WhereItIs() string {
	var s strings.Builder
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.Cmd.Process.Pid))
	for _, task := range tasks {
		stat, _ := os.ReadFile(task + "/stat")
		stack, _ := os.ReadFile(task + "/stack")
		fmt.Fprintf(&s, "%.60s\n%s", stat, stack)
	}
	return s.String()
}

// Log is what a program has written. It may be read while the program writes.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements [io.Writer].
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String returns what has been written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
