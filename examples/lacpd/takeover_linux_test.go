package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane/ebpf"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/handover"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/netlab"
)

// relay is a lacpd that others succeed, and its partner.
type relay struct {
	*process
	a, b    *netlab.NS
	partner *process
}

const (
	relayNear = "192.0.2.1"
	relayFar  = "192.0.2.2"
)

// newRelay starts both ends and waits until they use both links. The near end's settings are more
// keys for its bond. With a bridge bond0 is a port of br0, which has the address.
func newRelay(t *testing.T, settings string, bridge bool) *relay {
	t.Helper()
	a, b := pairOf(t)
	for _, ns := range []*netlab.NS{a, b} {
		ns.Run(t, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6") // whose addresses change by themselves
	}
	const bonds = "bonds:\n- {name: bond0, ports: [v0, v1], aggregate_wait: 0, xmit_hash_policy: LAYER3+4, %s}\n"
	near := "addresses: [" + relayNear + "/24], " + settings
	if bridge {
		near = settings
	}
	r := &relay{a: a, b: b}
	r.partner = startProcess(t, b, fmt.Sprintf(bonds, "lacpdu_rate: FAST, addresses: ["+relayFar+"/24]"), nil)
	r.process = startProcess(t, a, fmt.Sprintf(bonds, near), nil)
	r.log.await(t, "msg=running")
	if bridge {
		a.Run(t, "ip", "link", "add", "name", "br0", "type", "bridge")
		a.Run(t, "ip", "link", "set", "dev", "bond0", "master", "br0")
		a.Run(t, "ip", "link", "set", "dev", "br0", "up")
		a.Run(t, "ip", "addr", "add", relayNear+"/24", "dev", "br0")
	}
	r.awaitBoth(t)
	r.lengthen(t)
	a.Run(t, "ping", "-c", "1", "-w", "60", relayFar)
	a.Run(t, "ip", "route", "add", "203.0.113.0/24", "via", relayFar, "metric", "77")
	return r
}

// lengthen makes the queue of bond0 hold all frames of the traffic while a busy machine starts a
// process. A thousand, its usual length, are enough for a quiet one.
func (r *relay) lengthen(t *testing.T) {
	t.Helper()
	r.a.Run(t, "ip", "link", "set", "dev", "bond0", "txqueuelen", "10000")
}

// awaitBoth waits until both ends carry data on both links, and the partner knows that.
func (r *relay) awaitBoth(t *testing.T) {
	t.Helper()
	await(t, "both ends use both links", netlab.Patience, func() bool {
		b := r.partner.bond("bond0")
		return r.bond("bond0").Carrying() == 2 && b.Carrying() == 2 &&
			!slices.ContainsFunc(b.Members, func(m view.Member) bool { return !slices.Contains(m.Partner.Flags, "Distributing") })
	})
}

// successor starts a process that takes over, with more flags.
func (r *relay) successor(t *testing.T, flags ...string) *process {
	t.Helper()
	next := &process{ns: r.ns, dir: r.dir, config: r.config}
	next.start(t, nil, append([]string{"-takeover"}, flags...)...)
	return next
}

// succeed hands over to another process, which has more flags, and waits until the one before has ended.
func (r *relay) succeed(t *testing.T, flags ...string) {
	t.Helper()
	before := r.process
	next := r.successor(t, flags...)
	next.log.await(t, "msg=running")
	select {
	case <-before.done:
	case <-time.After(netlab.Patience):
		t.Fatal("the lacpd before does not end")
	}
	if code := before.cmd.ProcessState.ExitCode(); code != exitOK {
		t.Errorf("the lacpd before exits with %d, want %d", code, exitOK)
	}
	r.process = next
	if _, stopped, ok := strings.Cut(before.log.String(), "stopped_for="); ok {
		t.Logf("stopped for %s", strings.TrimSpace(stopped))
	}
}

// known is how the partner sees a link, and how often that has changed.
type known struct {
	since  time.Time
	reason string
	flags  string
	counts [4]uint64
}

func (r *relay) known(t *testing.T) (all []known) {
	t.Helper()
	b := r.partner.bond("bond0")
	for _, m := range b.Members {
		c := &m.Counters
		all = append(all, known{m.Reason.Since, m.Reason.Code, strings.Join(m.Partner.Flags, " "),
			[...]uint64{c.PartnerSync, c.Timeouts, c.Flaps, c.LinkFailures}})
	}
	if len(all) != 2 {
		t.Fatalf("the partner knows %+v, want two links", all)
	}
	return all
}

// host returns bond0, a port and the routes as the host sees them.
func (r *relay) host(t *testing.T) string {
	t.Helper()
	bond0 := bridgeTimer.ReplaceAllString(r.a.Run(t, "ip", "-d", "addr", "show", "dev", "bond0"), "")
	return bond0 + r.a.Run(t, "ip", "route") + r.a.Run(t, "ip", "-d", "link", "show", "v0")
}

// bridgeTimer is a timer of a bridge's port, which runs.
var bridgeTimer = regexp.MustCompile(`\w+_timer +[0-9.]+ `)

// wantKnown checks that the partner knows what it did before.
func (r *relay) wantKnown(t *testing.T, want []known) {
	t.Helper()
	if got := r.known(t); !slices.Equal(got, want) {
		t.Errorf("the partner knows\n%+v\nwant\n%+v", got, want)
	}
}

// unnoticed returns a function that checks that neither the kernel, the partner nor the host has
// noticed anything since.
func (r *relay) unnoticed(t *testing.T) func() {
	t.Helper()
	partner, host, events := r.known(t), r.host(t), r.monitor(t)
	return func() {
		t.Helper()
		if got := events(); got != "" {
			t.Errorf("the kernel reports, want nothing:\n%s", got)
		}
		r.wantKnown(t, partner)
		if got := r.host(t); got != host {
			t.Errorf("the host has\n%s\nwant\n%s", got, host)
		}
	}
}

// monitor lists what the kernel reports about links, addresses and routes until the function that
// it returns is called.
func (r *relay) monitor(t *testing.T) (events func() string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "monitor"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command("ip", "-o", "monitor", "link", "address", "route")
	cmd.Stdout = out
	if err := r.a.Start(cmd); err != nil {
		t.Fatal(err)
	}
	stop := func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(stop)
	read := func() string {
		b, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	mark := 0
	sees := func() { // an event of our own appears
		mark++
		name := fmt.Sprintf("mark%d", mark)
		await(t, "ip monitor reports", netlab.Patience, func() bool {
			r.a.Run(t, "ip", "link", "add", name, "type", "bridge")
			r.a.Run(t, "ip", "link", "del", name)
			return strings.Contains(read(), name)
		})
	}
	sees()
	before := len(read())
	return func() string {
		sees()
		stop()
		var lines []string
		for line := range strings.Lines(read()[before:]) {
			if !strings.Contains(line, "mark") {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "")
	}
}

// rounds is how often a test hands over: a few times, or with LAGKIT_LAB more often.
func rounds(few, many int) int {
	if os.Getenv("LAGKIT_LAB") != "" {
		return many
	}
	return few
}

// flow starts numbered traffic both ways.
func (r *relay) flow(t *testing.T, every time.Duration) (end func()) {
	t.Helper()
	out := netlab.StartNumbers(t, r.a, r.b, relayFar, 4, every)
	in := netlab.StartNumbers(t, r.b, r.a, relayNear, 4, every)
	return func() {
		t.Helper()
		for _, way := range []struct {
			name string
			sent *netlab.Numbered
		}{{"out", out}, {"in", in}} {
			n := way.sent.End()
			if t.Logf("%s: %v", way.name, n); !n.Clean() {
				t.Errorf("%s: %v, want nothing lost, duplicated or out of order", way.name, n)
			}
		}
	}
}

// A successor takes the bonds over under traffic. No frame is lost, and neither the partner nor the
// host notices anything.
func TestTakeoverUnderTraffic(t *testing.T) {
	for name, tt := range map[string]struct {
		settings string
		bridge   bool
	}{
		"in the kernel": {"lacpdu_rate: FAST, data_plane: ebpf", false},
		"routed, FAST":  {"lacpdu_rate: FAST", false},
		"bridged, SLOW": {"lacpdu_rate: SLOW", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(tt.settings, "ebpf") {
				needPins(t)
			}
			r := newRelay(t, tt.settings, tt.bridge)
			unnoticed, end := r.unnoticed(t), r.flow(t, time.Millisecond)
			began := time.Now()
			for i := 0; i < rounds(2, 5) || os.Getenv("LAGKIT_LAB") != "" && time.Since(began) < 5*time.Second; i++ {
				r.succeed(t)
			}
			end()
			unnoticed()
			if code := r.end(t); code != exitOK {
				t.Errorf("the last lacpd exits with %d, want %d", code, exitOK)
			}
			if r.a.Exists(t, "bond0") {
				t.Error("bond0 is left, want it removed")
			}
			if left, err := filepath.Glob(filepath.Join(r.dir, "state", "*")); len(left) > 0 || err != nil {
				t.Errorf("left in the state directory: %v, %v", left, err)
			}
		})
	}
}

// A successor that can't begin, crashes or hangs leaves everything to the lacpd that runs.
func TestTakeoverThatFails(t *testing.T) {
	for _, plane := range []string{"user", "ebpf"} {
		t.Run(plane, func(t *testing.T) {
			t.Parallel()
			if plane == "ebpf" {
				needPins(t)
			}
			testTakeoverThatFails(t, plane)
		})
	}
}

// needPins skips a test where programs in the kernel would not go on without a process.
func needPins(t *testing.T) {
	t.Helper()
	if err := errors.Join(checkKernel(), ebpf.CheckPins(ebpf.DefaultPins)); err != nil {
		t.Skip(err)
	}
}

func testTakeoverThatFails(t *testing.T, plane string) {
	r := newRelay(t, "lacpdu_rate: FAST, data_plane: "+plane, false)
	unnoticed, end := r.unnoticed(t), r.flow(t, 5*time.Millisecond)
	for name, ask := range map[string]successor{
		"version": {Version: handover.Version + 1, Layout: bond.HandedVersion},
		"layout":  {Version: handover.Version, Layout: bond.HandedVersion + 1},
	} {
		var refused *control.Error
		err := control.Ask(t.Context(), r.socket(), "handover", &ask, nil)
		if !errors.As(err, &refused) || refused.Field != name {
			t.Errorf("a successor of another %s gets %v, want a refusal that names it", name, err)
		}
	}
	if strings.Contains(r.log.String(), "not handed over") {
		t.Error("lacpd stopped its bonds for a successor of another version")
	}
	for name, behave := range map[string]func(*net.UnixConn){
		"crashes at once": func(conn *net.UnixConn) { conn.Close() },
		"crashes with the bonds": func(conn *net.UnixConn) {
			_, files, err := handover.Receive(conn)
			if err != nil {
				t.Error(err)
			}
			handover.CloseFiles(files)
			conn.Close()
		},
		"refuses": func(conn *net.UnixConn) {
			if err := handover.WriteWord(conn, handover.No); err != nil {
				t.Error(err)
			}
		},
		"hangs": func(*net.UnixConn) {},
	} {
		if err := r.imitate(t, behave); err == nil {
			t.Errorf("a successor that %s is no error, want one", name)
		} else {
			t.Logf("a successor that %s: %v", name, err)
		}
		if _, err := r.status(); err != nil {
			t.Fatalf("after a successor that %s: no status: %v", name, err)
		}
	}
	end()
	unnoticed()
	r.succeed(t)
}

// imitate is a successor that behaves in its own way. It returns what lacpd answers.
func (r *relay) imitate(t *testing.T, behave func(*net.UnixConn)) error {
	t.Helper()
	var m *handover.Meeting
	r.a.Must(t, func() (err error) {
		m, err = handover.NewMeeting()
		return err
	})
	defer m.Close()
	answer := make(chan error, 1)
	go func() {
		s := successor{Version: handover.Version, Layout: bond.HandedVersion, Address: m.Address()}
		answer <- control.Ask(t.Context(), r.socket(), "handover", &s, nil)
	}()
	conn, err := m.Accept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	behave(conn)
	return <-answer
}

// A successor without room for the descriptors, or with a file that is refused, changes nothing.
func TestSuccessorThatCantBegin(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "lacpdu_rate: FAST", false)
	program, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(r.dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("bonds: [{name: bond0}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := program + " run -takeover -socket " + r.socket() + " -state-dir " + filepath.Join(r.dir, "state") + " -config "
	for command, want := range map[string]int{
		"ulimit -n 24; exec " + run + r.config: exitFailed,
		"exec " + run + bad:                    exitUsage,
	} {
		cmd := exec.Command("sh", "-c", command)
		var log strings.Builder
		cmd.Stderr = &log
		if err := r.a.Start(cmd); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the status is checked
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: exits with %d, want %d:\n%s", command, got, want, &log)
		}
		if b := r.bond("bond0"); b.Carrying() != 2 {
			t.Errorf("%s: %d links carry data, want 2", command, b.Carrying())
		}
	}
}

// Twenty processes succeed each other, and the last has no more descriptors than the second.
func TestManyTakeovers(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "lacpdu_rate: FAST", false)
	partner := r.known(t)
	end := r.flow(t, 2*time.Millisecond)
	r.succeed(t)
	before := r.descriptors(t)
	for range rounds(3, 20) {
		r.succeed(t)
	}
	end()
	await(t, fmt.Sprintf("%d descriptors, as many as at first", before), netlab.Patience, func() bool { return r.descriptors(t) <= before })
	r.wantKnown(t, partner)
}

// descriptors returns how many descriptors the process has.
func (r *relay) descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// The successor's file is applied, as by a reload.
func TestTakeoverAppliesTheFile(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "lacpdu_rate: FAST", false)
	partner := r.known(t)
	r.write(t, "bonds:\n- {name: bond0, ports: [v0, v1], aggregate_wait: 0, xmit_hash_policy: LAYER3+4, lacpdu_rate: FAST, addresses: [192.0.2.9/24]}\n")
	r.succeed(t)
	if got := r.a.Run(t, "ip", "addr", "show", "dev", "bond0"); !strings.Contains(got, "192.0.2.9/24") || strings.Contains(got, relayNear+"/24") {
		t.Errorf("bond0 is %s, want the address of the new file alone", got)
	}
	r.wantKnown(t, partner)
}

