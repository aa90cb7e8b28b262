package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// fakeBond is a bond that is up.
type fakeBond struct {
	mu     sync.Mutex // guards what clients of the socket read and change
	cfg    bond.OpenConfig
	closed bool
	sets   int
	setErr error            // returned by Set
	addErr map[string]error // returned by AddInterface for a name
	adds   []string         // names passed to AddInterface

	missing []bond.MissingMember
	removed []string // names passed to RemoveMember

	permission bond.Permission
	hears      bool // its links hear a partner

	drained map[string]bool
	gates   map[string]lacp.Gate // by member and name
	events  chan bond.Event
}

func (b *fakeBond) Drain(name string, on bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.cfg.Interfaces, name) {
		return &bond.ConfigError{Field: "member", Value: name, Allowed: "a member"}
	}
	b.drained[name] = on
	return nil
}

func (b *fakeBond) SetGate(member, gate string, level lacp.Gate) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if gate == "" {
		return &bond.ConfigError{Field: "gate", Value: gate, Allowed: "a name"}
	}
	b.gates[member+" "+gate] = level
	return nil
}

// Watch passes on the events of b.events until the bond is closed.
func (b *fakeBond) Watch(ctx context.Context) <-chan bond.Event {
	out := make(chan bond.Event)
	go func() {
		defer close(out)
		for {
			select {
			case e, ok := <-b.events:
				if !ok {
					return
				}
				select {
				case out <- e:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (b *fakeBond) SetPermission(p bond.Permission) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.permission = p
	return nil
}

func (b *fakeBond) Close() error {
	b.closed = true
	close(b.events)
	return nil
}

func (b *fakeBond) History(string) ([]lacp.Transition, error) { return nil, nil }

func (b *fakeBond) Explain([]byte) (bond.Explanation, error) { return bond.Explanation{}, nil }

func (b *fakeBond) Set(change func(*bond.Config)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sets++
	if b.setErr == nil {
		change(&b.cfg.Config)
	}
	return b.setErr
}

func (b *fakeBond) Suspend(context.Context) (lacp.Saved, error) {
	b.closed = true
	return lacp.Saved{At: time.Unix(9, 0)}, nil
}

func (b *fakeBond) AddInterface(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.adds = append(b.adds, name)
	if err := b.addErr[name]; err != nil {
		return err
	}
	b.cfg.Interfaces = append(b.cfg.Interfaces, name)
	return nil
}

func (b *fakeBond) RemoveMember(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.removed = append(b.removed, name)
	b.cfg.Interfaces = slices.DeleteFunc(slices.Clone(b.cfg.Interfaces), func(s string) bool { return s == name })
	return nil
}

func (b *fakeBond) Status() bond.Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	since := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	st := bond.Status{Permission: b.permission, Name: b.cfg.Name, Mode: b.cfg.Mode, Rate: b.cfg.Rate, Hash: b.cfg.Hash, MTU: b.cfg.MTU, Up: true, Since: since, Missing: b.missing}
	for i, name := range b.cfg.Interfaces {
		m := bond.MemberStatus{Name: name, Carries: i == 0, Reason: lacp.Reason{Code: lacp.ReasonDistributing, Since: since}}
		m.Link.Up, m.Link.SpeedMbps, m.Link.Duplex = true, 1000, lacp.DuplexFull
		m.LACP.Actor.State = 0x3f
		if b.hears {
			m.LACP.Receive, m.LACP.ReadyN = lacp.ReceiveCurrent, true
			m.LACP.Config.Number = lacp.PortNumber(int(b.cfg.PortBase) + i + 1)
			m.LACP.Actor.Port.Number = m.LACP.Config.Number
		}
		if i > 0 {
			m.Reason.Code = lacp.ReasonExpired
		}
		st.Members = append(st.Members, m)
	}
	return st
}

// testLinks returns four Ethernet interfaces and a loopback.
func testLinks() hostLinks {
	links := hostLinks{{index: 1, name: "lo"}}
	for i := 1; i <= 4; i++ {
		links = append(links, hostLink{index: 1 + i, name: fmt.Sprintf("eth%d", i)})
	}
	return links
}

// fakeHost is a machine with testLinks whose bonds record what happens to them.
type fakeHost struct {
	host
	opening     sync.Mutex // guards opened while the daemon runs
	opened      []*fakeBond
	restored    []string
	excepted    []string // the interfaces that restore left alone
	removed     []string // bonds whose device in the kernel was removed
	removedTAPs []string // bonds whose TAP device was removed
	noKernel    error    // why programs in the kernel can't carry frames
	swept       int

	suspended atomic.Int64 // nanoseconds that the machine was suspended, in all

	hears   bool             // the links of bonds hear a partner
	fails   map[string]error // returned by open for a bond
	refused map[string]error // returned by refuses for a port
	tries   []string         // names of bonds passed to open
}

func newFakeHost() *fakeHost {
	h := &fakeHost{fails: make(map[string]error), refused: make(map[string]error)}
	h.refuses = func(port string, _ int) error { return h.refused[port] }
	h.allowed = func() error { return nil }
	h.sweep = func(string) error { h.swept++; return nil }
	h.links = func() (hostLinks, error) { return testLinks(), nil }
	h.restore = func(dir string, except ...string) error {
		h.restored, h.excepted = append(h.restored, dir), except
		return nil
	}
	began := time.Now()
	h.bootTime = func() time.Duration { return time.Since(began) + time.Duration(h.suspended.Load()) }
	h.kernel = func() error { return h.noKernel }
	h.team = func() error { return errors.ErrUnsupported }
	h.useTeam = h.useKernel
	h.removeTAP = func(_, name string) error { h.removedTAPs = append(h.removedTAPs, name); return nil }
	h.removeKernel = func(name string) error { h.removed = append(h.removed, name); return nil }
	h.useKernel = func(*bond.OpenConfig) (ends, err error) { return nil, nil }
	h.open = h.openFake
	return h
}

func (h *fakeHost) openFake(cfg bond.OpenConfig) (liveBond, error) {
	h.tries = append(h.tries, cfg.Name)
	if err := h.fails[cfg.Name]; err != nil {
		return nil, err
	}
	b := &fakeBond{cfg: cfg, hears: h.hears, drained: make(map[string]bool), gates: make(map[string]lacp.Gate), events: make(chan bond.Event)}
	h.opening.Lock()
	defer h.opening.Unlock()
	h.opened = append(h.opened, b)
	return b, nil
}

// logBuffer is a log that one goroutine writes and another watches.
type logBuffer struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	line chan struct{} // receives a value after each write, if it has room
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.buf.Write(p)
	select {
	case b.line <- struct{}{}:
	default:
	}
	return n, err
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// await waits until text has been logged.
func (b *logBuffer) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(netlab.Patience)
	for !strings.Contains(b.String(), text) {
		select {
		case <-b.line:
		case <-deadline:
			t.Fatalf("log lacks %q:\n%s", text, b)
		}
	}
}

func socketPath(t *testing.T) string {
	t.Helper()
	// The name of the test's own directory may be too long for a socket.
	dir, err := os.MkdirTemp("", "lacpd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

func TestRunTellsItsStatusAndLeaves(t *testing.T) {
	o := &runFlags{config: "testdata/lacpd.yaml", socket: socketPath(t), stateDir: "state"}
	h := newFakeHost()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log := &logBuffer{line: make(chan struct{}, 1)}
	done := make(chan int, 1)
	go func() { done <- runDaemon(ctx, o, h.host, log) }()
	log.await(t, "running")

	info, err := os.Stat(o.socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", info.Mode(), err)
	}
	var out, errOut bytes.Buffer
	if code := run(ctx, []string{"status", "-json", "-socket", o.socket}, &out, &errOut); code != 0 {
		t.Fatalf("status exits with %d: %s", code, &errOut)
	}
	var v struct {
		Bonds []struct {
			Name    string
			Up      bool
			Rate    string
			Members []struct {
				Name        string
				CarriesData bool `json:"carries_data"`
				Reason      struct{ Code, Severity, Advice string }
				Actor       struct {
					State string
					Flags []string
				}
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Bonds) != 2 || v.Bonds[1].Name != "bond1" || v.Bonds[1].Rate != "FAST" || !v.Bonds[0].Up {
		t.Fatalf("status is %s", &out)
	}
	m := v.Bonds[0].Members
	if len(m) != 2 || m[0].Name != "eth1" || !m[0].CarriesData || m[0].Actor.State != "0x3f" || len(m[0].Actor.Flags) != 6 ||
		m[1].Reason.Code != "Expired" || m[1].Reason.Severity != "error" || m[1].Reason.Advice == "" {
		t.Errorf("members are %+v", m)
	}
	out.Reset()
	if code := run(ctx, []string{"status", "-socket", o.socket}, &out, &errOut); code != 0 {
		t.Fatalf("status exits with %d: %s", code, &errOut)
	}
	for _, want := range []string{"bond0: up on 1 of 2 links: eth2 no longer hears its partner\n  uplink to the core switch\n  up for ", "rate FAST, hash layer3+4, mtu 9000", "1000 Mb/s full", "error: Expired for", "check that it runs"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &out)
		}
	}

	// A second lacpd does not start.
	second := newFakeHost()
	errOut.Reset()
	if code := runDaemon(ctx, o, second.host, &errOut); code != 1 || !strings.Contains(errOut.String(), "another lacpd is running") {
		t.Errorf("second lacpd exits with %d: %s", code, &errOut)
	}
	if len(second.opened)+len(second.restored) != 0 {
		t.Error("the second lacpd touched interfaces, want none touched")
	}

	cancel()
	if code := <-done; code != 0 {
		t.Errorf("exits with %d:\n%s", code, log)
	}
	for _, b := range h.opened {
		if !b.closed {
			t.Errorf("%s was not closed, want it closed", b.cfg.Name)
		}
	}
	if len(h.restored) != 1 || h.restored[0] != "state" {
		t.Errorf("restored %q", h.restored)
	}
	if _, err := os.Lstat(o.socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket still exists: %v", err)
	}
	errOut.Reset()
	if code := run(context.Background(), []string{"status", "-socket", o.socket}, &out, &errOut); code != 1 {
		t.Errorf("status without lacpd exits with %d, want 1", code)
	}
}

func TestExitCodes(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("bonds:\n  - name: bond0\n    ports: [lo]\n    mtu: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args string
		code int
		says string
	}{
		{"", 2, "want a command"},
		{"-h", 0, "usage: lacpd COMMAND"},
		{"run -h", 0, "usage: lacpd run"},
		{"fly", 2, `command "fly" unknown`},
		{"run", 2, "want -config FILE"},
		{"check", 2, "want FILE"},
		{"check -config a b", 2, "-config a and b: allowed: one of them"},
		{"check none.yaml", 2, "none.yaml"},
		{"check -colour", 2, "flag provided but not defined"},
		{"check -config none.yaml", 2, "none.yaml"},
		{"check -config " + bad, 2, bad + ":3:13: ports: lo: allowed: an Ethernet interface; this is the loopback interface\n" + bad + ":4:10: mtu: 1: allowed: 1492 to 9216\n"},
		{"run -config " + bad, 2, bad + ":4:10: mtu: 1: allowed: 1492 to 9216\n"},
		{"status extra 1s more", 2, `argument "more" not expected`},
		{"status -socket /nowhere/s", 1, "no lacpd answers"},
	} {
		var out bytes.Buffer
		code := run(context.Background(), strings.Fields(tt.args), &out, &out)
		if code != tt.code || !strings.Contains(out.String(), tt.says) {
			t.Errorf("lacpd %s: exit %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.says, &out)
		}
	}
}
