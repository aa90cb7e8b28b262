package netif

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

const (
	stateChildEnv   = "LAGKIT_TEST_STATE_CHILD"   // the state directory
	stateFaultsEnv  = "LAGKIT_TEST_STATE_FAULTS"  // ask the test before each system call
	stateRestoreEnv = "LAGKIT_TEST_STATE_RESTORE" // only restore

	defaultCycles = 10
)

// TestStateChild is not a test but the process of TestStateCyclesBOX03. It opens two members,
// waits for its input to end, and closes them, or restores what another process has left.
func TestStateChild(t *testing.T) {
	dir := os.Getenv(stateChildEnv)
	if dir == "" {
		t.Skip("runs as the child of another test only")
	}
	if os.Getenv(stateFaultsEnv) != "" {
		fd, err := netlab.Intercept()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("listener", fd)
	}
	if os.Getenv(stateRestoreEnv) != "" {
		fmt.Println("restored", strconv.Quote(fmt.Sprint(Restore(dir))))
		return
	}
	h := &host{dir: dir}
	var links []*Link
	for _, name := range hostNames[:2] {
		l, err := OpenLink(h.config(name))
		fmt.Println("opened", strconv.Quote(fmt.Sprint(err)))
		if err == nil {
			links = append(links, l)
		}
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, l := range links {
		fmt.Println("closed", strconv.Quote(fmt.Sprint(l.Close())))
	}
}

// fate describes what happens to a child.
type fate struct {
	killAt   int     // the number of the system call that kills it; 0: none
	failing  float64 // probability that a system call fails
	killIdle bool    // it is killed while its members are up
	restore  bool    // it restores what another process has left
}

// String returns the fate for failure messages.
func (f fate) String() string {
	return fmt.Sprintf("kill at call %d, failing %.3f, kill while running %t, restore only %t", f.killAt, f.failing, f.killIdle, f.restore)
}

// faults are errors that system calls return for temporary reasons.
var faults = []unix.Errno{unix.ENOBUFS, unix.ENOMEM, unix.EIO, unix.EMFILE, unix.EPERM}

// live runs a child to its end. It returns the child's output and the number of its system
// calls.
func (h *host) live(t *testing.T, rng *rand.Rand, f fate) (said string, calls int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestStateChild$")
	cmd.Env = append(os.Environ(), stateChildEnv+"="+h.dir, stateFaultsEnv+"=1")
	if f.restore {
		cmd.Env = append(cmd.Env, stateRestoreEnv+"=1")
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.near.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test failed
	lines := bufio.NewScanner(out)
	fd := -1
	if lines.Scan() {
		fd, err = strconv.Atoi(strings.TrimPrefix(lines.Text(), "listener "))
	}
	if err != nil || fd < 0 {
		t.Skipf("system calls can't be intercepted: child said %q", lines.Text())
	}
	var text strings.Builder
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines.Scan() {
			fmt.Fprintln(&text, lines.Text())
			if lines.Text() == "ready" {
				if f.killIdle {
					_ = cmd.Process.Kill()
				}
				_ = in.Close()
			}
		}
	}()
	calls = netlab.Supervise(t, cmd, fd, func(n int) unix.Errno {
		if n == f.killAt {
			_ = cmd.Process.Kill()
			return unix.EIO
		}
		if f.failing > 0 && rng.Float64() < f.failing {
			return faults[rng.IntN(len(faults))]
		}
		return 0
	})
	<-read
	_ = cmd.Wait()
	return text.String(), calls
}

// The state is the same after each life of a process that had the interfaces as members,
// whatever happened to the process. BOND_CYCLES sets the number of lives; BOND_SEED repeats
// one run.
func TestStateCyclesBOX03(t *testing.T) {
	netlab.Slow(t)
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("BOND_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("BOND_SEED=%q: %v", s, err)
		}
	}
	t.Logf("BOND_SEED=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	h := newHost(t)
	h.run(t, dress)
	h.settled(t)
	h.run(t, dressRoutes)
	h.run(t, dressFilters)
	before := h.settled(t)
	said, total := h.live(t, rng, fate{})
	if strings.Count(said, `opened "<nil>"`) != 2 || strings.Count(said, `closed "<nil>"`) != 2 {
		t.Fatalf("undisturbed, the child said:\n%s", said)
	}
	h.checkState(t, before)
	for cycle := 1; cycle <= netlab.Number(t, "BOND_CYCLES", defaultCycles) && !t.Failed(); cycle++ {
		var f fate
		switch cycle % 4 {
		case 0:
			f.killIdle = true
		case 1:
			f.killAt = 1 + rng.IntN(total)
		case 2:
			f.failing = 1 / float64(20+rng.IntN(400))
		case 3:
			f.killAt, f.failing = 1+rng.IntN(total), 1/float64(100+rng.IntN(400))
		}
		said, calls := h.live(t, rng, f)
		before = h.checkLeft(t, before, rng, total, fmt.Sprintf("cycle %d of seed %d, %v: %d calls, child said:\n%s", cycle, seed, f, calls, said))
	}
}

// checkLeft compares the state once no record remains: at once if the child left no record,
// otherwise after a restore or another start. Those may be disturbed too, with about as many
// calls as a whole life has. It returns the new dump, because each life may move the end of a
// lifetime by a second.
func (h *host) checkLeft(t *testing.T, before netlab.Dump, rng *rand.Rand, calls int, what string) netlab.Dump {
	t.Helper()
	for try := 1; h.recorded(t); try++ {
		if try > 4 {
			t.Errorf("records are left after %d restores: %s", try-1, what)
			return before
		}
		var next fate
		switch rng.IntN(4) {
		case 0:
			next = fate{restore: true, failing: 1.0 / 30}
		case 1:
			next = fate{restore: true, killAt: 1 + rng.IntN(200)}
		case 2:
			// The next start, which is disturbed too, opens the members.
			next = fate{killAt: 1 + rng.IntN(2*calls), failing: 1 / float64(100+rng.IntN(400))}
		}
		if try <= 2 && next != (fate{}) {
			said, calls := h.live(t, rng, next)
			what += fmt.Sprintf("\nthen %v: %d calls, child said:\n%s", next, calls, said)
			continue
		}
		if err := h.near.Do(func() error { return Restore(h.dir) }); err != nil {
			t.Errorf("Restore() = %v, want nil: %s", err, what)
		}
	}
	if h.checkState(t, before); t.Failed() {
		t.Log(what)
	}
	return h.dump(t)
}

// recorded reports whether the state directory contains a record.
func (h *host) recorded(t *testing.T) bool {
	t.Helper()
	var n int
	h.near.Must(t, func() error {
		store, err := openState(h.dir)
		if err != nil {
			return err
		}
		defer store.close()
		records, bad, err := store.list()
		n = len(records) + len(bad)
		return errors.Join(err)
	})
	return n > 0
}
