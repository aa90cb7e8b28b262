package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

// serveStatus answers clients with a status, and commands, and returns the path of the socket.
func serveStatus(t *testing.T, status func() any, commands ...control.Command) string {
	t.Helper()
	path := socketPath(t)
	socket, err := control.Listen(path, control.NoGroup)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	server := control.Server{Status: status, Commands: commands, Log: slog.New(slog.DiscardHandler)}
	go func() { defer close(done); server.Serve(socket) }()
	t.Cleanup(func() {
		if err := socket.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return path
}

func TestStatusFormats(t *testing.T) {
	s := viewtest.Status(t)
	socket := serveStatus(t, func() any { return s })
	dir := t.TempDir()
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"", exitOK, "bond0: up on 2 of 3 links: eth3 has no link\n"},
		{"bond1", exitOK, "bond1: up on 1 of 3 links, on eth2: "},
		{"-format text bond4", exitOK, "bond4: not open, LACP\n"},
		{"-json", exitOK, `"name": "bond0"`},
		{"bond1 -format json", exitOK, "{\n  \"bonds\": [\n    {\n      \"name\": \"bond1\""},
		{"-format proc", exitOK, "Ethernet Channel Bonding Driver: v"},
		{"-format proc bond2", exitOK, "Bonding Mode: load balancing (xor)\n"},
		{"-format openconfig", exitOK, `"openconfig-lacp:lacp"`},
		{"-format teamd bond0", exitOK, `"kernel_team_mode_name": "loadbalance"`},
		{"-format prometheus", exitOK, "bond_up{bond=\"bond0\"} 1\n"},
		{"-format sysfs " + dir, exitOK, ""},
		{"-format teamd", exitFailed, "lacpd: -format teamd prints one bond: name one of bond0, bond1, bond2, bond3, bond4\n"},
		{"bond9", exitUsage, "lacpd: bond is \"bond9\", allowed: bond0, bond1, bond2, bond3, bond4\n"},
		{"-format yaml", exitUsage, "lacpd: -format \"yaml\": allowed: text, json, proc, openconfig, teamd, prometheus, sysfs\n"},
		{"-format proc -json", exitUsage, "exclude each other"},
		{"-format sysfs", exitUsage, "want the DIR"},
		{"-format sysfs " + dir + "/none", exitFailed, "no such file or directory"},
		{"-format proc -watch", exitUsage, "-watch needs -format text"},
		{"bond0 bond1", exitUsage, `argument "bond1" not expected`},
		{"-watch=1ms", exitUsage, "allowed: 100ms to 1h0m0s"},
	} {
		var out bytes.Buffer
		args := append([]string{"status", "-socket", socket}, strings.Fields(tt.args)...)
		if code := run(context.Background(), args, &out, &out); code != tt.code || !strings.Contains(out.String(), tt.want) {
			t.Errorf("status %s exits with %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, &out)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "class/net/bonding_masters")); err != nil || string(got) != "bond0 bond1 bond2 bond3\n" {
		t.Errorf("bonding_masters is %q, %v", got, err)
	}
}

// TestStatusOfAnotherVersionPassesThrough: what this version does not know is printed too.
func TestStatusOfAnotherVersionPassesThrough(t *testing.T) {
	socket := serveStatus(t, func() any { return json.RawMessage(`{"bonds":[],"later":1}`) })
	var out bytes.Buffer
	if code := run(context.Background(), []string{"status", "-json", "-socket", socket}, &out, &out); code != exitOK || !strings.Contains(out.String(), `"later": 1`) {
		t.Errorf("status exits with %d:\n%s", code, &out)
	}
}

// watcher takes what is written and ends a context after a number of frames.
type watcher struct {
	mu     sync.Mutex
	text   strings.Builder
	frames int
	end    func()
}

func (w *watcher) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(b)
	if w.frames--; w.frames == 0 {
		w.end()
	}
	return len(b), nil
}

// TestStatusWatchShowsRates: each status after the first has the rates since the one before.
func TestStatusWatchShowsRates(t *testing.T) {
	octets := uint64(1000)
	socket := serveStatus(t, func() any {
		octets += 1_000_000
		return view.Status{Bonds: []view.Bond{{Name: "bond0", Running: true, Mode: "LOADBALANCE", Members: []view.Member{
			{Name: "eth1", Counters: view.Counters{TxOctets: octets}}}}}}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, errs := &watcher{frames: 3, end: cancel}, &bytes.Buffer{}
	if code := run(ctx, []string{"status", "-socket", socket, "-watch", "100ms", "bond0"}, out, errs); code != exitOK {
		t.Fatalf("exits with %d: %s", code, errs)
	}
	blocks := strings.Split(out.text.String(), "--- ")
	if len(blocks) != 4 || strings.Contains(blocks[1], "SENT") || !strings.Contains(blocks[2], "SENT") || !strings.Contains(blocks[2], "b/s") || !strings.Contains(blocks[3], " 100% ") {
		t.Errorf("watch printed\n%s\nwant three blocks, rates from the second on", &out.text)
	}
}

func TestScreenKeepsEachLineInItsPlace(t *testing.T) {
	var out strings.Builder
	if err := showScreen(&out, "bond0: up\n  eth1\n", time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC), time.Second); err != nil {
		t.Fatal(err)
	}
	want := "\x1b[1;1Hlacpd status, every 1s, 12:00:00 (Ctrl-C ends)\x1b[K\x1b[2;1H\x1b[K\x1b[3;1Hbond0: up\x1b[K\x1b[4;1H  eth1\x1b[K\x1b[J"
	if out.String() != want {
		t.Errorf("screen is %q, want %q", out.String(), want)
	}
	if isTerminal(&out) {
		t.Error("a buffer is taken for a terminal")
	}
}

// The interval of -watch may stand after the flag, and the bond before or after both.
func TestWatchTakesItsInterval(t *testing.T) {
	for _, tt := range []struct {
		args string
		rest []string
		want time.Duration
	}{
		{"", nil, time.Second},
		{"bond0", []string{"bond0"}, time.Second},
		{"5s", nil, 5 * time.Second},
		{"5s bond0", []string{"bond0"}, 5 * time.Second},
		{"bond0 5s", []string{"bond0"}, 5 * time.Second},
	} {
		w := watchFlag{on: true, interval: usualInterval}
		if rest := w.take(strings.Fields(tt.args)); !slices.Equal(rest, tt.rest) || w.interval != tt.want {
			t.Errorf("%q: interval %v, arguments %q, want %v and %q", tt.args, w.interval, rest, tt.want, tt.rest)
		}
	}
}
