package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// served is a running lacpd with a fake host and a real socket.
type served struct {
	args *runFlags
	host *fakeHost
	log  *logBuffer
	file string
}

// serve starts lacpd, which ends with the test.
func serve(t *testing.T, text string) *served {
	t.Helper()
	return serveOn(t, newFakeHost(), text)
}

// serveOn is serve on a host.
func serveOn(t *testing.T, h *fakeHost, text string) *served {
	t.Helper()
	s := &served{host: h, log: &logBuffer{line: make(chan struct{}, 1)}, file: filepath.Join(t.TempDir(), "lacpd.yaml")}
	s.write(t, s.file, text)
	s.args = &runFlags{config: s.file, socket: socketPath(t), stateDir: t.TempDir()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() { done <- runDaemon(ctx, s.args, s.host.host, s.log) }()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("lacpd exits with %d:\n%s", code, s.log)
		}
	})
	s.log.await(t, "running")
	return s
}

func (s *served) write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lacpd runs a command and returns its output and exit status.
func (s *served) lacpd(args ...string) (out, errOut string, code int) {
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), append(args, "-socket", s.args.socket), &stdout, &stderr)
	return stdout.String(), stderr.String(), code
}

// TestCommandsPrintTextOrJSON checks the output and the exit status of each command that asks
// the running lacpd for a change.
func TestCommandsPrintTextOrJSON(t *testing.T) {
	s := serve(t, twoBonds)
	dir := t.TempDir()
	other, same, bad := filepath.Join(dir, "other"), filepath.Join(dir, "same"), filepath.Join(dir, "bad")
	s.write(t, other, otherBonds)
	s.write(t, same, twoBonds)
	s.write(t, bad, "bonds:\n- {name: a, ports: [eth1], mtu: 1}\n- {name: b, ports: [eth3], colour: red}\n")
	for _, tt := range []struct {
		args        string
		code        int
		out, errOut string // their beginnings
	}{
		{"drain eth1", 0, "a: eth1 is drained", ""},
		{"undrain -json a eth1", 0, `{"bond":"a","member":"eth1","drained":false}` + "\n", ""},
		{"drain b eth1", 2, "", `lacpd: member is "eth1", allowed: eth3` + "\n"},
		{"drain", 2, "", "lacpd: want [BOND] MEMBER\nusage: lacpd drain"},
		{"drain a b c", 2, "", `lacpd: argument "c" not expected`},
		{"gate a eth1 closed -gate macsec", 0, "a: gate macsec of eth1 is closed\n", ""},
		{"gate a eth1 ajar", 2, "", `lacpd: state is "ajar", allowed: open, closed or distributing`},
		{"add a eth4", 0, "a: eth4 added. It lasts until the next reload", ""},
		{"remove a eth4 --json", 0, `{"bond":"a","member":"eth4"}` + "\n", ""},
		{"remove a eth4", 2, "", `lacpd: member is "eth4", allowed: eth1, eth2`},
		{"set a mtu=9000 updelay=100", 0, "a: mtu from 1500 to 9000 (traffic: interrupted)\na: updelay from 0 to 100. It lasts", ""},
		{"set a mtu", 2, "", `lacpd: argument "mtu": want KEY=VALUE`},
		{"set a mtu=1 -json", 2, `{"error":{"kind":"refused","message":"change refused, nothing changed","field":"mtu","value":"1","allowed":"1492 to 9216"`, "lacpd: change refused"},
		{"down a", 0, "a: admin_down from false to true", ""},
		{"up a", 0, "a: admin_down from true to false", ""},
		{"down c", 2, "", `lacpd: bond is "c", allowed: a, b`},
		{"diff " + other, 1, "a: changes, traffic: flows move\n", ""},
		{"diff " + bad, 2, "", "lacpd: configuration refused, nothing changed\n2: mtu: 1: allowed: 1492 to 9216\n3: colour: unknown key"},
		{"diff -json " + bad, 2, `{"error":{"kind":"refused"`, ""},
		{"diff " + dir + "/none", 2, "", "lacpd: configuration not read: open "},
		{"apply " + bad, 2, "", "lacpd: configuration refused, nothing changed\n2: mtu: 1: allowed: 1492 to 9216\n3: colour: unknown key"},
		{"apply -confirm 1ms " + other, 2, "", "lacpd: -confirm 1ms: allowed: 1s to 24h"},
		{"apply " + other + " --confirm 60s", 0, "a: changes, traffic: flows move\n", ""},
		{"status", 0, "Configuration changed", ""},
		{"rollback", 0, "rolled back: the old configuration is back\n", ""},
		{"rollback", 2, "", `lacpd: command is "rollback", allowed: only after lacpd apply -confirm`},
		{"confirm -json", 2, `{"error":{"kind":"refused"`, ""},
		{"apply -json -confirm 60s " + other, 0, `{"bonds":2,"changes":[{"bond":"a","action":"change"`, ""},
		{"confirm", 0, "confirmed: " + s.file + " has the new configuration\n", ""},
		{"diff " + other, 0, "", ""},
		{"apply " + same, 0, "a: changes", ""},
		{"history eth9", 2, "", `lacpd: member is "eth9", allowed: eth1, eth2, eth3` + "\n"},
		{"history eth9 -json", 2, `{"error":{"kind":"refused"`, "lacpd: member is"},
		{"status x", 2, "", `lacpd: bond is "x", allowed: a, b` + "\n"},
		{"explain x 00", 2, "", `lacpd: bond is "x", allowed: a, b` + "\n"},
		{"doctor x", 2, "", `lacpd: bond is "x", allowed: a, b` + "\n"},
		{"watch x", 2, "", `lacpd: bond is "x", allowed: a, b`},
	} {
		out, errOut, code := s.lacpd(strings.Fields(tt.args)...)
		if code != tt.code || !strings.HasPrefix(out, tt.out) || !strings.HasPrefix(errOut, tt.errOut) || tt.out == "" && out != "" || tt.errOut == "" && !strings.Contains(tt.args, "json") && errOut != "" {
			t.Errorf("lacpd %s: exit status %d, output\n%s\nerrors\n%s\nwant %d, %q, %q", tt.args, code, out, errOut, tt.code, tt.out, tt.errOut)
		}
	}
}

// TestWatchPrintsLinesOfJSON checks that events reach the output of lacpd watch.
func TestWatchPrintsLinesOfJSON(t *testing.T) {
	s := serve(t, "bonds:\n- {name: a, ports: [eth1, eth2]}\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &logBuffer{line: make(chan struct{}, 1)}
	done := make(chan int, 1)
	go func() { done <- run(ctx, []string{"watch", "-socket", s.args.socket, "a"}, out, out) }()
	out.await(t, `"bond":"a","kind":"Opened"`)
	other := filepath.Join(t.TempDir(), "other")
	s.write(t, other, "bonds:\n- {name: b, ports: [eth3]}\n")
	if _, errOut, code := s.lacpd("apply", other); code != exitOK {
		t.Fatalf("apply: %s", errOut)
	}
	out.await(t, `"bond":"a","kind":"Closed"`)
	out.await(t, `"kind":"Applied"`)
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("watch exits with %d once interrupted, want 0", code)
	}
}

// askSocket asks lacpd over its socket.
func askSocket(s *served, command string, args, result any) error {
	return control.Ask(context.Background(), s.args.socket, command, args, result)
}
