package netif

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/lagkit/lagkit/internal/rtnl"
)

// Watchdog is a process that takes the carrier of members away when this process ends or hangs. Without
// it the partner uses the links of a dead process until it misses LACPDUs, for 3 s or 90 s. Use
// [StartWatchdog] to make one. Its methods are safe for concurrent use.
type Watchdog struct {
	cmd *exec.Cmd

	mu     sync.Mutex
	orders io.WriteCloser
}

// The orders to a watchdog, one a line.
const (
	orderGuard   = "guard"   // the names of the members follow
	orderAlive   = "alive"   // this process works
	orderDismiss = "dismiss" // this process ends in order
)

// answerReady is what a watchdog answers once it works.
const answerReady = "ready\n"

// StartWatchdog starts a program that calls [GuardMembers] with its standard input and output, in the
// network namespace of the calling thread, and waits until it is ready. It puts the program into a
// process group of its own, so that a signal to this one's does not reach it.
func StartWatchdog(cmd *exec.Cmd) (*Watchdog, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setpgid = true
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	w := &Watchdog{cmd: cmd, orders: orders}
	answer := make([]byte, len(answerReady))
	if _, err := io.ReadFull(answers, answer); err != nil || string(answer) != answerReady {
		_ = cmd.Process.Kill() // fails only if it has ended
		return nil, errors.Join(fmt.Errorf("start watchdog: it answers %q: %w", answer, cmp.Or(err, errNoWatchdog)), orders.Close(), cmd.Wait())
	}
	return w, nil
}

// Guard replaces the names of the members. The watchdog sets them down if this process ends without
// Close.
func (w *Watchdog) Guard(names ...string) error {
	return w.order(strings.Join(append([]string{orderGuard}, names...), " "))
}

// Alive reports that this process works. See GuardMembers for how often it has to be called.
func (w *Watchdog) Alive() error { return w.order(orderAlive) }

func (w *Watchdog) order(line string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := io.WriteString(w.orders, line+"\n"); err != nil {
		return fmt.Errorf("watchdog has ended: %w", err)
	}
	return nil
}

// Close dismisses the watchdog, which leaves the members as they are, and waits for its end.
func (w *Watchdog) Close() error {
	err := w.order(orderDismiss)
	return errors.Join(err, w.orders.Close(), w.cmd.Wait())
}

// errNoWatchdog is the error of a program that does not call GuardMembers.
var errNoWatchdog = errors.New("not a watchdog")

// GuardMembers is the work of a watchdog process: it reads the orders of a [Watchdog] until the process
// with the Watchdog ends, and then sets the members down that it was given last. patience is how long
// that process may send no order at all before the members are set down, too; 0 means that only its end
// counts. With its next order they are set up again.
//
// It returns the names of the members that are down at the end, none if the watchdog was dismissed. It
// ignores the signals that usually end a process, because these may have ended the other one.
func GuardMembers(orders io.Reader, answers io.Writer, patience time.Duration) (down []string, err error) {
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	runtime.LockOSThread() // the namespace is that of the thread
	defer runtime.UnlockOSThread()
	rt, err := rtnl.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rt.Close() }() // an error of a socket that is no longer used
	if _, err := io.WriteString(answers, answerReady); err != nil {
		return nil, err
	}
	lines, stop := make(chan string), make(chan struct{})
	defer close(stop)
	go readLines(orders, lines, stop)
	guarded := make(map[string]int32) // indexes by name
	for {
		line, more := next(lines, patience, func() { down, err = setDown(rt, guarded) })
		if !more {
			last, e := setDown(rt, guarded)
			return append(down, last...), errors.Join(err, e)
		}
		setUp(rt, guarded, down)
		down, err = nil, nil
		switch words := strings.Fields(line); {
		case len(words) > 0 && words[0] == orderDismiss:
			return nil, nil
		case len(words) > 0 && words[0] == orderGuard:
			guarded = findAll(rt, words[1:])
		}
	}
}

// next returns the next line. It calls late if none comes within patience.
func next(lines <-chan string, patience time.Duration, late func()) (line string, more bool) {
	if patience <= 0 {
		line, more = <-lines
		return line, more
	}
	silent := time.NewTimer(patience)
	defer silent.Stop()
	select {
	case line, more = <-lines:
		return line, more
	case <-silent.C:
	}
	select {
	case line, more = <-lines: // both were late
	default:
		late()
		line, more = <-lines
	}
	return line, more
}

// readLines passes on the lines of r until its end.
func readLines(r io.Reader, lines chan<- string, stop <-chan struct{}) {
	defer close(lines)
	for s := bufio.NewScanner(r); s.Scan(); {
		select {
		case lines <- s.Text():
		case <-stop:
			return
		}
	}
}

// findAll returns the indexes of the interfaces that exist.
func findAll(rt *rtnl.Conn, names []string) map[string]int32 {
	found := make(map[string]int32)
	for _, name := range names {
		if li, err := rt.LinkByName(name); err == nil {
			found[name] = li.Index
		}
	}
	return found
}

// setUp sets those interfaces up that setDown has set down. One that is gone by now needs nothing.
func setUp(rt *rtnl.Conn, guarded map[string]int32, down []string) {
	for _, name := range down {
		_ = rt.SetUp(guarded[name], true)
	}
}

// setDown sets the interfaces down that are up, and returns the names of those where that succeeded.
func setDown(rt *rtnl.Conn, guarded map[string]int32) (down []string, err error) {
	for name, index := range guarded {
		if li, e := rt.LinkByIndex(index); e == nil && li.Flags&syscall.IFF_UP == 0 {
			continue // by the administrator
		}
		if e := rt.SetUp(index, false); e != nil {
			err = errors.Join(err, fmt.Errorf("set %s down: %w", name, e))
			continue
		}
		down = append(down, name)
	}
	return down, err
}
