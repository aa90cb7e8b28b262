package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

// oneHead has a LAG of several boxes.
const oneHead = "chassis: {group: nas1, name: head-a, number: 1, external: true}\n" +
	"bonds:\n- {name: bond0, ports: [v0, v1], lag: uplink, watchdog: 200ms, system_mac: '02:00:00:00:00:01', lacpdu_rate: FAST, aggregate_wait: 0}\n"

// guardedHead starts a head that carries its LAG, and its partner.
func guardedHead(t *testing.T, file string) (p *process, far *netlab.NS) {
	t.Helper()
	a, b := pairOf(t)
	a.Up(t, "v0")
	a.Up(t, "v1")
	partner := startProcess(t, b, oneBond, nil)
	p = startProcess(t, a, file, nil)
	p.log.await(t, "msg=running")
	p.permit(t)
	await(t, "the partner uses both links", netlab.Patience, func() bool { return partner.bond("bond0").Carrying() == 2 })
	return p, b
}

// permit lets the head carry its LAG, if it has one.
func (p *process) permit(t *testing.T) {
	t.Helper()
	if p.bond("bond0").LAG == nil {
		return
	}
	if out, code := p.run(t, "chassis", "permit", "uplink", "-hold", "60s", "-epoch", "1"); code != exitOK {
		t.Fatalf("permit: %s", out)
	}
}

// carrier reports whether the partner's ends of both links have carrier, and whether neither has.
func carrier(t *testing.T, far *netlab.NS) (both, neither bool) {
	t.Helper()
	both, neither = true, true
	for _, name := range []string{"v0", "v1"} {
		up := far.Interface(t, name).Flags&net.FlagRunning != 0
		both, neither = both && up, neither && !up
	}
	return both, neither
}

// awaitLoss waits until the partner's ends have no carrier, and logs how long that took.
func awaitLoss(t *testing.T, far *netlab.NS, what string) {
	t.Helper()
	began := time.Now()
	for _, lost := carrier(t, far); !lost; _, lost = carrier(t, far) {
		if time.Since(began) > netlab.Patience {
			t.Fatalf("%s: the partner has carrier for %v", what, netlab.Patience)
		}
		<-time.After(time.Millisecond)
	}
	t.Logf("%s: the partner lost carrier after %v", what, time.Since(began).Round(time.Millisecond))
}

func awaitCarrier(t *testing.T, far *netlab.NS) {
	t.Helper()
	await(t, "the partner has carrier again", netlab.Patience, func() bool { up, _ := carrier(t, far); return up })
}

// watchdogOf returns the process identifier of lacpd's watchdog.
func (p *process) watchdogOf(t *testing.T) int {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	if err != nil || len(tasks) == 0 {
		t.Skip("the kernel does not list the children of processes")
	}
	for _, name := range tasks {
		b, _ := os.ReadFile(name) // the thread may be gone
		for child := range strings.FieldsSeq(string(b)) {
			line, _ := os.ReadFile("/proc/" + child + "/cmdline")
			if strings.Contains(string(line), watchdogName) {
				pid, err := strconv.Atoi(child)
				if err != nil {
					t.Fatal(err)
				}
				return pid
			}
		}
	}
	t.Fatal("lacpd has no child that is a watchdog")
	return 0
}

// TestKilledHeadLosesItsLinks: the partner of a lacpd that is killed does not wait for its timeout. The
// next start takes the links up again, and the watchdog has the one capability that it needs.
func TestKilledHeadLosesItsLinks(t *testing.T) {
	t.Parallel()
	p, far := guardedHead(t, oneHead)
	dog := p.watchdogOf(t)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", dog))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"CapEff:\t0000000000001000\n", "CapPrm:\t0000000000001000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("the watchdog lacks %q:\n%s", want, status)
		}
	}
	if got := p.bond("bond0").Settings.Watchdog; got != "on" {
		t.Errorf("status: watchdog %q, want on", got)
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitLoss(t, far, "kill -9")
	<-p.done
	await(t, "the watchdog ends", netlab.Patience, func() bool { return unix.Kill(dog, 0) != nil })
	p.start(t, nil)
	awaitCarrier(t, far)
	p.log.await(t, "msg=running")
	if code := p.end(t); code != exitOK {
		t.Errorf("lacpd exits with %d, want %d", code, exitOK)
	}
	if up, _ := carrier(t, far); !up {
		t.Errorf("after an end in order a link is down, want the watchdog to leave them alone:\n%s", p.ns.Run(t, "ip", "link"))
	}
}

// TestStoppedHeadLosesItsLinks: a lacpd that hangs is dead to its partner until it goes on.
func TestStoppedHeadLosesItsLinks(t *testing.T) {
	t.Parallel()
	p, far := guardedHead(t, oneHead)
	if err := p.cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	awaitLoss(t, far, "SIGSTOP")
	if err := p.cmd.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	awaitCarrier(t, far)
	p.log.await(t, "bond did not answer in time")
	p.permit(t)
	await(t, "the head carries its LAG again", netlab.Patience, func() bool { return p.bond("bond0").Carrying() == 2 })
}

// TestWatchdogThatDiesIsReported: nothing can start it again, so status shows that.
func TestWatchdogThatDiesIsReported(t *testing.T) {
	t.Parallel()
	p, far := guardedHead(t, strings.Replace(oneBond, "aggregate_wait: 0", "aggregate_wait: 0, watchdog: true", 1))
	if err := unix.Kill(p.watchdogOf(t), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.log.await(t, "links are not guarded any more")
	if got := p.bond("bond0").Settings.Watchdog; got != "failed" {
		t.Errorf("status: watchdog %q, want failed", got)
	}
	if up, _ := carrier(t, far); !up {
		t.Error("a link is down after the death of the watchdog, want them up")
	}
}

// TestSuccessorGuardsTheLinks: a takeover does not look like a death, and the successor has a watchdog of
// its own.
func TestSuccessorGuardsTheLinks(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "lacpdu_rate: FAST, watchdog: true", false)
	before := r.known(t)
	r.succeed(t)
	awaitLossless(t, r, before)
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitLoss(t, r.b, "kill -9 of the successor")
}

// awaitLossless checks that the partner has seen nothing of a takeover.
func awaitLossless(t *testing.T, r *relay, before []known) {
	t.Helper()
	for i, now := range r.known(t) {
		if now != before[i] {
			t.Errorf("link %d: the partner knows %+v, knew %+v before; want the same", i, now, before[i])
		}
	}
}

// TestSuccessorOpensTheLAGAgain: the bond of a LAG can't be handed over with its permission. It is
// opened again, and the engine permits it again.
func TestSuccessorOpensTheLAGAgain(t *testing.T) {
	t.Parallel()
	p, far := guardedHead(t, oneHead)
	next := &process{ns: p.ns, dir: p.dir, config: p.config}
	next.start(t, nil, "-takeover")
	next.log.await(t, "msg=running")
	select {
	case <-p.done:
	case <-time.After(netlab.Patience):
		t.Fatal("the lacpd before does not end")
	}
	if code := p.cmd.ProcessState.ExitCode(); code != exitOK {
		t.Errorf("the lacpd before exits with %d, want %d", code, exitOK)
	}
	awaitCarrier(t, far)
	if got := next.bond("bond0"); got.LAG == nil || got.LAG.Role != "none" || got.Carrying() != 0 {
		t.Errorf("the successor's bond: %+v, want no permission", got.LAG)
	}
	next.permit(t)
	await(t, "the successor carries the LAG", netlab.Patience, func() bool { return next.bond("bond0").Carrying() == 2 })
}
