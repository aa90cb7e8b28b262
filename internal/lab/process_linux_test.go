package lab

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

	"github.com/lagkit/lagkit/internal/netlab"
)

// process is a program that runs in a namespace and ends with the test.
type process struct {
	cmd  *exec.Cmd
	log  lockedBuffer
	done chan struct{} // closed when it has ended
	err  error         // the result of Wait, valid once done is closed
}

func start(t testing.TB, ns *netlab.NS, env []string, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	return p.start(t, func() error { return ns.Start(p.cmd) })
}

// start starts the program with a function of the caller.
func (p *process) start(t testing.TB, start func() error) *process {
	t.Helper()
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := start(); err != nil {
		t.Fatalf("start %s: %v", p.cmd.Path, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() { p.end(t) })
	return p
}

// end asks the program to end, and kills it after a while.
func (p *process) end(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	start, ticker := time.Now(), time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-ticker.C:
		}
		if time.Since(start) > endLimit+machine.StateSlack(start) {
			t.Errorf("%s does not end: %s\n%s", p.cmd.Path, p.whereItIs(), &p.log)
			p.signal(t, syscall.SIGKILL)
			<-p.done
			return
		}
	}
}

// endLimit is how long a program may take to end. Closing a packet socket waits for all
// processors, which takes some hundred milliseconds on a busy machine, now and then ten seconds,
// and a member has three.
const endLimit = 30 * time.Second

// whereItIs describes what the program's threads do in the kernel.
func (p *process) whereItIs() string {
	var s strings.Builder
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.cmd.Process.Pid))
	for _, task := range tasks {
		stat, _ := os.ReadFile(task + "/stat")
		stack, _ := os.ReadFile(task + "/stack")
		fmt.Fprintf(&s, "%.60s\n%s", stat, stack)
	}
	return s.String()
}

func (p *process) signal(t testing.TB, sig os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("signal %s: %v", p.cmd.Path, err)
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// lockedBuffer is a buffer that may be read while a program writes to it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
