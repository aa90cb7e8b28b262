// Package guard takes the links of bonds down at once when lacpd dies or hangs. Without it the partner
// uses them until it misses LACPDUs, for 3 s or 90 s.
//
// lacpd starts one [Process] for all bonds before it gives up the right to start programs. The process
// has a netif watchdog for each bond. lacpd writes lines to its standard input, each with the name of a
// bond and an order: "begin" with a time, which starts a watchdog with that patience, or one of
// netif.GuardMembers. A goroutine for each bond sends these as long as the bond's control answers.
package guard

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond"
)

// Process is a process that guards bonds. A nil Process guards nothing. Its methods are safe for
// concurrent use.
type Process struct {
	log  *slog.Logger
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended

	mu     sync.Mutex
	orders *os.File
	bonds  map[string]*supervisor
	closed bool
	err    error // why it no longer works
}

// The words of the protocol. The orders but the first are those of netif.GuardMembers.
const (
	orderBegin   = "begin"
	orderGuard   = "guard"
	orderAlive   = "alive"
	orderDismiss = "dismiss"
	answerReady  = "ready\n"
)

const (
	readyTime = 10 * time.Second // for the process to start
	orderTime = time.Second      // for it to take an order
)

var errEnded = errors.New("the watchdog process has ended: if lacpd dies, the links stay up until lacpd is started again")

// Start starts a program that calls [Run] with its standard input and output, and waits until it is
// ready. The program gets a process group of its own, so that a signal to this one's does not reach it.
func Start(cmd *exec.Cmd, log *slog.Logger) (*Process, error) {
	theirs, orders, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	defer func() { _ = theirs.Close() }() // only the program reads it
	cmd.Stdin = theirs
	setOwnGroup(cmd)
	answers, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start watchdog: %w", err), orders.Close())
	}
	late := time.AfterFunc(readyTime, func() { _ = cmd.Process.Kill() }) // it may have ended
	answer := make([]byte, len(answerReady))
	_, err = io.ReadFull(answers, answer)
	if !late.Stop() || err != nil || string(answer) != answerReady {
		_ = cmd.Process.Kill() // it may have ended
		return nil, errors.Join(fmt.Errorf("start watchdog: it answers %q", answer), err, orders.Close(), cmd.Wait())
	}
	p := &Process{log: log, cmd: cmd, done: make(chan struct{}), orders: orders, bonds: make(map[string]*supervisor)}
	go p.wait()
	return p, nil
}

// wait waits for the end of the process.
func (p *Process) wait() {
	defer close(p.done)
	err := p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.fail(errors.Join(errEnded, err))
	}
}

// fail notes that the process no longer works. The caller holds p.mu.
func (p *Process) fail(err error) {
	if p.err == nil {
		p.err = err
		p.log.Error("links are not guarded any more", "error", err)
	}
}

// Err returns why no bond is guarded any more, or nil.
func (p *Process) Err() error {
	if p == nil {
		return errors.New("lacpd has no watchdog process, because no bond needed one when it started: start lacpd again")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Guard begins to guard the members of a bond, or goes on with another patience: that is how long the
// bond's control may give no answer. status waits for an answer. When Guard returns, the members are
// guarded, unless control gave no answer for that long.
func (p *Process) Guard(name string, patience time.Duration, status func() bond.Status) {
	if p == nil {
		return
	}
	p.Release(name)
	s := &supervisor{process: p, name: name, patience: patience, status: status, begun: make(chan struct{}), stop: make(chan struct{})}
	if !p.begin(s) {
		return
	}
	go s.run()
	select {
	case <-s.begun:
	case <-time.After(patience):
	}
}

// begin tells the process of a bond. It returns false if the process was closed.
func (p *Process) begin(s *supervisor) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.bonds[s.name] = s
	p.order(s.name, orderBegin+" "+s.patience.String())
	return true
}

// Release leaves the members of a bond as they are from now on. It does nothing for a bond that is
// not guarded.
func (p *Process) Release(name string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.bonds[name]; s != nil {
		delete(p.bonds, name)
		close(s.stop)
		p.order(name, orderDismiss)
	}
}

// Close releases all bonds and ends the process.
func (p *Process) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	for name, s := range p.bonds {
		delete(p.bonds, name)
		close(s.stop)
		p.order(name, orderDismiss)
	}
	p.closed = true
	_ = p.orders.Close() // the process ends with it
	p.mu.Unlock()
	<-p.done
}

// order sends an order. The caller holds p.mu.
func (p *Process) order(name, order string) {
	if p.closed || p.err != nil {
		return
	}
	err := p.orders.SetWriteDeadline(time.Now().Add(orderTime))
	if err == nil {
		_, err = io.WriteString(p.orders, name+" "+order+"\n")
	}
	if err != nil {
		p.fail(fmt.Errorf("%w: %w", errEnded, err))
	}
}

// supervisor reports that the control of a bond works.
type supervisor struct {
	process  *Process
	name     string
	patience time.Duration
	status   func() bond.Status
	begun    chan struct{} // closed when the first members were named
	stop     chan struct{} // closed with Process.mu held
}

func (s *supervisor) run() {
	tick := time.NewTicker(s.patience / 4)
	defer tick.Stop()
	begun := sync.OnceFunc(func() { close(s.begun) })
	guarded, last := "", time.Now()
	for {
		st := s.status()
		if silent := time.Since(last); silent > s.patience {
			s.process.log.Warn("bond did not answer in time, its links were taken down meanwhile", "bond", s.name, "silent", silent.String(), "patience", s.patience.String())
		}
		last = time.Now()
		order := orderAlive
		if names := members(&st); names != guarded {
			guarded, order = names, strings.TrimSpace(orderGuard+" "+names)
		}
		sent := s.send(order)
		begun()
		if !sent {
			return
		}
		select {
		case <-tick.C:
		case <-s.stop:
			return
		}
	}
}

// send sends an order unless the bond was released. It reports whether that is so.
func (s *supervisor) send(order string) bool {
	s.process.mu.Lock()
	defer s.process.mu.Unlock()
	if s.process.bonds[s.name] != s {
		return false
	}
	s.process.order(s.name, order)
	return true
}

// members returns the present names of a bond's members.
func members(st *bond.Status) string {
	var names []string
	for i := range st.Members {
		m := &st.Members[i]
		if m.Link.Renamed != "" {
			names = append(names, m.Link.Renamed)
		} else {
			names = append(names, m.Name)
		}
	}
	return strings.Join(names, " ")
}