// Without a lacpd that runs, -takeover starts as without it.
func TestTakeoverOfNothing(t *testing.T) {
	t.Parallel()
	a, _ := pairOf(t)
	p := startProcess(t, a, oneBond, nil, "-takeover")
	p.log.await(t, "msg=running")
	if b := p.bond("bond0"); !b.Running {
		t.Errorf("bond0 %+v, want one that runs", b)
	}
}

// The page is at the same address after a takeover, and shows the changes of the bonds that were
// taken over.
func TestTakeoverKeepsTheWebPage(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "lacpdu_rate: FAST", false)
	page := filepath.Join(r.dir, "h")
	client := http.Client{Timeout: netlab.Patience, Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", page)
	}}}
	for range 2 {
		r.succeed(t, "-http", "unix:"+page)
	}
	if log := r.log.String(); strings.Contains(log, "no web page") {
		t.Errorf("the successor has no web page:\n%s", log)
	}
	events, err := client.Get("http://localhost/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	r.b.Run(t, "ip", "link", "set", "dev", "v0", "down")
	for lines := bufio.NewScanner(events.Body); ; {
		if !lines.Scan() {
			t.Fatalf("the page ends with %v before it shows a transition", lines.Err())
		}
		if lines.Text() == "event: transition" {
			break
		}
	}
	r.succeed(t)
	if _, err := os.Stat(page); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("socket of the page after a successor without one: %v, want it removed", err)
	}
}
