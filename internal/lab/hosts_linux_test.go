package lab

import (
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// moment is the time when another program acts.
type moment int

const (
	beforeStart moment = iota
	whileRunning
	underLoad
	beforeReload
	beforeStop
	afterKill
)

var momentNames = [...]string{"before the start", "while it runs", "under load", "before a reload", "before the stop", "after kill -9"}

func (m moment) String() string { return momentNames[m] }

// deed is something that another program, or an operator, does to an object that the bond
// depends on, together with the correct reaction.
type deed struct {
	object, action string
	quick          bool // its cell for a running bond is part of each test run

	act  func(t testing.TB, b *hostBed)
	undo func(t testing.TB, b *hostBed) // what makes everything well again; nil: nothing is needed

	wrong string // regular expression that status has to match before undo; empty: any
	told  bool   // the partner has to stop using m1, or all if wrong is about the device
	log   string // regular expression that the log has to match; empty: any

	// right describes what is wrong at the end; empty if nothing is.
	right func(t testing.TB, b *hostBed) string

	// stays is set for deeds that a stopped bond has to leave alone.
	stays func(t testing.TB, b *hostBed) bool

	// not maps a moment that makes no sense to the reason.
	not map[moment]string
	// before replaces undo for the moments when no bond exists to repair it: at the start and
	// after kill -9. atStart is what status shows then.
	before  func(t testing.TB, b *hostBed)
	atStart string
}

// hostCells is how many cells run in parallel: they mostly wait.
const hostCells = 6

// Another program and an operator act on the host: each deed at each moment.
func TestHosts(t *testing.T) {
	needRoot(t)
	for _, name := range []string{"ip", "tc", "ping"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs iproute2 and ping: %v", err)
		}
	}
	if _, err := buildLacpd(); err != nil {
		t.Fatal(err)
	}
	all := os.Getenv("LAGKIT_LAB") != ""
	var wait sync.WaitGroup
	slots := make(chan struct{}, hostCells)
	for _, d := range deeds() {
		for m := beforeStart; m <= afterKill; m++ {
			if why := d.not[m]; why != "" {
				t.Logf("%s %s, %v: no test: %s", d.object, d.action, m, why)
				continue
			}
			if !all && !(d.quick && m == whileRunning) {
				continue
			}
			slots <- struct{}{}
			wait.Go(func() {
				defer func() { <-slots }()
				t.Run(d.object+" "+d.action+", "+m.String(), func(t *testing.T) { runDeed(t, &d, m) })
			})
		}
	}
	wait.Wait()
}

// Limits until a change shows in status, and until everything is well again.
const (
	showLimit = time.Second
	wellLimit = 5 * time.Second
)

func runDeed(t *testing.T, d *deed, m moment) {
	b := newHostBed(t)
	found := b.traits(t)
	absent := m == beforeStart || m == afterKill // no bond exists when it happens
	if m != beforeStart {
		b.startUs(t)
		b.awaitHealthy(t, wellLimit)
	}
	switch m {
	case afterKill:
		b.killUs(t)
	case underLoad:
		start(t, b.near, nil, "ping", "-q", "-i", "0.002", "10.9.0.2")
	}
	d.act(t, b)
	switch {
	case absent:
		b.startUs(t)
	case m == beforeReload:
		b.us.Signal(t, syscall.SIGHUP)
	case m == beforeStop:
		stopAfterDeed(t, b, d, found)
		return
	}
	wrong, undo := d.wrong, d.undo
	if absent {
		wrong, undo = d.atStart, d.before
	}
	if wrong != "" {
		shows(t, b, wrong)
	}
	if d.told && wrong != "" {
		await(t, "the partner stops using it", time.Now(), 4*time.Second, func() bool {
			return !b.them.status(t).member("far1").CarriesData
		}, func() string { return b.them.Log.String() })
	}
	if undo != nil {
		undo(t, b)
	}
	b.awaitHealthy(t, wellLimit)
	if d.right != nil {
		await(t, "right at the end", time.Now(), wellLimit, func() bool { return d.right(t, b) == "" }, func() string { return d.right(t, b) })
	}
	if d.log != "" && !absent {
		says(t, b, d.log)
	}
}

// shows waits until the status matches a regular expression.
func shows(t testing.TB, b *hostBed, wrong string) {
	t.Helper()
	want := regexp.MustCompile(wrong)
	ask := func() string {
		cmd := exec.Command(b.us.program, "status", "-json", "-socket", b.us.socket)
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	await(t, "status shows "+wrong, time.Now(), showLimit, func() bool { return want.MatchString(ask()) }, ask)
}

// says waits until the log matches a regular expression.
func says(t testing.TB, b *hostBed, what string) {
	t.Helper()
	want := regexp.MustCompile(what)
	await(t, "the log says "+what, time.Now(), showLimit, func() bool { return want.MatchString(b.us.Log.String()) }, b.us.Log.String)
}

// stopAfterDeed stops the bond, and compares the result with what was found.
func stopAfterDeed(t *testing.T, b *hostBed, d *deed, found string) {
	b.us.End(t)
	if d.stays != nil && !d.stays(t, b) {
		t.Errorf("the other program's change is gone after the stop")
	}
	if d.stays != nil || d.undo != nil {
		return // it differs from what was found
	}
	if left := b.traits(t); left != found {
		t.Errorf("after the stop:\n%s\nwant as found:\n%s", left, found)
	}
}
